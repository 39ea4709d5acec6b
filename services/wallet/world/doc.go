// Package world has tests only: of wallets beside a broker, stalls and other
// customers, with their databases. What package wallet decides is tested in it. These
// are apart since db, which they link and which imports wallet, would be compiled once
// more for a package that has tests of its insides.
package world
