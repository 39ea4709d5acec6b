// Package world has tests only: of a market beside a broker and stalls, with its
// catalogue. What package market is made of is tested in it. These are apart since db,
// which they link and which imports market, would be compiled once more for a package
// that has tests of its insides.
package world
