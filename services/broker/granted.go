package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// Answers that bring no scrip are not stored: the log, which is never pruned,
// says what was granted, and the answer is made from it once more.

// granted returns the record of the very message that jws is, from among those
// that mine picks as its sender's: scrip.ErrAbsent if there is none, and
// scrip.TxConflict if its tx was used for other content.
func (b *Broker) granted(ctx context.Context, tx scrip.ID, kind, jws string, mine func(scrip.Record) bool) (scrip.Record, error) {
	records, err := b.Books.Logged(ctx, tx, kind)
	if err != nil {
		return scrip.Record{}, err
	}
	err = scrip.ErrAbsent
	for _, r := range records {
		if !mine(r) || len(r.Evidence) == 0 {
			continue
		}
		if scrip.SamePayload(r.Evidence[0], jws) {
			return r, nil
		}
		err = scrip.TxConflict
	}
	return scrip.Record{}, err
}

// ofAccount tells the records of one account.
func ofAccount(account string) func(scrip.Record) bool {
	return func(r scrip.Record) bool { return string(r.Account) == account }
}

// notedAgain answers a request of an account that is in the log, and whose answer
// is NOTED.
func notedAgain[B scrip.Body](b *Broker, m scrip.Opened[B]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		_, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, ofAccount(m.From))
		return scrip.Answer{Body: scrip.Noted{}}, err
	}
}
