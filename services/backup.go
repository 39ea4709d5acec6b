package services

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// manifest is what a backup says of itself.
type manifest struct {
	Version string        `json:"version"` // of the program that made it
	At      int64         `json:"at"`      // unix seconds: of which instant the databases are
	Log     int64         `json:"log"`     // records of the broker's log in it; 0 without books
	Head    string        `json:"head,omitempty"`
	Files   []backupEntry `json:"files"`

	Restored *folder.Restored `json:"restored,omitempty"` // the mark of the folder that was backed up: what happened since is in no backup of it
}

// backupEntry is a file of a backup.
type backupEntry struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Backup copies a data folder into an empty one, beside the process that runs on it or
// without it: all its databases as they were at one instant, and what goes with them. It is
// good once backup.json is in it, which is written last. Of a folder whose databases are elsewhere
// it copies what goes with them. folder.ErrMoving: they are on their way there.
func Backup(ctx context.Context, out io.Writer, data, to string) (err error) {
	from, into := folder.At(data), folder.At(to)
	named, err := from.Settled()
	if err != nil {
		return err
	}
	found, err := from.InUse()
	if err != nil || len(found)+len(named) == 0 {
		return errors.Join(fmt.Errorf("there is nothing to back up in %s: no database is there, and none is named. A relay keeps nothing, and a witness must not be put back", data), err)
	}
	if err := into.Empty(); err != nil {
		return err
	}
	cut, err := db.NewCut(ctx, from.InUse)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cut.Close()) }()
	m := manifest{Version: Version(), At: time.Now().Unix(), Restored: unsettled(from)}
	paths := cut.Paths()
	slices.Sort(paths)
	for _, path := range paths {
		name := from.Name(path)
		copied, err := into.Named(name)
		if err != nil {
			return err
		}
		if err := cut.Copy(ctx, path, copied); err != nil {
			return fmt.Errorf("copy %s: %w", name, err)
		}
	}
	// Behind the databases: keys that are newer than a book are good, older ones are not.
	besides := from.Beside()
	for _, path := range besides {
		if err := takeOver(from, into, path); err != nil {
			return err
		}
	}
	if err := from.StillSettled(named); err != nil { // a book that is cut, and beside it the mark that it is elsewhere
		return err
	}
	for _, path := range append(paths, besides...) {
		entry, err := entryOf(into, from.Name(path))
		if err != nil {
			return err
		}
		m.Files = append(m.Files, entry)
	}
	if err := m.addLog(ctx, into); err != nil {
		return err
	}
	if err := into.KeepManifest(m); err != nil {
		return err
	}
	m.print(out)
	if err := elsewhere(out, from); err != nil {
		return err
	}
	fmt.Fprintf(out, "Keys and the secrets of live scrip are in it: keep it encrypted, and apart. \"peerscrip restore %s --data AN-EMPTY-FOLDER\" tries it.\n", to)
	return nil
}

// takeOver copies a file of one folder, as it is now, to its place in another.
func takeOver(from, into folder.Folder, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	to, err := into.Named(from.Name(path))
	if err != nil {
		return err
	}
	return into.Take(to, content)
}

// entryOf measures a file of a backup.
func entryOf(f folder.Folder, name string) (e backupEntry, err error) {
	path, err := f.Named(name)
	if err != nil {
		return e, err
	}
	file, err := os.Open(path)
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	digest := sha256.New()
	size, err := io.Copy(digest, file)
	return backupEntry{Name: name, Size: size, SHA256: hex.EncodeToString(digest.Sum(nil))}, err
}

// addLog says how far the log goes that is in a backup.
func (m *manifest) addLog(ctx context.Context, f folder.Folder) (err error) {
	if !f.HoldsBooks() {
		return nil
	}
	database, err := db.OpenReadOnly(ctx, f.Books(), db.Broker)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	books, err := db.NewBooks(database)
	if err != nil {
		return err
	}
	size, staged, err := books.LogSize(ctx)
	if err != nil {
		return err
	}
	m.Log = size + staged
	head, err := books.SignedHead(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		err = nil
	}
	m.Head = head.Note
	return err
}

// elsewhere says of a folder whose books are in a database that they are not in the backup.
func elsewhere(out io.Writer, f folder.Folder) error {
	databases, err := f.Elsewhere()
	for _, database := range databases {
		fmt.Fprintf(out, "What is in the database %s is not in it, nor what of it was in files before: that is backed up by the database's own means.\n", database)
	}
	return err
}

// print says what a backup is of.
func (m *manifest) print(out io.Writer) {
	size := int64(0)
	for _, file := range m.Files {
		size += file.Size
	}
	fmt.Fprintf(out, "backup of %s, %d files, %d bytes", time.Unix(m.At, 0).UTC().Format(time.RFC3339), len(m.Files), size)
	if m.Log > 0 {
		fmt.Fprintf(out, ", %d records of the log", m.Log)
	}
	fmt.Fprintln(out)
	if m.Restored != nil {
		fmt.Fprintf(out, "The folder was itself restored from a backup of %s, and what happened since was not settled.\n", inBackup(*m.Restored))
	}
}
