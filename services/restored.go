package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"peerscrip/services/folder"
	"peerscrip/web"
)

// PrintRestored says which backup a data folder was restored from, if it was.
func PrintRestored(out io.Writer, data string) error {
	r, err := folder.At(data).Restored()
	if errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintln(out, "it was not restored from a backup, or what happened since is settled")
		return err
	}
	if err == nil {
		_, err = fmt.Fprintf(out, "it was restored from a backup of %s. Once what happened since is settled: peerscrip restored --settled --data %s\n", inBackup(r), data)
	}
	return err
}

// Settle takes the mark of a restored folder away, beside the process that runs on it or
// without it.
func Settle(out io.Writer, data string) error {
	f := folder.At(data)
	r, unread := f.Restored()
	err := f.SettleRestored() // also a mark that cannot be read
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s was not restored from a backup, or that was settled before", data)
	case err != nil:
		return err
	case unread != nil:
		_, err = fmt.Fprintln(out, "settled: what happened since a backup, of which the mark could not be read")
	default:
		_, err = fmt.Fprintf(out, "settled: what happened since the backup of %s\n", inBackup(r))
	}
	return err
}

// inBackup is of when a backup is, and how much of the log is in it; also of the backup that the folder it was made of had been
// restored from.
func inBackup(r folder.Restored) string {
	said := time.Unix(r.At, 0).UTC().Format(time.RFC3339)
	if r.At == 0 {
		said = "an instant that could not be read"
	}
	if r.Log > 0 {
		said += fmt.Sprintf(", with %d records of the log", r.Log)
	}
	if r.Before != nil {
		said += ", made of a folder that was itself restored, and not settled, from a backup of " + inBackup(*r.Before)
	}
	return said
}

// unsettled is the mark of a folder that is backed up: nil where there is none. One that cannot be read travels as a mark that says
// nothing, since a backup is wanted most when something is wrong.
func unsettled(f folder.Folder) *folder.Restored {
	r, err := f.Restored()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return &r
}

// restoredPart is that of a process which is not well until what happened since a backup is settled.
const restoredPart = "restored backup"

// settled wants the data folder not to be a restored one whose operator has yet to settle
// what happened since.
func (h *house) settled(context.Context) error {
	r, err := h.folder.Restored()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the data folder was restored from a backup of %s, and what happened since is not in it; once that is settled: peerscrip restored --settled", inBackup(r))
	}
	return err
}

// restoredFrom is what the console says of a restored folder.
func (h *house) restoredFrom() (web.Restored, error) {
	r, err := h.folder.Restored()
	if errors.Is(err, fs.ErrNotExist) {
		return web.Restored{}, nil
	}
	said := web.Restored{Marked: true, Log: r.Log}
	if r.At != 0 { // else the mark could not be read, here or before
		said.At = time.Unix(r.At, 0)
	}
	return said, err
}
