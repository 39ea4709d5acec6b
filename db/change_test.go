package db_test

import (
	"context"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// fields makes, for each field of a Change, one in which that field alone is
// set and which the book of the world it is made for grants.
type fields map[string]func(w world) scrip.Change

var sharedFields = fields{
	"Kill": func(w world) scrip.Change { return scrip.Change{Kill: []scrip.Kill{{ScripID: w.issued().ScripID}}} },
	"Lock": func(w world) scrip.Change {
		return scrip.Change{Lock: []scrip.Lock{{ScripID: w.issued().ScripID, Tx: id(), Until: now + 9}}}
	},
	"Release": func(w world) scrip.Change {
		l, tx := w.issued(), id()
		w.want(nil, scrip.Change{Lock: []scrip.Lock{{ScripID: l.ScripID, Tx: tx, Until: now + 9}}})
		return scrip.Change{Release: []scrip.Release{{ScripID: l.ScripID, Tx: tx}}}
	},
	"Issue":   func(w world) scrip.Change { return scrip.Change{Issue: []scrip.Live{liveFor(w.holder())}} },
	"Replies": func(world) scrip.Change { return scrip.Change{Replies: []scrip.StoredReply{reply()}} },
}

var brokerFields = fields{
	"Keys": func(world) scrip.Change { return inBooks(scrip.BrokerChange{Keys: []string{"signed"}}) },
	"Bank": func(world) scrip.Change { return inBooks(scrip.BrokerChange{Bank: "ada"}) },
	"Account": func(world) scrip.Change {
		a := account()
		return inBooks(scrip.BrokerChange{Account: &a})
	},
	"Stall": func(w world) scrip.Change {
		s := stall(scrip.AccountID(w.holder()), "Lamps")
		return inBooks(scrip.BrokerChange{Stall: &s})
	},
	"Revoke": func(w world) scrip.Change { return inBooks(scrip.BrokerChange{Revoke: w.stalled().Vendor}) },
	"Recertify": func(w world) scrip.Change {
		s := w.stalled()
		s.NotAfter++
		return inBooks(scrip.BrokerChange{Recertify: &scrip.Recertified{Stall: s, Saw: s.JWS}})
	},
	"Rename": func(w world) scrip.Change {
		s := w.stalled()
		s.Name = "Lamps and more"
		return inBooks(scrip.BrokerChange{Rename: &scrip.Renamed{Stall: s, Saw: s.JWS, Counter: 1, At: now}})
	},
	"Counter": func(w world) scrip.Change {
		a := account()
		w.wantBooks(nil, scrip.BrokerChange{Account: &a})
		return inBooks(scrip.BrokerChange{Counter: &scrip.Counter{Account: a.ID, Next: 1, Key: a.Key.Thumbprint()}})
	},
	"Rekey": func(w world) scrip.Change {
		a := account()
		w.wantBooks(nil, scrip.BrokerChange{Account: &a})
		return inBooks(scrip.BrokerChange{Rekey: &scrip.Rekeyed{Account: a.ID, From: a.Key.Thumbprint(), To: signer()}})
	},
	"Rebank": func(w world) scrip.Change {
		return inBooks(scrip.BrokerChange{Rebank: &scrip.Rebanked{Account: scrip.AccountID(w.holder()), Bank: "ada"}})
	},
	"Deadlines": func(w world) scrip.Change {
		a := announcing(w.issued())
		a.Deadline = now + 60
		w.wantBooks(nil, scrip.BrokerChange{Announce: &a})
		return inBooks(scrip.BrokerChange{Deadlines: now + 9})
	},
	"Aside": func(w world) scrip.Change {
		e := extending(w)
		w.wantBooks(nil, scrip.BrokerChange{Extend: &e})
		w.wantBooks(nil, scrip.BrokerChange{Loosen: &scrip.Loosened{Tx: e.Tx}})
		return inBooks(scrip.BrokerChange{Aside: &scrip.Unpaid{Tx: e.Tx, Reason: scrip.BankDeclined}})
	},
	"Loosen": func(w world) scrip.Change {
		e := extending(w)
		w.wantBooks(nil, scrip.BrokerChange{Extend: &e})
		return inBooks(scrip.BrokerChange{Loosen: &scrip.Loosened{Tx: e.Tx}})
	},
	"Unextend": func(w world) scrip.Change {
		e := extending(w)
		w.wantBooks(nil, scrip.BrokerChange{Extend: &e})
		return inBooks(scrip.BrokerChange{Unextend: &scrip.Unextended{Tx: e.Tx, Held: true}})
	},
	"Batch": func(w world) scrip.Change {
		return inBooks(scrip.BrokerChange{Batch: &scrip.Batch{Vendor: scrip.VendorID(id()), Tx: id(), Digest: hash()}})
	},
	"Alias": func(w world) scrip.Change {
		s := w.stalled()
		return inBooks(scrip.BrokerChange{Alias: &scrip.Alias{Pseudonym: scrip.Pseudonym(hash()), Account: s.Account, Vendor: s.Vendor}})
	},
	"Announce": func(w world) scrip.Change {
		a := announcing(w.issued())
		return inBooks(scrip.BrokerChange{Announce: &a})
	},
	"Log": func(world) scrip.Change { return inBooks(scrip.BrokerChange{Log: []scrip.Record{logged(1)}}) },
	"Rescue": func(w world) scrip.Change {
		s := w.stalled()
		of := scrip.Share{Vendor: s.Vendor, Account: s.Account}
		w.wantBooks(nil, scrip.BrokerChange{Bank: "ada", Post: []scrip.Posting{{From: scrip.World, To: scrip.FloatOf(of.Vendor, of.Account), Amount: 5}}})
		back := inBooks(scrip.BrokerChange{Rescue: &scrip.Rescue{Saw: scrip.Rescuable{Share: of, Float: 5}, To: scrip.BankOf("ada")}})
		w.want(scrip.Unavailable, back) // the stall is not gone
		w.wantBooks(nil, scrip.BrokerChange{Revoke: s.Vendor})
		return back
	},
	"Rate": func(w world) scrip.Change {
		r := rated(w)
		return inBooks(scrip.BrokerChange{Rate: &r})
	},
	"Answer": func(w world) scrip.Change {
		r := rated(w)
		w.wantBooks(nil, scrip.BrokerChange{Rate: &r})
		return inBooks(scrip.BrokerChange{Answer: &scrip.Answered{
			RatingAnswer: scrip.RatingAnswer{Vendor: r.Vendor, Purchase: r.Purchase, Rating: jose.Signed{JWS: r.JWS}.Digest()}, JWS: "signed", At: now,
		}})
	},
	"TakeBack": func(w world) scrip.Change {
		v := w.stalled().Vendor
		return inBooks(scrip.BrokerChange{TakeBack: &scrip.TakenBack{Vendor: v, Purchase: w.purchased(v, 500), Amount: 1}})
	},
	"Turn": func(w world) scrip.Change {
		h := w.held()
		next, _, _ := h.Next("DISPUTE", now)
		return inBooks(scrip.BrokerChange{Turn: &scrip.Turned{Saw: h.Seq, To: next}})
	},
	"Hold": func(w world) scrip.Change { return inBooks(scrip.BrokerChange{Hold: []scrip.Hold{w.holding()}}) },
	"Show": func(w world) scrip.Change {
		h := w.held()
		return inBooks(scrip.BrokerChange{Show: &scrip.Exhibited{Vendor: h.Vendor, Purchase: h.Purchase, Kind: "DISPUTE", Tx: id()}})
	},
	"Banking": func(world) scrip.Change {
		return inBooks(scrip.BrokerChange{Banking: &scrip.Banking{PayIns: []scrip.PayIn{payIn()}}})
	},
	"Post": func(world) scrip.Change { return move(scrip.World, scrip.Outstanding, 1) },
	"Head": func(world) scrip.Change {
		return inBooks(scrip.BrokerChange{Head: &scrip.SignedHead{Size: 1, At: now, Note: "signed"}})
	},
	"Cosigned": func(w world) scrip.Change {
		w.wantBooks(nil, scrip.BrokerChange{Head: &scrip.SignedHead{Size: 1, At: now, Note: "signed"}})
		return inBooks(scrip.BrokerChange{Cosigned: &scrip.Cosigned{Witness: "w+0+k", Size: 1, At: now, Line: "line"}})
	},
	"Extend": func(w world) scrip.Change {
		e := extending(w)
		return inBooks(scrip.BrokerChange{Extend: &e})
	},
}

var stallFields = fields{
	"GivenBack": func(w world) scrip.Change {
		g := givingBack(w)
		w.wantShelf(nil, scrip.StallChange{GiveBack: &g})
		return onShelf(scrip.StallChange{GivenBack: g.Tx})
	},
	"Exchange": func(world) scrip.Change {
		e := pending()
		return onShelf(scrip.StallChange{Exchange: &e})
	},
	"Settle": func(w world) scrip.Change {
		e := pending()
		w.wantShelf(nil, scrip.StallChange{Exchange: &e})
		return onShelf(scrip.StallChange{Settle: e.Tx})
	},
	"Abandon": func(w world) scrip.Change {
		e := pending()
		w.wantShelf(nil, scrip.StallChange{Exchange: &e})
		return onShelf(scrip.StallChange{Abandon: &e})
	},
	"GiveBack": func(w world) scrip.Change {
		g := givingBack(w)
		return onShelf(scrip.StallChange{GiveBack: &g})
	},
	"Photos": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Photos: []scrip.Photo{{Digest: hash(), Full: []byte("large"), Thumb: []byte("small")}}})
	},
	"List": func(world) scrip.Change {
		l := offered(1)
		return onShelf(scrip.StallChange{List: []scrip.Listing{l}})
	},
	"Shown": func(w world) scrip.Change {
		t := telling(scrip.Buyer, "")
		w.wantShelf(nil, scrip.StallChange{Telling: t})
		return onShelf(scrip.StallChange{Shown: &scrip.TalkPhoto{Thread: t.Thread.Order, Digest: hash(), JPEG: []byte("photo")}})
	},
	"Private": func(w world) scrip.Change {
		p := offeredTo(scrip.Pseudonym(hash()), w.listed(), 1)
		return onShelf(scrip.StallChange{Private: &p})
	},
	"End":  func(w world) scrip.Change { return onShelf(scrip.StallChange{End: []scrip.ID{w.listed().Offer.Offer}}) },
	"Page": func(world) scrip.Change { return onShelf(scrip.StallChange{Page: &scrip.StallPage{About: "Lamps"}}) },
	"Block": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Block: &scrip.Blocking{Pseudonym: scrip.Pseudonym(hash()), Thread: id()}})
	},
	"Unblock": func(w world) scrip.Change {
		b := scrip.Blocking{Pseudonym: scrip.Pseudonym(hash()), Thread: id()}
		w.wantShelf(nil, scrip.StallChange{Block: &b})
		return onShelf(scrip.StallChange{Unblock: b.Pseudonym})
	},
	"Sweep": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Sweep: &scrip.Sweep{Photos: now + 1}}) // the lamp, which nothing shows
	},
	"Stock": func(w world) scrip.Change {
		l := w.listed()
		return onShelf(scrip.StallChange{Stock: []scrip.StockTaken{l.Taken(1)}})
	},
	"Sale": func(w world) scrip.Change {
		s := sold(w.listed())
		return onShelf(scrip.StallChange{Sale: &s})
	},
	"Recorded": func(w world) scrip.Change { return onShelf(scrip.StallChange{Recorded: []scrip.ID{w.sold().ID}}) },
	"Sent": func(w world) scrip.Change {
		return onShelf(scrip.StallChange{Sent: &scrip.Sent{Sale: w.sold().ID}})
	},
	"Held": func(w world) scrip.Change {
		s := sold(w.listed())
		s.Hold = &scrip.SaleHold{State: scrip.HoldHeld, SendBy: now}
		w.wantShelf(nil, scrip.StallChange{Sale: &s})
		return onShelf(scrip.StallChange{Held: []scrip.HeldWord{{Purchase: s.Tx, State: scrip.HoldSent, Due: now, Word: "signed"}}})
	},
	"Watched": func(world) scrip.Change { return onShelf(scrip.StallChange{Watched: 1}) },
	"Telling": func(world) scrip.Change { return onShelf(scrip.StallChange{Telling: telling(scrip.Buyer, "")}) },
	"Refund": func(w world) scrip.Change {
		r := refunding(w.sold(), 1)
		return onShelf(scrip.StallChange{Refund: &r})
	},
	"Defend": func(w world) scrip.Change {
		d := defending(w)
		return onShelf(scrip.StallChange{Defend: []scrip.Defence{d}})
	},
	"Defended": func(w world) scrip.Change {
		d := defending(w)
		w.wantShelf(nil, scrip.StallChange{Defend: []scrip.Defence{d}})
		return onShelf(scrip.StallChange{Defended: d.ID})
	},
	"Covered": func(w world) scrip.Change {
		r := refunding(w.sold(), 1)
		w.wantShelf(nil, scrip.StallChange{Refund: &r})
		return onShelf(scrip.StallChange{Covered: r.ID})
	},
	"Webhook": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Webhook: &scrip.WebhookChange{Add: hook()}})
	},
	"AddKey": func(world) scrip.Change { return onShelf(scrip.StallChange{AddKey: sellerKey("Robot")}) },
	"RevokeKey": func(w world) scrip.Change {
		k := sellerKey("Robot")
		w.wantShelf(nil, scrip.StallChange{AddKey: k})
		return onShelf(scrip.StallChange{RevokeKey: k.ID})
	},
	"UsedKey": func(w world) scrip.Change {
		k := sellerKey("Robot")
		w.wantShelf(nil, scrip.StallChange{AddKey: k})
		return onShelf(scrip.StallChange{UsedKey: k.ID})
	},
	"Request": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Request: &scrip.SellerRequest{Key: "mine", Digest: hash(), Answer: "{}", Objects: []scrip.ID{id()}}})
	},
	"Expiring": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Expiring: []scrip.SellerEvent{{Kind: scrip.OfferExpiring, Object: id(), Part: string(id())}}})
	},
	"Rated": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Rated: []scrip.SellerEvent{{Kind: scrip.RatingNew, Object: id(), Part: hash()}}})
	},
	"RatedTo": func(world) scrip.Change { return onShelf(scrip.StallChange{RatedTo: 7}) },
	"Collect": func(world) scrip.Change {
		return onShelf(scrip.StallChange{Collect: &scrip.Collecting{Pseudonym: scrip.Pseudonym(hash()), Counter: 1, Tx: id()}})
	},
	"SetAside": func(world) scrip.Change {
		return onShelf(scrip.StallChange{SetAside: []scrip.Aside{{Message: "T12", ID: id(), Amount: 1, Reason: "value-mismatch", At: now}}})
	},
	"Again": func(w world) scrip.Change {
		a := scrip.Aside{Message: "T12", ID: id(), Amount: 1, Reason: "value-mismatch", At: now}
		w.wantShelf(nil, scrip.StallChange{SetAside: []scrip.Aside{a}})
		return onShelf(scrip.StallChange{Again: []scrip.ID{a.ID}})
	},
}

// listed puts an offer of three on the stall.
func (w world) listed() scrip.Listing {
	w.t.Helper()
	l := offered(3)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	return l
}

// sold is a sale of what is listed.
func (w world) sold() scrip.Sale {
	w.t.Helper()
	s := sold(w.listed())
	w.wantShelf(nil, scrip.StallChange{Sale: &s})
	return s
}

// alone are fields whose changes want books in which no other's was applied before.
var alone = []string{"Rescue", "Answer"}

// testFields holds that every field of Change belongs to somebody: its book
// applies it, and the other kind of book has none of what is not its own.
func testFields(t *testing.T, books, shelf func(*testing.T) world) {
	foreign := []world{shelf(t), books(t)}
	each := func(of any, prefix string, known fields, own func(*testing.T) world, other ...world) {
		common := own(t)
		for i := range reflect.TypeOf(of).NumField() {
			name := reflect.TypeOf(of).Field(i).Name
			if prefix == "" && (name == "At" || name == "Broker" || name == "Stall") {
				continue // At has its own test, the others are walked by themselves
			}
			t.Run(prefix+name, func(t *testing.T) {
				if known[name] == nil {
					t.Fatalf("%T.%s belongs to nobody: no book is known to apply it", of, name)
				}
				w := common
				if w.t = t; slices.Contains(alone, name) {
					w = own(t)
				}
				belongs(w, prefix+name, known[name], other...)
			})
		}
	}
	each(scrip.BrokerChange{}, "Broker.", brokerFields, books, foreign[0])
	each(scrip.StallChange{}, "Stall.", stallFields, shelf, foreign[1])
	each(scrip.Change{}, "", sharedFields, books)
	each(scrip.Change{}, "", sharedFields, shelf)
	t.Run("At", func(t *testing.T) {
		w := shelf(t)
		s := w.sold()
		w.want(nil, scrip.Change{At: now + 5, Stall: &scrip.StallChange{Sent: &scrip.Sent{Sale: s.ID}}})
		if sale, err := w.shelf.Sale(t.Context(), s.ID); err != nil || sale.SentAt != now+5 {
			t.Errorf("Sale: sent at %d, %v, want %d", sale.SentAt, err, now+5)
		}
	})
}

// belongs applies the change of one field to its own book, and to another's.
func belongs(w world, field string, make func(world) scrip.Change, other ...world) {
	w.t.Helper()
	c := make(w)
	if set := fieldsSet(c); len(set) != 1 || set[0] != field {
		w.t.Fatalf("the change sets %v, want %s alone", set, field)
	}
	before := w.db.Dump()
	w.want(nil, c)
	if w.db.Dump() == before {
		w.t.Errorf("Apply of %s alone: nothing changed", field)
	}
	for _, foreign := range other {
		before = foreign.db.Dump()
		if err := foreign.book.Apply(context.Background(), c); !errors.Is(err, scrip.ErrForeign) {
			w.t.Errorf("Apply at the other party: got %v, want %v", err, scrip.ErrForeign)
		}
		if foreign.db.Dump() != before {
			w.t.Error("Apply at the other party changed something")
		}
	}
}

// fieldsSet names the fields of a Change that are not zero: "Kill", "Broker.Log".
func fieldsSet(c scrip.Change) (names []string) {
	for f, v := range reflect.ValueOf(c).Fields() {
		switch {
		case v.IsZero():
		case f.Name != "Broker" && f.Name != "Stall":
			names = append(names, f.Name)
		default:
			for own, v := range v.Elem().Fields() {
				if !v.IsZero() {
					names = append(names, f.Name+"."+own.Name)
				}
			}
		}
	}
	return names
}

// defending is what is said to the dispute of a sale.
func defending(w world) scrip.Defence {
	w.t.Helper()
	s := sold(w.listed())
	s.Hold = &scrip.SaleHold{State: scrip.HoldDisputed, SendBy: now}
	w.wantShelf(nil, scrip.StallChange{Sale: &s})
	return scrip.Defence{ID: id(), Sale: s.ID, Text: "It was whole.", MadeAt: now, Request: scrip.Sealed{Envelope: "sealed"}}
}

// rated is a rating of a purchase.
func rated(w world) scrip.Rated {
	payload := base64.RawURLEncoding.EncodeToString([]byte(id()))
	return scrip.Rated{
		Rating:    scrip.Rating{Vendor: w.stalled().Vendor, Purchase: id(), Stars: 4, Counter: 1},
		Pseudonym: scrip.Pseudonym(hash()), JWS: "a." + payload + ".c", At: now,
	}
}
