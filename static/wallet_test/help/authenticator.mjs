// An authenticator at the seam of WebAuthn, in memory: what `navigator.credentials` is of a browser, for one device or key. As real
// ones do, it keeps two secrets of each credential, one for who was verified and one for who was not, refuses to make a second where
// it has one that is excluded, and gives nothing for the credentials of others.
import { createHmac, randomBytes } from 'node:crypto'

const spelled = bytes => Buffer.from(bytes).toString('base64url')
const failing = name => Object.assign(new Error(name), { name })

export class Authenticator {
  credentials = new Map()
  asked = [] // 'create' and 'get', in order
  prf = true
  cancelling = '' // what its person says no to
  error = '' // what the browser says of it instead

  create = async ({ publicKey }) => {
    this.begin('create')
    if (publicKey.excludeCredentials.some(({ id }) => this.credentials.has(spelled(id)))) throw failing('InvalidStateError')
    const id = spelled(randomBytes(32))
    this.credentials.set(id, { verified: randomBytes(32), touched: randomBytes(32) })
    return { id, response: { getTransports: () => ['internal'] }, getClientExtensionResults: () => ({ prf: { enabled: this.prf } }) }
  }

  get = async ({ publicKey }) => {
    this.begin('get')
    const id = publicKey.allowCredentials.map(({ id }) => spelled(id)).find(id => this.credentials.has(id))
    if (!id) throw failing('NotAllowedError')
    const { verified, touched } = this.credentials.get(id)
    const salt = publicKey.extensions.prf.evalByCredential[id].first
    const first = createHmac('sha256', publicKey.userVerification === 'required' ? verified : touched).update(salt).digest()
    const results = this.prf ? { first: new Uint8Array(first).buffer } : undefined
    return { id, getClientExtensionResults: () => ({ prf: { results } }) }
  }

  begin(what) {
    this.asked.push(what)
    if (this.error) throw failing(this.error)
    if (this.cancelling === what) throw failing('NotAllowedError')
  }
}
