//go:build !unix

package services

import "errors"

// freeSpace is not known here: the write itself will tell.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }

// openFiles is not known here.
func openFiles() (uint64, error) { return 0, errors.ErrUnsupported }
