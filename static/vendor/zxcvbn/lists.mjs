// Writes the lists that entry.js bundles, in a folder where the packages are installed: of each the words that are tried first.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const read = createRequire(`${process.cwd()}/`)
const of = (language, name) => read(`./node_modules/@zxcvbn-ts/language-${language}/src/${name}.json`)

const lists = {
  passwords: [of('common', 'passwords'), 20_000], diceware: [of('common', 'diceware'), 8000],
  english: [of('en', 'commonWords'), 15_000], german: [of('de', 'commonWords'), 12_000], names: [of('en', 'firstnames'), 3000],
}
for (const [name, [words, most]] of Object.entries(lists)) {
  writeFileSync(`${name}.txt`, words.filter(word => !word.includes(' ') && word.length > 1).slice(0, most).join(' '))
}
writeFileSync('sequences.json', JSON.stringify(of('en', 'wordSequences')))
writeFileSync('graphs.json', JSON.stringify(of('common', 'adjacencyGraphs')))
