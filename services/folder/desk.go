package folder

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// MakeDeskLink draws the token of a link that lets the owner of the stand-alone
// stall in, once, in the place of any before. What is kept is its digest. A crash
// before the end leaves the link before good too; it was its owner's as well.
func (f Folder) MakeDeskLink(random io.Reader) (token string, err error) {
	if token, err = newSecret(random); err != nil {
		return "", err
	}
	before, err := filepath.Glob(f.file("stall", "desk", "*"))
	if err != nil {
		return "", err
	}
	if err := write(f.deskLink(token), nil); err != nil {
		return "", err
	}
	for _, old := range before {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return token, syncDir(f.desk())
}

// UseDeskLink uses a link up, durably, and reports whether it was good: of any
// number of uses, one is told so.
func (f Folder) UseDeskLink(token string) (bool, error) {
	err := os.Remove(f.deskLink(token))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, syncDir(f.desk())
}

// HadDeskLink reports whether a link to the desk was ever made.
func (f Folder) HadDeskLink() bool { return there(f.desk()) }

func (f Folder) desk() string { return f.file("stall", "desk") }

// deskLink is the file of a link that is not used up: its name tells, to who does
// not have the link, nothing of it.
func (f Folder) deskLink(token string) string {
	digest := sha256.Sum256([]byte(token))
	return f.file("stall", "desk", base64.RawURLEncoding.EncodeToString(digest[:]))
}
