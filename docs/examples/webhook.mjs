// A receiver of webhooks: it verifies each message by the convention of Standard Webhooks, and deals with it once.
//
//   SECRET=whsec_... PORT=8090 node webhook.mjs
//
// The address and the secret are of the desk, under Programs. What happens while this program is down is sent again until it is
// taken (docs/seller-api.md), and may come twice: SEEN is the file of what was dealt with.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

const { SECRET, PORT = 8090, SEEN = 'seen' } = process.env
const webhook = new Webhook(SECRET)
const seen = new Set(existsSync(SEEN) ? readFileSync(SEEN, 'utf8').split('\n') : [])

createServer(async (request, response) => {
  try {
    response.statusCode = take(await bodyOf(request), request.headers)
  } catch {
    response.statusCode = 400 // cut off, or too long
  }
  response.end()
}).listen(PORT, '127.0.0.1', () => console.log(`listening on ${PORT}`))

function take(body, headers) {
  let message
  try {
    message = webhook.verify(body, headers) // signed with the secret, and not long ago
  } catch {
    return 401
  }
  const id = headers['webhook-id']
  if (!seen.has(id)) {
    console.log(message.type, message.data.order ?? message.data.offer ?? '') // here it reads the order anew, over the seller API
    appendFileSync(SEEN, `${id}\n`)
    seen.add(id)
  }
  return 204
}

async function bodyOf(request) {
  let body = ''
  for await (const part of request.setEncoding('utf8')) {
    if ((body += part).length > 65536) throw new Error('too long')
  }
  return body
}
