package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/bank"
	"peerscrip/services/scrip"
)

var _ bank.Till = (*Books)(nil)

// versioned is a table whose rows go from one version to the next.
type versioned struct {
	table          string
	key            []string
	insert, update string // with named values
	selects        string // up to its name: of the columns that are known here, whatever a newer version has beside them
}

// versionedTable is the table of these columns, the first of which are its key.
func versionedTable(table string, keys int, columns ...string) versioned {
	set := make([]string, 0, len(columns))
	for _, c := range columns[keys:] {
		set = append(set, c+" = :"+c)
	}
	where := make([]string, 0, keys)
	for _, c := range columns[:keys] {
		where = append(where, c+" = :"+c)
	}
	return versioned{
		table: table, key: columns[:keys], selects: `SELECT ` + strings.Join(columns, ", ") + `, version FROM ` + table,
		insert: `INSERT INTO ` + table + ` (` + strings.Join(columns, ", ") + `, version) VALUES (:` + strings.Join(columns, ", :") + `, :version) ON CONFLICT DO NOTHING`,
		update: `UPDATE ` + table + ` SET ` + strings.Join(set, ", ") + `, version = :version WHERE ` + strings.Join(where, " AND ") + ` AND version = :version - 1`,
	}
}

var (
	payIns        = versionedTable("pay_in", 1, "key", "reference", "amount", "code", "at", "state", "changed")
	attempts      = versionedTable("attempt", 1, "id", "pay_in", "n", "reference", "amount", "fee", "at", "state", "session", "link", "charge", "reason", "refunded", "closed", "next", "tries")
	disbursements = versionedTable("disbursement", 2, "key", "n", "id", "reference", "amount", "at", "state", "means", "attempt", "payee", "given", "reason", "changed", "next", "tries")
	payees        = versionedTable("payee", 1, "reference", "name", "iban", "connected")
	suspendeds    = versionedTable("suspended", 1, "id", "way", "at", "amount", "said", "named", "payer", "iban", "why", "settled", "outcome", "reference")
)

// keep makes a row what it is from now on: Unavailable unless the one that is there has the version before.
func (v versioned) keep(c change, row any, version int64) error {
	query := v.update
	if version == 1 {
		query = v.insert
	}
	query, args, err := sqlx.Named(query, row)
	if err != nil {
		return fmt.Errorf("%s: %w", v.table, err)
	}
	return c.must(scrip.Unavailable, query, args...)
}

type payInRow struct {
	Key       scrip.ID         `db:"key"`
	Reference string           `db:"reference"`
	Amount    scrip.Money      `db:"amount"`
	Code      string           `db:"code"`
	At        int64            `db:"at"`
	State     scrip.PayInState `db:"state"`
	Changed   int64            `db:"changed"`
	Version   int64            `db:"version"`
}

type attemptRow struct {
	ID        scrip.ID           `db:"id"`
	PayIn     scrip.ID           `db:"pay_in"`
	N         int                `db:"n"`
	Reference string             `db:"reference"`
	Amount    scrip.Money        `db:"amount"`
	Fee       scrip.Money        `db:"fee"`
	At        int64              `db:"at"`
	State     scrip.AttemptState `db:"state"`
	Session   string             `db:"session"`
	Link      string             `db:"link"`
	Charge    string             `db:"charge"`
	Reason    string             `db:"reason"`
	Refunded  scrip.Money        `db:"refunded"`
	Closed    int                `db:"closed"`
	Next      int64              `db:"next"`
	Tries     int                `db:"tries"`
	Version   int64              `db:"version"`
}

func (r attemptRow) attempt() scrip.Attempt {
	return scrip.Attempt{
		ID: r.ID, PayIn: r.PayIn, N: r.N, Reference: r.Reference, Amount: r.Amount, Fee: r.Fee, At: r.At, State: r.State, Session: r.Session, Link: r.Link,
		Charge: r.Charge, Reason: r.Reason, Refunded: r.Refunded, Closed: r.Closed == 1, Next: r.Next, Tries: r.Tries, Version: r.Version,
	}
}

func fromAttempt(a scrip.Attempt) attemptRow {
	return attemptRow{
		ID: a.ID, PayIn: a.PayIn, N: a.N, Reference: a.Reference, Amount: a.Amount, Fee: a.Fee, At: a.At, State: a.State, Session: a.Session, Link: a.Link,
		Charge: a.Charge, Reason: a.Reason, Refunded: a.Refunded, Closed: flag(a.Closed), Next: a.Next, Tries: a.Tries, Version: a.Version,
	}
}

type disbursementRow struct {
	Key       scrip.ID                `db:"key"`
	N         int                     `db:"n"`
	ID        scrip.ID                `db:"id"`
	Reference string                  `db:"reference"`
	Amount    scrip.Money             `db:"amount"`
	At        int64                   `db:"at"`
	State     scrip.DisbursementState `db:"state"`
	Means     scrip.Means             `db:"means"`
	Attempt   scrip.ID                `db:"attempt"`
	Payee     string                  `db:"payee"`
	Given     string                  `db:"given"`
	Reason    string                  `db:"reason"`
	Changed   int64                   `db:"changed"`
	Next      int64                   `db:"next"`
	Tries     int                     `db:"tries"`
	Version   int64                   `db:"version"`
}

func (r disbursementRow) disbursement() scrip.Disbursement {
	return scrip.Disbursement{
		Key: r.Key, N: r.N, Reference: r.Reference, Amount: r.Amount, At: r.At, State: r.State, Means: r.Means, Attempt: r.Attempt, To: r.Payee, Given: r.Given,
		Reason: r.Reason, Changed: r.Changed, Next: r.Next, Tries: r.Tries, Version: r.Version,
	}
}

func fromDisbursement(d scrip.Disbursement) disbursementRow {
	return disbursementRow{
		Key: d.Key, N: d.N, ID: d.ID(), Reference: d.Reference, Amount: d.Amount, At: d.At, State: d.State, Means: d.Means, Attempt: d.Attempt, Payee: d.To, Given: d.Given,
		Reason: d.Reason, Changed: d.Changed, Next: d.Next, Tries: d.Tries, Version: d.Version,
	}
}

type payeeRow struct {
	Reference string `db:"reference"`
	Name      string `db:"name"`
	IBAN      string `db:"iban"`
	Connected string `db:"connected"`
	Version   int64  `db:"version"`
}

type suspendedRow struct {
	ID        scrip.ID    `db:"id"`
	Way       string      `db:"way"`
	At        int64       `db:"at"`
	Amount    scrip.Money `db:"amount"`
	Said      string      `db:"said"`
	Named     string      `db:"named"`
	Payer     string      `db:"payer"`
	IBAN      string      `db:"iban"`
	Why       string      `db:"why"`
	Settled   int64       `db:"settled"`
	Outcome   string      `db:"outcome"`
	Reference string      `db:"reference"`
	Version   int64       `db:"version"`
}

// banking keeps what becomes of real money.
func banking(c change) error {
	b := c.Broker.Banking
	if b == nil {
		return nil
	}
	if err := heardOnce(c, b); err != nil {
		return err
	}
	for _, p := range b.PayIns {
		if err := payIns.keep(c, payInRow(p), p.Version); err != nil {
			return fmt.Errorf("keep a pay-in: %w", err)
		}
	}
	for _, a := range b.Attempts {
		if err := attempts.keep(c, fromAttempt(a), a.Version); err != nil {
			return fmt.Errorf("keep an attempt: %w", err)
		}
	}
	for _, d := range b.Disburse {
		if err := disbursements.keep(c, fromDisbursement(d), d.Version); err != nil {
			return fmt.Errorf("keep a disbursement: %w", err)
		}
	}
	for _, p := range b.Payees {
		if err := payees.keep(c, payeeRow(p), p.Version); err != nil {
			return fmt.Errorf("keep a payee: %w", err)
		}
	}
	for _, s := range b.Suspended {
		if err := suspendeds.keep(c, suspendedRow(s), s.Version); err != nil {
			return fmt.Errorf("keep what is suspended: %w", err)
		}
	}
	return nil
}

// heardOnce takes a provider's notice, or a bank's file, once. What the notice is about is due to be looked at.
func heardOnce(c change, b *scrip.Banking) error {
	if f := b.Taken; f != nil {
		if err := c.must(scrip.AlreadyRecorded, `INSERT INTO bank_file (message, digest, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, f.Message, f.Digest, f.At); err != nil {
			return fmt.Errorf("take a bank's file: %w", err)
		}
	}
	h := b.Heard
	if h == nil {
		return nil
	}
	err := c.must(scrip.AlreadyRecorded, `INSERT INTO bank_heard (provider, id, kind, about, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, h.Provider, h.ID, h.Kind, h.About, h.At)
	if err != nil || h.About == "" {
		return err
	}
	if _, err := c.exec(`UPDATE attempt SET next = ?, version = version + 1 WHERE id = ? OR session = ? OR charge = ?`, h.At, h.About, h.About, h.About); err != nil {
		return fmt.Errorf("hear of an attempt: %w", err)
	}
	if _, err := c.exec(`UPDATE disbursement SET next = ?, version = version + 1 WHERE id = ? OR given = ?`, h.At, h.About, h.About); err != nil {
		return fmt.Errorf("hear of a disbursement: %w", err)
	}
	return nil
}

func payInOf(r payInRow) (scrip.PayIn, error)             { return scrip.PayIn(r), nil }
func attemptOf(r attemptRow) (scrip.Attempt, error)       { return r.attempt(), nil }
func payeeOf(r payeeRow) (scrip.Payee, error)             { return scrip.Payee(r), nil }
func suspendedOf(r suspendedRow) (scrip.Suspended, error) { return scrip.Suspended(r), nil }
func disbursementOf(r disbursementRow) (scrip.Disbursement, error) {
	return r.disbursement(), nil
}

// PayIn returns what was asked with a key, or scrip.ErrAbsent.
func (b *Books) PayIn(ctx context.Context, key scrip.ID) (scrip.PayIn, error) {
	return one(ctx, b.db, "read a pay-in", payInOf, payIns.selects+` WHERE key = ?`, key)
}

// PayInByCode returns what a transfer names, or scrip.ErrAbsent.
func (b *Books) PayInByCode(ctx context.Context, code string) (scrip.PayIn, error) {
	return one(ctx, b.db, "read a pay-in", payInOf, payIns.selects+` WHERE code = ?`, code)
}

// PayIns lists what an account was asked for, the newest first.
func (b *Books) PayIns(ctx context.Context, reference string, limit int) ([]scrip.PayIn, error) {
	return many(ctx, b.db, "list pay-ins", payInOf, payIns.selects+` WHERE reference = ? ORDER BY at DESC, key LIMIT ?`, reference, limit)
}

// Attempts lists the tries at a pay-in, the first first.
func (b *Books) Attempts(ctx context.Context, payIn scrip.ID) ([]scrip.Attempt, error) {
	return many(ctx, b.db, "list attempts", attemptOf, attempts.selects+` WHERE pay_in = ? ORDER BY n`, payIn)
}

// Attempt returns one, or scrip.ErrAbsent.
func (b *Books) Attempt(ctx context.Context, id scrip.ID) (scrip.Attempt, error) {
	return one(ctx, b.db, "read an attempt", attemptOf, attempts.selects+` WHERE id = ?`, id)
}

// AttemptByCharge returns what was paid with a charge, as the provider names it, or scrip.ErrAbsent.
func (b *Books) AttemptByCharge(ctx context.Context, charge string) (scrip.Attempt, error) {
	return one(ctx, b.db, "read an attempt", attemptOf, attempts.selects+` WHERE charge = ? AND charge <> ''`, charge)
}

// AttemptsRefundable lists paid attempts of an account of which something can be given back, the newest first.
func (b *Books) AttemptsRefundable(ctx context.Context, reference string, limit int) ([]scrip.Attempt, error) {
	return many(ctx, b.db, "list what can be given back", attemptOf, attempts.selects+`
		WHERE reference = ? AND state = 'paid' AND closed = 0 AND refunded < amount ORDER BY at DESC, id LIMIT ?`, reference, limit)
}

// AttemptsDue lists those that are to be looked at by a time, in unix seconds, the longest due first.
func (b *Books) AttemptsDue(ctx context.Context, at int64, limit int) ([]scrip.Attempt, error) {
	return many(ctx, b.db, "list attempts that are due", attemptOf, attempts.selects+` WHERE next > 0 AND next <= ? ORDER BY next, id LIMIT ?`, at, limit)
}

// AttemptsSince lists those begun at a time, in unix seconds, or later.
func (b *Books) AttemptsSince(ctx context.Context, at int64) ([]scrip.Attempt, error) {
	return many(ctx, b.db, "list attempts", attemptOf, attempts.selects+` WHERE at >= ? ORDER BY at, id`, at)
}

// Disbursements lists what left an account, or is to leave, the newest first.
func (b *Books) Disbursements(ctx context.Context, reference string, limit int) ([]scrip.Disbursement, error) {
	return many(ctx, b.db, "list disbursements", disbursementOf, disbursements.selects+` WHERE reference = ? ORDER BY at DESC, key, n LIMIT ?`, reference, limit)
}

// Disbursement returns a part by its ID, or scrip.ErrAbsent.
func (b *Books) Disbursement(ctx context.Context, id scrip.ID) (scrip.Disbursement, error) {
	return one(ctx, b.db, "read a disbursement", disbursementOf, disbursements.selects+` WHERE id = ?`, id)
}

// DisbursementsDue lists those that are to be looked at by a time, in unix seconds, the longest due first.
func (b *Books) DisbursementsDue(ctx context.Context, at int64, limit int) ([]scrip.Disbursement, error) {
	return many(ctx, b.db, "list disbursements that are due", disbursementOf, disbursements.selects+` WHERE next > 0 AND next <= ? ORDER BY next, key, n LIMIT ?`, at, limit)
}

// DisbursementsBy lists those of a means and a state, the oldest first.
func (b *Books) DisbursementsBy(ctx context.Context, means scrip.Means, state scrip.DisbursementState, limit int) ([]scrip.Disbursement, error) {
	return many(ctx, b.db, "list disbursements", disbursementOf, disbursements.selects+` WHERE means = ? AND state = ? ORDER BY at, key, n LIMIT ?`, means, state, limit)
}

// DisbursementsGiven lists those that a provider, or a file, has by a name, the oldest first.
func (b *Books) DisbursementsGiven(ctx context.Context, given string) ([]scrip.Disbursement, error) {
	return many(ctx, b.db, "list disbursements", disbursementOf, disbursements.selects+` WHERE given = ? AND given <> '' ORDER BY at, key, n`, given)
}

// Heard returns a notice that was heard, or what a bank's file told of, without what it is about; or scrip.ErrAbsent.
func (b *Books) Heard(ctx context.Context, provider, id string) (scrip.Heard, error) {
	h := scrip.Heard{Provider: provider, ID: id}
	var r struct {
		Kind string `db:"kind"`
		At   int64  `db:"at"`
	}
	if err := b.db.get(ctx, &r, `SELECT kind, at FROM bank_heard WHERE provider = ? AND id = ?`, provider, id); err != nil {
		return h, fmt.Errorf("look for what was heard: %w", err)
	}
	h.Kind, h.At = r.Kind, r.At
	return h, nil
}

// Taken reports whether a bank's file was taken, or another one with its message ID.
func (b *Books) Taken(ctx context.Context, f scrip.BankFile) (bool, error) {
	var n int
	if err := b.db.get(ctx, &n, `SELECT count(*) FROM bank_file WHERE message = ? OR digest = ?`, f.Message, f.Digest); err != nil {
		return false, fmt.Errorf("look for a bank's file: %w", err)
	}
	return n > 0, nil
}

// DisbursementsSince lists those ordered at a time, in unix seconds, or later.
func (b *Books) DisbursementsSince(ctx context.Context, at int64) ([]scrip.Disbursement, error) {
	return many(ctx, b.db, "list disbursements", disbursementOf, disbursements.selects+` WHERE at >= ? ORDER BY at, key, n`, at)
}

// Leaving counts the payments that are on their way out of the bank, and adds them up.
func (b *Books) Leaving(ctx context.Context) (int, scrip.Money, error) {
	var r struct {
		Count int         `db:"n"`
		Sum   scrip.Money `db:"sum"`
	}
	if err := b.db.get(ctx, &r, `SELECT count(*) AS n, CAST(coalesce(sum(amount), 0) AS BIGINT) AS sum FROM disbursement WHERE state IN ('queued', 'ready', 'sent')`); err != nil {
		return 0, 0, fmt.Errorf("add up what leaves: %w", err)
	}
	return r.Count, r.Sum, nil
}

// Payee returns where money of an account goes, or scrip.ErrAbsent.
func (b *Books) Payee(ctx context.Context, reference string) (scrip.Payee, error) {
	return one(ctx, b.db, "read a payee", payeeOf, payees.selects+` WHERE reference = ?`, reference)
}

// Suspended lists what waits for the operator, the oldest first.
func (b *Books) Suspended(ctx context.Context, limit int) ([]scrip.Suspended, error) {
	return many(ctx, b.db, "list what is suspended", suspendedOf, suspendeds.selects+` WHERE settled = 0 ORDER BY at, id LIMIT ?`, limit)
}

// SuspendedOne returns one, settled or not, or scrip.ErrAbsent.
func (b *Books) SuspendedOne(ctx context.Context, id scrip.ID) (scrip.Suspended, error) {
	return one(ctx, b.db, "read what is suspended", suspendedOf, suspendeds.selects+` WHERE id = ?`, id)
}
