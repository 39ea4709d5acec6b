package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// did is what somebody did who made an event of that kind.
var did = map[string]string{
	"ask": "asked", "message": "wrote", "address": "gave another address", "packed": "packed it",
	"sent": "sent it", "received": "received it", "cancel": "asked to cancel it", "kept": "left it as it is",
	"cancelled": "cancelled it", "refund": "gave money back", "return": "asked to send it back",
	"return-agreed": "takes it back", "return-declined": "does not take it back", "returned": "sent it back",
	"disputed": "learned of the problem", "reclaimed": "learned that the buyer has the money back",
	"released": "learned that the seller is paid", "decided": "learned of the decision",
	"propose": "proposed", "private-offer": "offered", "declined": "declined what was proposed", "photo": "showed a photo",
}

// Threads are what was written about orders and listings, the last one first.
type Threads struct {
	Threads []Thread    `json:"threads"`
	Paid    scrip.Money `json:"paid"` // what sellers said that the buyer has back of protected purchases: it is in the wallet
}

// Thread is what buyer and seller signed about an order, or in a conversation about a listing.
type Thread struct {
	Order  scrip.ID       `json:"order"` // the seller's number of it; of a conversation its own
	Tx     scrip.ID       `json:"tx"`    // of the purchase; of a conversation its own
	Talk   bool           `json:"talk"`  // without an order
	State  scrip.State    `json:"state"` // as docs/protocol.md names them
	Vendor scrip.VendorID `json:"vendor"`
	Stall  string         `json:"stall"` // the seller's name
	Title  string         `json:"title"`
	Seq    int            `json:"seq"` // of the last event; 0 for none
	Events []ThreadEvent  `json:"events"`
	Unsaid *Saying        `json:"unsaid,omitempty"` // written down and not answered yet: it is sent again
}

// ThreadEvent is one event.
type ThreadEvent struct {
	Seq int        `json:"seq"`
	By  scrip.Side `json:"by"`
	At  int64      `json:"at"` // by who signed it
	Saying
}

// Saying is what an event says. Which members come with which kind tells docs/protocol.md (EVENT).
type Saying struct {
	Kind     string         `json:"kind"`
	Text     string         `json:"text"`
	Offer    scrip.ID       `json:"offer,omitempty"`
	Listing  string         `json:"listing,omitempty"` // of a private offer: what plan and pay take
	Price    scrip.Money    `json:"price,omitempty"`   // of one, as it is proposed or offered
	Quantity int            `json:"quantity,omitempty"`
	Until    int64          `json:"until,omitempty"`
	Amount   scrip.Money    `json:"amount,omitempty"` // of a refund
	Carrier  string         `json:"carrier,omitempty"`
	Tracking string         `json:"tracking,omitempty"`
	Pays     scrip.Side     `json:"pays,omitempty"` // who pays for the way back
	Address  *scrip.Address `json:"address,omitempty"`
	Photo    string         `json:"photo,omitempty"`     // its digest
	ToBuyer  scrip.Money    `json:"to_buyer,omitempty"`  // of a decision
	ToSeller scrip.Money    `json:"to_seller,omitempty"` // of a decision
}

// threadOf is a conversation as it is told.
func threadOf(c wallet.Conversation) Thread {
	t := Thread{
		Order: c.Order, Tx: c.Tx, Talk: c.Talk, State: c.Now, Vendor: c.Vendor, Stall: c.Stall, Title: c.Title, Seq: c.Seq, Events: []ThreadEvent{},
	}
	for _, s := range c.Said {
		t.Events = append(t.Events, ThreadEvent{s.Seq, s.By, s.At, sayingOf(c.Vendor, s.Event)})
	}
	if c.Unsaid != nil {
		unsaid := sayingOf(c.Vendor, *c.Unsaid)
		t.Unsaid = &unsaid
	}
	return t
}

func sayingOf(vendor scrip.VendorID, e scrip.Event) Saying {
	s := Saying{
		Kind: e.Kind, Text: e.Text, Offer: e.Offer, Price: e.Price, Quantity: e.Quantity, Until: e.Until, Amount: e.Amount,
		Carrier: e.Carrier, Tracking: e.Tracking, Pays: e.Pays, Address: e.Address, Photo: e.Photo,
	}
	if e.Until > 0 {
		s.Listing = privateListing(vendor, e.Offer, e.Quantity)
	}
	if h, ok := e.Held(); ok && h.State == scrip.HoldDecided {
		s.ToBuyer, s.ToSeller = h.ToBuyer, h.ToSeller
	}
	return s
}

// ThreadNow asks the seller and tells what was written about one order or in one
// conversation.
func (w *Wallet) ThreadNow(ctx context.Context, name string) (Thread, error) {
	tx, err := w.txOf(ctx, name)
	if err != nil {
		return Thread{}, err
	}
	c, err := w.Listen(ctx, tx)
	if c.Tx == "" {
		return Thread{}, err
	}
	return threadOf(c), err
}

// ThreadsNow asks the sellers and tells what was written about all orders and listings.
// What they say the buyer has back is taken in.
func (w *Wallet) ThreadsNow(ctx context.Context) (Threads, error) {
	asked := w.ListenAll(ctx)
	list, err := w.Conversations(ctx)
	said, back := Threads{Threads: []Thread{}}, false
	for _, c := range list {
		said.Threads = append(said.Threads, threadOf(c))
		back = back || c.Hold == scrip.HoldReclaimed || c.Hold == scrip.HoldDecided
	}
	if back {
		paid, failed := w.TakeCredit(ctx, scrip.ToScrip)
		if failed == nil {
			said.Paid = paid
		}
		err = errors.Join(err, failed)
	}
	return said, errors.Join(err, asked)
}

func (t Threads) print(p *page) {
	if len(t.Threads) == 0 {
		p.printf("nobody has written yet; \"wallet receipts\" lists what you bought\n")
	}
	for _, one := range t.Threads {
		one.print(p)
	}
	printCredit(p, t.Paid, scrip.ToScrip)
}

func (t Thread) print(p *page) {
	p.printf("%s  %s  %s, %s\n", t.Order, t.State, t.Title, t.Stall)
	for _, e := range t.Events {
		who := "you"
		if e.By == scrip.Seller {
			who = t.Stall
		}
		what := did[e.Kind]
		if e.Kind == "disputed" && e.By == scrip.Buyer {
			what = "reported a problem"
		}
		p.printf("  %s  %s %s%s%s\n", time.Unix(e.At, 0).Format(time.DateTime), who, what, e.amounts(p), e.words())
	}
	if t.Unsaid != nil {
		p.printf("  not answered yet: you %s%s\n", did[t.Unsaid.Kind], t.Unsaid.words())
	}
}

// amounts are what an event says in money; of a private offer with the address that buys it.
func (s Saying) amounts(p *page) string {
	switch {
	case s.ToBuyer+s.ToSeller > 0:
		return ": " + p.say(s.ToBuyer) + " for the buyer, " + p.say(s.ToSeller) + " for the seller"
	case s.Until > 0:
		return fmt.Sprintf(" %d for %s each until %s: pay %s", s.Quantity, p.say(s.Price), time.Unix(s.Until, 0).Format(time.DateTime), s.Listing)
	case s.Price > 0:
		return fmt.Sprintf(" %d for %s each", s.Quantity, p.say(s.Price))
	case s.Amount > 0:
		return " " + p.say(s.Amount)
	}
	return ""
}

// words are what an event says beside what was done, on one line or below it.
func (s Saying) words() string {
	text := strings.TrimSpace(s.Carrier + " " + s.Tracking)
	if text != "" {
		text = " (" + text + ")"
	}
	if s.Pays != "" {
		text += " (" + map[scrip.Side]string{scrip.Buyer: "the buyer", scrip.Seller: "the seller"}[s.Pays] + " pays for the way back)"
	}
	if s.Address != nil {
		text += " (" + block(*s.Address) + ")"
	}
	if s.Text != "" {
		text += ": " + strings.ReplaceAll(s.Text, "\n", "\n    ")
	}
	return text
}

// SayIn adds the buyer's event to an order or a conversation.
func (w *Wallet) SayIn(ctx context.Context, name, kind, text string) (Thread, error) {
	return w.sayIn(ctx, name, scrip.Event{Kind: kind, Text: text})
}

func (w *Wallet) sayIn(ctx context.Context, name string, e scrip.Event) (Thread, error) {
	tx, err := w.txOf(ctx, name)
	if err != nil {
		return Thread{}, err
	}
	return w.after(ctx, tx, w.Say(ctx, tx, e))
}

// after is a thread after something was said in it.
func (w *Wallet) after(ctx context.Context, tx scrip.ID, err error) (Thread, error) {
	if err != nil {
		return Thread{}, err
	}
	c, err := w.Conversation(ctx, tx)
	return threadOf(c), err
}

// AskAbout begins a conversation about a listing.
func (w *Wallet) AskAbout(ctx context.Context, listing, text string) (Thread, error) {
	public, _, err := w.offer(ctx, listing)
	if err != nil {
		return Thread{}, err
	}
	tx, err := w.Ask(ctx, public.Offer, text)
	return w.after(ctx, tx, err)
}

// ProposePrice proposes a price, as people write it, to the seller of a listing.
func (w *Wallet) ProposePrice(ctx context.Context, listing, price string, quantity int, text string) (Thread, error) {
	amount, err := w.parse(ctx, price)
	if err != nil {
		return Thread{}, err
	}
	return w.propose(ctx, listing, wallet.Proposal{Price: amount, Quantity: quantity, Text: text})
}

func (w *Wallet) propose(ctx context.Context, listing string, p wallet.Proposal) (Thread, error) {
	public, _, err := w.offer(ctx, listing)
	if err != nil {
		return Thread{}, err
	}
	tx, err := w.Propose(ctx, public.Offer, p)
	return w.after(ctx, tx, err)
}

// Compared are threads, each held against what its stall has.
type Compared struct {
	Threads []Comparison `json:"threads"`
}

// Comparison is one thread, here and at its stall.
type Comparison struct {
	Order   scrip.ID `json:"order"`
	Title   string   `json:"title"`
	Stall   string   `json:"stall"`
	Here    int      `json:"here"`    // events that the wallet has
	There   int      `json:"there"`   // and the stall
	Fetched int      `json:"fetched"` // of `there`, those that the wallet did not have and has now
	Ours    string   `json:"ours"`    // where they differ first, the event that the wallet has, as it was signed
	Theirs  string   `json:"theirs"`  // and the one that the stall showed; empty where there is none
	Lost    bool     `json:"lost"`    // the stall says that there is no such order or conversation
}

// ReconcileOrders holds one thread, or all, against what the stalls have.
func (w *Wallet) ReconcileOrders(ctx context.Context, name string) (Compared, error) {
	var all []scrip.ID
	if name != "" {
		tx, err := w.txOf(ctx, name)
		if err != nil {
			return Compared{}, err
		}
		all = []scrip.ID{tx}
	} else {
		list, err := w.Conversations(ctx)
		if err != nil {
			return Compared{}, err
		}
		for _, c := range list {
			all = append(all, c.Tx)
		}
	}
	said := Compared{[]Comparison{}}
	var errs []error
	for _, tx := range all {
		one, err := w.reconcile(ctx, tx)
		if err == nil {
			said.Threads = append(said.Threads, one)
		}
		errs = append(errs, err)
	}
	return said, errors.Join(errs...)
}

func (w *Wallet) reconcile(ctx context.Context, tx scrip.ID) (Comparison, error) {
	r, err := w.Reconcile(ctx, tx)
	if err != nil {
		return Comparison{}, err
	}
	c, err := w.Conversation(ctx, tx)
	return Comparison{
		Order: c.Order, Title: c.Title, Stall: c.Stall, Here: r.Here, There: r.There, Fetched: r.Fetched, Ours: r.Ours, Theirs: r.Theirs, Lost: r.Lost,
	}, err
}

func (c Compared) print(p *page) {
	for _, one := range c.Threads {
		p.printf("%s  %s, %s: %s\n", one.Order, one.Title, one.Stall, one.words())
		if one.Ours != "" {
			p.printf("  here, as it was signed:         %s\n", one.Ours)
		}
		if one.Theirs != "" {
			p.printf("  at the stall, as it was signed: %s\n", one.Theirs)
		}
	}
}

// words say what came of comparing.
func (r Comparison) words() string {
	switch {
	case r.Lost:
		return fmt.Sprintf("the stall has nothing of it; here are %d events, each signed by whoever said it", r.Here)
	case r.Theirs != "":
		return "the two differ: in one place the stall shows another event than was signed before"
	case r.Ours != "":
		return fmt.Sprintf("the stall has %d of %d events", r.There, r.Here)
	case r.Here < r.There:
		return fmt.Sprintf("the stall shows %d events more, which do not follow", r.There-r.Here)
	}
	return fmt.Sprintf("the same %d events, %d of them fetched now", r.Here, r.Fetched)
}

// txOf finds a thread by its order or conversation, or by a purchase's tx.
func (w *Wallet) txOf(ctx context.Context, name string) (scrip.ID, error) {
	list, err := w.Conversations(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range list {
		if string(c.Order) == name || string(c.Tx) == name {
			return c.Tx, nil
		}
	}
	r, err := w.findReceipt(ctx, scrip.ID(name))
	return r.Tx, err
}
