// The part of npm @scure/bip39 that the wallet uses; see README.md.
export const wordlist: string[]
export function entropyToMnemonic(entropy: Uint8Array, wordlist: string[]): string
export function mnemonicToEntropy(mnemonic: string, wordlist: string[]): Uint8Array<ArrayBuffer>
