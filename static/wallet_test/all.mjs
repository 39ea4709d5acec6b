// Runs the tests of many files in one process, since a process for each took a third more: those that have a wallet on a page
// (page), where help/crypto.mjs stands for much of WebCrypto, or those that are without (bare). Each file has to put anew what it
// needs in the browser's place, and when its tests run: while it is read, others' may.
import { readdirSync, readFileSync } from 'node:fs'

const onPage = name => /'\.\/help\/(page|backups)\.mjs'/.test(readFileSync(new URL(name, import.meta.url), 'utf8'))
const wanted = { page: onPage, bare: name => !onPage(name) }[process.argv[2]]
for (const name of readdirSync(new URL('.', import.meta.url))) if (name.endsWith('.test.mjs') && wanted(name)) await import(`./${name}`)
