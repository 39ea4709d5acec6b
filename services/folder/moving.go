package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// ErrMoving is returned for a folder whose books are on their way into a database: which of both has them, only who moves them knows.
var ErrMoving = errors.New("moving the books was not finished")

// KeepMoving writes down into which database books are being moved, before the first mark says that they are there. From then on
// until Arrived or HereAgain marks may say so of books that only the files have.
func (f Folder) KeepMoving(database string) error { return write(f.moving(), []byte(database)) }

// Arrived takes that back: the database has the books.
func (f Folder) Arrived() error { return removed(f.moving()) }

// Moving is the database into which books are being moved; empty where none are.
func (f Folder) Moving() (database string, err error) {
	b, err := os.ReadFile(f.moving())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(b), err
}

// Settled are the databases in which books of the folder are, as Elsewhere has them, where that is sure: else ErrMoving.
func (f Folder) Settled() (databases []string, err error) {
	into, err := f.Moving()
	if err == nil && into != "" {
		err = fmt.Errorf("%w, into %s: where no move runs, stop what runs on %s and give \"peerscrip migrate-database\" again", ErrMoving, into, f.path)
	}
	if err != nil {
		return nil, err
	}
	return f.Elsewhere()
}

// StillSettled wants it to be as Settled said before: a move that began since may have ended since, too.
func (f Folder) StillSettled(before []string) error {
	now, err := f.Settled()
	if err == nil && !slices.Equal(now, before) {
		err = fmt.Errorf("%w when this began: give the command again", ErrMoving)
	}
	return err
}

func (f Folder) moving() string { return f.file("moving") }
