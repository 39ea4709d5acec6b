// Package world has tests only: of stalls beside a broker and customers, with their
// shelves. What package merchant is made of is tested in it. These are apart since db,
// which they link and which imports merchant, would be compiled once more for a package
// that has tests of its insides.
package world
