//go:build linux && cgo

package db

/*
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
static void trim(void) { malloc_trim(0); }
#else
static void trim(void) {}
#endif
*/
import "C"

// Trim gives memory back to the system that SQLite has let go of: the C library keeps it
// otherwise, and a process that had many files open holds it when they are closed. It takes
// some milliseconds.
func Trim() { C.trim() }
