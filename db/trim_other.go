//go:build !linux || !cgo

package db

// Trim does nothing here: this system's C library gives memory back by itself, or never.
func Trim() {}
