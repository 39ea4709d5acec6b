import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import graphs from './graphs.json'
import passwords from './passwords.txt'
import diceware from './diceware.txt'
import english from './english.txt'
import german from './german.txt'
import names from './names.txt'
import sequences from './sequences.json'

const lists = { passwords, diceware, 'commonWords-en': english, 'commonWords-de': german, firstnames: names }
const dictionary = Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.split(' ')]))
const factory = new ZxcvbnFactory({ dictionary: { ...dictionary, ...sequences }, graphs, maxLength: 40, l33tMaxSubstitutions: 16 })

export const guess = text => {
  const { guessesLog10, feedback: { warning } } = factory.check(text)
  return { guesses: guessesLog10, warning: warning ?? '' }
}
