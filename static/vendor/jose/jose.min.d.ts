// The part of npm jose that the wallet uses; see README.md.
export type Header = Record<string, unknown>
export type Key = CryptoKey | Uint8Array<ArrayBuffer>

export class CompactSign {
  constructor(payload: Uint8Array)
  setProtectedHeader(header: Header): this
  sign(key: Key): Promise<string>
}
export class CompactEncrypt {
  constructor(plaintext: Uint8Array)
  setProtectedHeader(header: Header): this
  encrypt(key: Key): Promise<string>
}
export function compactVerify(
  jws: string, key: Key, options: { algorithms: string[] },
): Promise<{ payload: Uint8Array; protectedHeader: Header }>
export function compactDecrypt(
  jwe: string, key: Key, options: { keyManagementAlgorithms: string[]; contentEncryptionAlgorithms: string[] },
): Promise<{ plaintext: Uint8Array; protectedHeader: Header }>
export function importJWK(jwk: object, alg: string, options?: { extractable?: boolean }): Promise<CryptoKey>
export function exportJWK(key: CryptoKey): Promise<Record<string, string>>
export function calculateJwkThumbprint(jwk: object, digest?: 'sha256'): Promise<string>
