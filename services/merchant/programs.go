package merchant

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Programs are what a shelf keeps for the seller's own programs.
type Programs interface {
	// SellerKeys lists the keys, the newest first; SellerKey returns one by its digest.
	SellerKeys(ctx context.Context) ([]scrip.SellerKey, error)
	SellerKey(ctx context.Context, digest string) (scrip.SellerKey, error)
	// CarriedOut returns a request of a program's by the key that it chose.
	CarriedOut(ctx context.Context, key string) (scrip.SellerRequest, error)
	// SellerEvents lists those of the feed after a number, the first first.
	SellerEvents(ctx context.Context, after int64, limit int) ([]scrip.SellerEvent, error)
	// ToldTo returns the number of the feed's last event, and of the last rating in it.
	ToldTo(ctx context.Context) (told, rated int64, err error)
	// Webhooks lists them, the first first; Webhook returns one.
	Webhooks(ctx context.Context) ([]scrip.Webhook, error)
	Webhook(ctx context.Context, id scrip.ID) (scrip.Webhook, error)
	// Deliveries lists those of a webhook, the newest event first; Undelivered those that wait, the one that is due
	// first first.
	Deliveries(ctx context.Context, webhook scrip.ID, limit int) ([]scrip.WebhookDelivery, error)
	Undelivered(ctx context.Context, webhook scrip.ID, limit int) ([]scrip.WebhookDelivery, error)
	// ListingsAfter lists what Listings does after an offer, the newest first; without one from the newest.
	ListingsAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Listing, error)
	// SalesAfter lists orders likewise.
	SalesAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, error)
	// Movements lists those after one, the first first.
	Movements(ctx context.Context, after MovementAt, limit int) ([]scrip.Movement, error)
}

// tokenPrefix begins every key, so that programs that look for secrets in files know one.
const tokenPrefix = "pss_"

// Parts of a key, in characters: the vendor, and 256 random bits.
const (
	tokenVendor = 22
	tokenSecret = 43
)

// VendorOfKey returns which stall a seller's key is for, or scrip.NotFound for what is no
// key. It says nothing of whether the stall has it.
func VendorOfKey(token string) (scrip.VendorID, error) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok || len(rest) != tokenVendor+1+tokenSecret || rest[tokenVendor] != '_' || !scrip.VendorID(rest[:tokenVendor]).Valid() {
		return "", scrip.NotFound
	}
	return scrip.VendorID(rest[:tokenVendor]), nil
}

// AddSellerKey makes a key of a name for programs, with some scopes, and returns it: it is
// shown this once, and its SHA-256 is kept. scrip.TooMany: the name is none or too long, or
// there are scrip.MaxSellerKeys; scrip.Unreadable: no scope, or one that is none. A crash
// before the answer leaves a key that nobody has, to be revoked by its name.
func (s *Stall) AddSellerKey(ctx context.Context, name string, scopes []scrip.Scope) (token string, err error) {
	id, err := scrip.NewID(s.Random)
	if err != nil {
		return "", err
	}
	var secret [32]byte
	if _, err := io.ReadFull(s.Random, secret[:]); err != nil {
		return "", fmt.Errorf("draw a seller's key: %w", err)
	}
	token = tokenPrefix + string(s.Vendor()) + "_" + base64.RawURLEncoding.EncodeToString(secret[:])
	k := scrip.SellerKey{ID: id, Name: scrip.CleanLine(name), Digest: jose.Digest([]byte(token)), Scopes: scopes}
	if err := k.Valid(); err != nil {
		return "", err
	}
	return token, s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{AddKey: &k}})
}

// RevokeSellerKey forgets a key: who has it is let in no more. scrip.NotFound: it is not there.
func (s *Stall) RevokeSellerKey(ctx context.Context, id scrip.ID) error {
	return s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{RevokeKey: id}})
}

// SellerKeys lists the keys of the seller's programs, the newest first.
func (s *Stall) SellerKeys(ctx context.Context) ([]scrip.SellerKey, error) {
	return s.Shelf.SellerKeys(ctx)
}

// usedEvery is how long, in seconds, the note of when a key was used last may be old.
const usedEvery = 5 * 60

// Key returns what a key that a program shows may do, or scrip.NotFound.
func (s *Stall) Key(ctx context.Context, token string) (scrip.SellerKey, error) {
	k, err := s.Shelf.SellerKey(ctx, jose.Digest([]byte(token)))
	if err != nil {
		return scrip.SellerKey{}, absent(err)
	}
	at := s.Clock().Unix()
	if at >= k.UsedAt+usedEvery {
		if err := s.apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{UsedKey: k.ID}}); err != nil {
			s.Log.Warn("that a seller's key is used is not noted", "err", err)
		}
	}
	return k, nil
}

// ErrKeyReused says that a request has the key of another one that was carried out.
var ErrKeyReused = errors.New("this idempotency key was used for another request")

// Request is what a program asks for, once for each key that it chooses.
type Request struct {
	Key    string // Idempotency-Key
	Digest string // of all that is asked
	// Answer is what comes of it, by the Change that does it, and what it is about; nil for
	// a Change that is another's.
	Answer func(scrip.StallChange) (answer any, about []scrip.ID)
}

type requestKey struct{}

// carrying is a Request being carried out.
type carrying struct {
	Request
	answer string
}

// Once carries a program's request out and returns its answer, JSON. The answer is kept in the
// one commit that does what is asked, under the request's key; so the same request again, after a
// crash or at the same time, does nothing and gets the same answer. ErrKeyReused: the key is
// another request's. What is refused is not kept, and may be asked again. do is given the
// context that it has to go on with, and makes one commit that Answer knows.
func (s *Stall) Once(ctx context.Context, r Request, do func(context.Context) error) (answer string, err error) {
	if known, err := s.Shelf.CarriedOut(ctx, r.Key); !errors.Is(err, scrip.ErrAbsent) {
		return r.again(known, err)
	}
	w := &carrying{Request: r}
	err = do(context.WithValue(ctx, requestKey{}, w))
	if errors.Is(err, scrip.ErrAnswered) { // asked twice at the same time
		known, err := s.Shelf.CarriedOut(ctx, r.Key)
		return r.again(known, err)
	}
	if err == nil && w.answer == "" {
		err = errors.New("a request was carried out without an answer")
	}
	return w.answer, err
}

// again is the answer that was kept.
func (r Request) again(known scrip.SellerRequest, err error) (string, error) {
	if err == nil && known.Digest != r.Digest {
		err = ErrKeyReused
	}
	return known.Answer, err
}

// apply makes a Change of the stall's.
func (s *Stall) apply(ctx context.Context, c scrip.Change) error { return s.book.Apply(ctx, c) }

// toldBook is a shelf that keeps the request with the Change that carries it out, and wakes who
// waits for the seller's events.
type toldBook struct {
	scrip.Book
	told func()
}

// Apply implements [scrip.Book].
func (b toldBook) Apply(ctx context.Context, c scrip.Change) error {
	w, _ := ctx.Value(requestKey{}).(*carrying)
	answer := ""
	if w != nil && c.Stall != nil {
		does := *c.Stall
		if said, about := w.Answer(does); said != nil {
			text, err := json.Marshal(said)
			if err != nil {
				return fmt.Errorf("write an answer: %w", err)
			}
			answer = string(text)
			does.Request = &scrip.SellerRequest{Key: w.Key, Digest: w.Digest, Answer: answer, Objects: about}
			c.Stall = &does
		}
	}
	if err := b.Book.Apply(ctx, c); err != nil {
		return err
	}
	if answer != "" {
		w.answer = answer
	}
	if tells(c.Stall) {
		b.told()
	}
	return nil
}

// tells reports whether a Change has an event for the seller, or something else for who tells it.
func tells(c *scrip.StallChange) bool {
	return c != nil && (c.Sale != nil || c.Telling != nil || c.Collect != nil || len(c.Expiring) > 0 || len(c.Rated) > 0 ||
		c.Webhook != nil && c.Webhook.Try == nil && c.Webhook.Tried == nil && c.Webhook.Spread == nil && c.Webhook.Tested == nil)
}
