// The part of npm @zxcvbn-ts/core that the wallet uses; see README.md.
/** guesses: the decimal logarithm of how many are made before this one; warning: what is weak about it, by zxcvbn's name, or "" */
export function guess(text: string): { guesses: number, warning: string }
