// Opens a shared vector (jose/testdata/vectors) as its receiver does; used by vectors.test.mjs, and in Chromium by
// services/browser_engine_test.go.
import { openReply, verify } from '../../wallet/opening.js'
import { openRequest } from './open.mjs'

const ways = {
  request: ({ envelope, keys }, wanted) => openRequest(envelope, keys.envelope, wanted),
  reply: ({ envelope, keys }, wanted) => openReply(envelope, keys.reply_key, wanted),
  evidence: ({ envelope }, wanted) => verify(envelope, wanted),
}

export const openVector = vector => ways[vector.kind]({ ...vector, envelope: vector.envelope + 'A'.repeat(vector.pad ?? 0) }, wantedBy(vector.expect))

function wantedBy({ types, aud, iss, tx, self_keyed, pair, most, signers = {} }) {
  const known = Object.fromEntries(Object.entries(signers).map(([who, key]) => [who, [key]]))
  return { types, aud, iss, tx, pair, ...most && { most: () => most }, ...!self_keyed && { signers: known } }
}
