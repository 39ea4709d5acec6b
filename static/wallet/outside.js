// @ts-check
/**
 * What every page loads, with the wallet and without. Each module that is loaded by itself imports this, whatever of it it uses: so
 * the bundle has all of it in one file, not in ten.
 * @module
 */
import './aside.js'
import './connection.js'
import './dates.js'
import './disk.js'
import './errors.js'
import './finds.js'
import './http.js'
import './lasting.js'
import './ui/form.js'
import './ui/telling.js'
import './ui/wanted.js'
import './wanted.js'
