package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// fold is how a name is put in order: without regard to case.
func fold(name string) string { return cases.Fold().String(norm.NFKC.String(name)) }

// maxStallsOfAccount bounds the stalls of one account, revoked ones too: every
// market reads them all.
const maxStallsOfAccount = 10

// stallFeed is the feed of the directory. Stalls are opened one at a time, since each
// takes a number there first: so the bound on an account's holds too.
const stallFeed = "stalls"

func openStall(c change) error {
	s := c.Broker.Stall
	if s == nil {
		return nil
	}
	signing, err := encodeKey(s.Signing)
	if err != nil {
		return err
	}
	envelope, err := s.Envelope.MarshalJSON()
	if err != nil {
		return fmt.Errorf("write an envelope key: %w", err)
	}
	number, err := c.next("", stallFeed, 1)
	if err != nil {
		return err
	}
	err = c.must(scrip.TooMany, `INSERT INTO stall (number, vendor, account, name, name_folded, thumbprint, signing, envelope,
		base_url, not_before, not_after, jws, revoked) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
		WHERE (SELECT count(*) FROM stall WHERE account = ?) < ?`,
		number, s.Vendor, s.Account, s.Name, fold(s.Name), s.Signing.Thumbprint(), signing, string(envelope), s.BaseURL,
		s.NotBefore, s.NotAfter, s.JWS, flag(s.Revoked), s.Account, maxStallsOfAccount)
	if violated(err) != "" {
		return scrip.PartyMismatch
	}
	if err != nil {
		return fmt.Errorf("open a stall: %w", err)
	}
	return takeLooks(c, s.Certificate, c.At)
}

// takeLooks has nobody else's name look like this stall's: of two that would,
// at the same time too, one gets it. What another stall was called is free once
// that is long ago.
func takeLooks(c change, s scrip.Certificate, at int64) error {
	for _, look := range scrip.Looks(s.Name) {
		err := c.must(scrip.NameInvalid, `INSERT INTO stall_look (look, vendor, name, until) VALUES (?, ?, ?, 0)
			ON CONFLICT (look) DO UPDATE SET vendor = excluded.vendor, name = excluded.name, until = 0
			WHERE stall_look.vendor = excluded.vendor OR stall_look.until BETWEEN 1 AND ?`, look, s.Vendor, s.Name, at)
		if errors.Is(err, scrip.NameInvalid) {
			return err
		}
		if err != nil {
			return fmt.Errorf("take the look of a name: %w", err)
		}
	}
	return nil
}

// rename puts a stall's certificate under another name, or for another address, in the place of the last, and
// keeps the looks of the name before for the stall.
func rename(c change) error {
	r := c.Broker.Rename
	if r == nil {
		return nil
	}
	n, err := c.exec(`UPDATE stall SET name = ?, name_folded = ?, base_url = ?, jws = ?, renamed = ?
		WHERE vendor = ? AND revoked = 0 AND renamed < ? AND jws = ?`,
		r.Name, fold(r.Name), r.BaseURL, r.JWS, r.Counter, r.Vendor, r.Counter, r.Saw)
	if err != nil {
		return fmt.Errorf("rename a stall: %w", err)
	}
	if n == 0 {
		last, err := renamedLast(c, r.Vendor)
		if err == nil && last >= r.Counter {
			err = scrip.Stale{Counter: last}
		}
		return cmp.Or(err, error(scrip.Unavailable))
	}
	if err := c.do(`UPDATE stall_look SET until = ? WHERE vendor = ? AND until = 0`, r.At+scrip.NameKept, r.Vendor); err != nil {
		return fmt.Errorf("keep the looks of a name: %w", err)
	}
	if err := takeLooks(c, r.Certificate, r.At); err != nil {
		return err
	}
	return c.atMost(scrip.MaxOldNames, `SELECT count(DISTINCT name) FROM stall_look WHERE vendor = ? AND until > ?`, r.Vendor, r.At)
}

// revoke takes a certificate back, once and for good.
func revoke(c change) error {
	if c.Broker.Revoke == "" {
		return nil
	}
	n, err := c.exec(`UPDATE stall SET revoked = 1 WHERE vendor = ? AND revoked = 0`, c.Broker.Revoke)
	if err != nil || n > 0 {
		return err
	}
	var one int
	err = c.get(&one, `SELECT 1 FROM stall WHERE vendor = ?`, c.Broker.Revoke)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.UnknownVendor
	case err != nil:
		return fmt.Errorf("read a stall: %w", err)
	}
	return scrip.StallRevoked
}

// renamedLast is the counter of the last RENAME of a stall that is not revoked.
func renamedLast(c change, v scrip.VendorID) (last int64, err error) {
	err = c.get(&last, `SELECT renamed FROM stall WHERE vendor = ? AND revoked = 0`, v)
	if errors.Is(err, scrip.ErrAbsent) {
		return 0, scrip.StallRevoked
	}
	if err != nil {
		return 0, fmt.Errorf("read a stall: %w", err)
	}
	return last, nil
}

// recertify puts a stall's next certificate in the place of the one that it was made from: else it would have the
// name and address of before a RENAME of the same moment.
func recertify(c change) error {
	s := c.Broker.Recertify
	if s == nil {
		return nil
	}
	err := c.must(scrip.Unavailable, `UPDATE stall SET not_before = ?, not_after = ?, jws = ? WHERE vendor = ? AND revoked = 0 AND jws = ?`,
		s.NotBefore, s.NotAfter, s.JWS, s.Vendor, s.Saw)
	if errors.Is(err, scrip.Unavailable) {
		_, revoked := renamedLast(c, s.Vendor)
		err = cmp.Or(revoked, err)
	}
	return err
}

type stallRow struct {
	Vendor    scrip.VendorID  `db:"vendor"`
	Account   scrip.AccountID `db:"account"`
	Name      string          `db:"name"`
	Signing   sql.NullString  `db:"signing"`
	Envelope  string          `db:"envelope"`
	BaseURL   string          `db:"base_url"`
	NotBefore int64           `db:"not_before"`
	NotAfter  int64           `db:"not_after"`
	JWS       string          `db:"jws"`
	Revoked   bool            `db:"revoked"`
	silenceRow
}

func (r stallRow) stall() (scrip.Stall, error) {
	signing, err := decodeKey(r.Signing)
	if err != nil {
		return scrip.Stall{}, err
	}
	envelope, err := jose.ParseSealKey([]byte(r.Envelope))
	if err != nil {
		return scrip.Stall{}, fmt.Errorf("read a stored envelope key: %w", err)
	}
	return scrip.Stall{
		Certificate: scrip.Certificate{
			Vendor: r.Vendor, Name: r.Name, Signing: signing, Envelope: envelope, BaseURL: r.BaseURL,
			NotBefore: r.NotBefore, NotAfter: r.NotAfter,
		},
		Account: r.Account, JWS: r.JWS, Revoked: r.Revoked, Silence: r.silence(),
	}, nil
}

const selectStall = `SELECT vendor, account, name, signing, envelope, base_url, not_before, not_after, jws, revoked,
	coalesce(since, 0) AS since, coalesce(last, 0) AS last, coalesce(days, 0) AS days
	FROM stall LEFT JOIN silence USING (vendor) `

// Stall returns a stall, or scrip.ErrAbsent.
func (b *Books) Stall(ctx context.Context, v scrip.VendorID) (scrip.Stall, error) {
	return one(ctx, b.db, "read a stall", stallRow.stall, selectStall+`WHERE vendor = ?`, v)
}

// StallByKey finds the stall of a signing key's thumbprint.
func (b *Books) StallByKey(ctx context.Context, thumbprint string) (scrip.Stall, error) {
	return one(ctx, b.db, "read a stall", stallRow.stall, selectStall+`WHERE thumbprint = ?`, thumbprint)
}

// Stalls lists stalls certified after one, revoked ones too, the oldest first; after
// none, from the first. After one that is not there, there are none.
func (b *Books) Stalls(ctx context.Context, after scrip.VendorID, limit int) ([]scrip.Stall, error) {
	return many(ctx, b.db, "list stalls", stallRow.stall, selectStall+`
		WHERE ? = '' OR number > (SELECT number FROM stall WHERE vendor = ?) ORDER BY number LIMIT ?`, after, after, limit)
}
