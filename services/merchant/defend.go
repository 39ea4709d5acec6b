package merchant

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Showable is a signed message that a seller may show in a dispute, and what it says.
type Showable struct {
	Digest string // by which it is chosen
	JWS    string
	Offer  *scrip.Offer // what was offered
	Said   *Said        // an event of the order's thread
	// Neither: T10, the buyer's word that so much is paid.
}

// Showable lists what there is to show of an order: what was offered, what was paid,
// and what was said, but for the broker's own word, in this order. scrip.NotFound: no such order.
func (s *Stall) Showable(ctx context.Context, order scrip.ID) ([]Showable, error) {
	sale, err := s.Sale(ctx, order)
	if err != nil {
		return nil, err
	}
	var list []Showable
	for _, line := range sale.Lines {
		jws, err := s.Shelf.Sold(ctx, line.Version)
		if err != nil {
			return nil, fmt.Errorf("look up what was sold: %w", err)
		}
		m, err := scrip.Verify[scrip.Offer](jws, string(s.Vendor()), s.Certificate.Signer())
		if err != nil {
			return nil, fmt.Errorf("read what was sold: %w", err)
		}
		list = append(list, Showable{Digest: m.Digest, JWS: jws, Offer: &m.Body})
	}
	mandate, err := scrip.Verify[scrip.Mandate](sale.Mandate, string(s.Vendor()), nil)
	if err != nil {
		return nil, fmt.Errorf("read an order's mandate: %w", err)
	}
	list = append(list, Showable{Digest: mandate.Digest, JWS: sale.Mandate})
	thread, err := s.thread(ctx, order)
	if err != nil {
		return nil, err
	}
	kept, err := s.Shelf.Events(ctx, order, 0, scrip.MaxEvents)
	for _, k := range kept {
		by, e, err := scrip.ReadEvent(k.JWS, thread.Key, s.Vendor(), s.Certificate.Signer(), s.BrokerKeys)
		if err != nil {
			return nil, fmt.Errorf("read an event: %w", err)
		}
		if e.Body.Hold != "" {
			continue // the broker's own word
		}
		list = append(list, Showable{Digest: k.Digest, JWS: k.JWS, Said: &Said{by, e.At, e.Body, k.JWS}})
	}
	return list, err
}

// UsuallyShown are the digests of what a seller shows who chooses nothing: what was offered
// and paid, then the last that was said, as far as it fits. An address is shown only by
// who chooses it, and so is a photo of the buyer's, who shows it if it helps.
func UsuallyShown(of []Showable) (digests []string) {
	for _, m := range of {
		if m.Said == nil && len(digests) < scrip.MaxShown/2 {
			digests = append(digests, m.Digest)
		}
	}
	photos := 0
	for i := len(of) - 1; i >= 0 && len(digests) < scrip.MaxShown; i-- {
		said := of[i].Said
		if said == nil || said.Address != nil {
			continue
		}
		if said.Photo != "" {
			if said.By != scrip.Seller || photos == scrip.MaxExhibits {
				continue
			}
			photos++
		}
		digests = append(digests, of[i].Digest)
	}
	return digests
}

// Defend says to the dispute of an order what its seller says, and shows what is
// chosen by its digest (DEFEND), each photo among it with a DEFEND of its own: they are
// written down in one commit, and Run delivers them. The id makes it count once. scrip.NotFound: no such order, or nothing of it is held;
// scrip.OutOfTurn: it is not disputed, or not any more; scrip.TooMany: too long a text,
// too much to show, or said too often; scrip.TxConflict: the id was used before.
func (s *Stall) Defend(ctx context.Context, id, order scrip.ID, text string, chosen []string) error {
	sale, err := s.Sale(ctx, order)
	if err != nil {
		return err
	}
	if !id.Valid() {
		return scrip.NotFound
	}
	picked, err := s.picked(ctx, order, chosen)
	if err != nil {
		return err
	}
	shows := []scrip.Shown{}
	for _, p := range picked {
		shows = append(shows, scrip.Shown{Message: p.JWS})
	}
	text = scrip.Clean(text)
	said, err := s.defence(id, sale, scrip.Defend{Text: text, Shows: shows}, nil)
	if err != nil {
		return err
	}
	photos, err := s.exhibits(ctx, sale, picked)
	if err != nil {
		return err
	}
	err = s.apply(ctx, scrip.Change{At: said.MadeAt, Stall: &scrip.StallChange{Defend: append([]scrip.Defence{said}, photos...)}})
	if errors.Is(err, scrip.TxConflict) {
		return s.saidBefore(ctx, id, order, text)
	}
	s.wakeUp()
	return err
}

// defence is one DEFEND about a sale, sealed.
func (s *Stall) defence(id scrip.ID, sale scrip.Sale, body scrip.Defend, photo []byte) (scrip.Defence, error) {
	body.Vendor, body.Purchase = s.Vendor(), sale.Tx
	if err := body.Valid(); err != nil {
		return scrip.Defence{}, err
	}
	key, err := jose.NewReplyKey(s.Random)
	if err != nil {
		return scrip.Defence{}, err
	}
	at := s.Clock().Unix()
	m := scrip.Compose(string(s.Vendor()), string(s.BrokerInfo().ID), id, at, body, scrip.Attachments{ReplyKey: &key, Photo: photo})
	envelope, err := jose.Seal(s.Random, m, s.Keys.Signing, s.BrokerInfo().Envelope)
	if err != nil {
		return scrip.Defence{}, fmt.Errorf("seal DEFEND: %w", err)
	}
	return scrip.Defence{
		ID: id, Sale: sale.ID, Text: body.Text, Shows: len(body.Shows), Photo: body.Photo, MadeAt: at, Request: scrip.Sealed{Envelope: envelope}, RequestKey: key,
	}, nil
}

// captionless is what a DEFEND says of a photo that was sent without a word.
const captionless = "A photo"

// exhibits are the DEFENDs that bring the photos among what was picked, but for those
// that were brought before.
func (s *Stall) exhibits(ctx context.Context, sale scrip.Sale, picked []Showable) (list []scrip.Defence, err error) {
	before, err := s.Shelf.Defences(ctx, sale.ID)
	if err != nil {
		return nil, err
	}
	brought := map[string]bool{"": true}
	for _, d := range before {
		brought[d.Photo] = true
	}
	for _, p := range picked {
		if p.Said == nil || brought[p.Said.Photo] {
			continue
		}
		brought[p.Said.Photo] = true
		photo, err := s.Shelf.TalkPhoto(ctx, sale.ID, p.Said.Photo)
		if err != nil {
			return nil, fmt.Errorf("look up a photo of a thread: %w", err)
		}
		id, err := scrip.NewID(s.Random)
		if err != nil {
			return nil, err
		}
		d, err := s.defence(id, sale, scrip.Defend{Text: cmp.Or(p.Said.Text, captionless), Shows: []scrip.Shown{{Message: p.JWS}}, Photo: p.Said.Photo}, photo)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}

// saidBefore is nil if just that was said under this id: the form was sent twice.
func (s *Stall) saidBefore(ctx context.Context, id, order scrip.ID, text string) error {
	said, err := s.Shelf.Defences(ctx, order)
	if err != nil {
		return err
	}
	for _, d := range said {
		if d.ID == id && d.Text == text {
			return nil
		}
	}
	return scrip.TxConflict
}

// picked are the messages that were chosen, in their order.
func (s *Stall) picked(ctx context.Context, order scrip.ID, chosen []string) (list []Showable, err error) {
	there, err := s.Showable(ctx, order)
	if err != nil {
		return nil, err
	}
	pick := map[string]bool{}
	for _, digest := range chosen {
		pick[digest] = true
	}
	for _, of := range there {
		if pick[of.Digest] {
			list = append(list, of)
			pick[of.Digest] = false
		}
	}
	return list, nil
}

// defend sends the DEFENDs that have no answer.
func (s *Stall) defend(ctx context.Context) error {
	waiting, err := s.Shelf.Undefended(ctx, mostTaken)
	if err != nil {
		return err
	}
	return attempt(ctx, s, waiting, defenceUnderway, func(d scrip.Defence) error { return s.sendDefence(ctx, d) })
}

// sendDefence makes one attempt. The answer says how the money stands, be it that the
// operator was faster.
func (s *Stall) sendDefence(ctx context.Context, d scrip.Defence) error {
	answer, err := s.ask(ctx, scrip.Defend{}.Type(), d.Request)
	if err != nil {
		return err
	}
	said, err := scrip.OpenReply[scrip.OnHold](answer.Envelope, d.RequestKey, string(s.Vendor()), d.ID, s.BrokerKeys)
	if err != nil {
		return err
	}
	if said.Body.Vendor != s.Vendor() || said.Body.Purchase != d.Purchase {
		return errors.New("HELD is about something else")
	}
	err = s.heardOf(ctx, scrip.StallChange{Defended: d.ID}, told(said))
	if errors.Is(err, scrip.ErrAnswered) {
		err = nil
	}
	return err
}
