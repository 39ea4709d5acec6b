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
	return token, replace(f.stall, deskFile, func([]byte) ([]byte, error) { return []byte(digestOf(token)), nil })
}

// FirstDeskLink is MakeDeskLink where none was ever made; else the token is empty. Of
// processes that share the stall's papers one makes it.
func (f Folder) FirstDeskLink(random io.Reader) (token string, err error) {
	made, err := newSecret(random)
	if err != nil {
		return "", err
	}
	err = replace(f.stall, deskFile, func(before []byte) ([]byte, error) {
		token = made
		if before != nil {
			token = ""
			return nil, nil
		}
		return []byte(digestOf(made)), nil
	})
	return token, err
}

// UseDeskLink uses a link up, durably, and reports whether it was good: of any
// number of uses, one is told so.
func (f Folder) UseDeskLink(token string) (good bool, err error) {
	err = replace(f.stall, deskFile, func(before []byte) ([]byte, error) {
		if good = string(before) == digestOf(token); !good {
			return nil, nil
		}
		return []byte(usedLink), nil
	})
	if errors.Is(err, ErrReplaced) { // others were first, again and again
		return false, nil
	}
	return good && err == nil, err
}

// deskFile is the paper with the digest of the link to the desk, or usedLink: it tells, to
// who does not have the link, nothing of it.
const (
	deskFile = "desk.link"
	usedLink = "used"
)

// MakeOperatorLink is MakeDeskLink for the operator's console: its links are files of this
// folder alone, since a console is one process's.
func (f Folder) MakeOperatorLink(random io.Reader) (token string, err error) {
	return f.makeLink(f.console(), random)
}

// UseOperatorLink is UseDeskLink for the operator's console.
func (f Folder) UseOperatorLink(token string) (bool, error) {
	return f.useLink(f.console(), token)
}

// HadOperatorLink reports whether a link to the console was ever made.
func (f Folder) HadOperatorLink() bool { return there(f.console()) }

// ScrapeToken is what a scraper of the operator's figures shows, made when missing. It
// stays in the folder as it is, for a scraper that reads it there.
func (f Folder) ScrapeToken(random io.Reader) (string, error) {
	return keptToken(f.scrapeToken(), random)
}

// WalletToken is what a program shows to the wallet's API, made when missing, and the file
// in which that program reads it.
func (f Folder) WalletToken(random io.Reader) (token, file string, err error) {
	file = f.file("wallet", "api.token")
	token, err = keptToken(file, random)
	return token, file, err
}

// keptToken is the token in a file, made when missing.
func keptToken(file string, random io.Reader) (string, error) {
	b, err := os.ReadFile(file)
	if err == nil && len(b) > 0 || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return string(b), err
	}
	token, err := newSecret(random)
	if err != nil {
		return "", err
	}
	return token, write(file, []byte(token))
}

func (f Folder) scrapeToken() string { return f.file("scrape.token") }

func (f Folder) console() string { return f.file("operator") }

func (f Folder) makeLink(in string, random io.Reader) (token string, err error) {
	if token, err = newSecret(random); err != nil {
		return "", err
	}
	before, err := filepath.Glob(filepath.Join(in, "*"))
	if err != nil {
		return "", err
	}
	if err := write(linkFile(in, token), nil); err != nil {
		return "", err
	}
	for _, old := range before {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return token, syncDir(in)
}

func (f Folder) useLink(in, token string) (bool, error) {
	err := os.Remove(linkFile(in, token))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, syncDir(in)
}

// linkFile is the file of a link that is not used up: its name tells, to who does
// not have the link, nothing of it.
func linkFile(in, token string) string { return filepath.Join(in, digestOf(token)) }

func digestOf(token string) string {
	digest := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}
