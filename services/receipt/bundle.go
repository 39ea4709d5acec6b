package receipt

import (
	"encoding/json"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Format and Version are what every bundle begins with. Those of earlier
// purchases are read as well: version 1, whose order holds the one signed offer
// itself, and version 2, whose order says in a text where it goes.
const (
	Format  = "peerscrip receipt"
	Version = 3
)

// Bounds on a bundle.
const (
	MaxBundle    = 1 << 20 // bytes
	maxCollected = 100
)

// ErrBundle is returned for what is no bundle of these versions.
var ErrBundle = errors.New("this is no receipt bundle of version 1 to 3")

// Bundle is what is shown of one purchase. All but Order, Collected and Logged
// is always there.
type Bundle struct {
	Format      string         `json:"format"`
	Version     int            `json:"version"`
	Broker      scrip.ID       `json:"broker"`
	Vendor      scrip.VendorID `json:"vendor"`
	Certificate string         `json:"certificate"`         // the broker's, for the seller
	Offer       string         `json:"offer,omitempty"`     // of version 1: the one offer
	Offers      []string       `json:"offers,omitempty"`    // as the seller signed them, in the lines' order
	Mandate     string         `json:"mandate"`             // T10's JWS
	Paid        string         `json:"paid"`                // T11's JWS
	Order       string         `json:"order,omitempty"`     // the disclosure of the order in T10, with the address
	Collected   []string       `json:"collected,omitempty"` // COLLECTED's JWS
	Logged      *Logged        `json:"logged,omitempty"`    // that the broker's log has the mandate
}

// Logged is a tree.Inclusion without the leaf, which follows from the entry.
type Logged struct {
	Index int64       `json:"index"`
	Entry string      `json:"entry"`
	Path  []tree.Hash `json:"path"`
	Head  string      `json:"head"`
}

// LoggedAs is a proof as a bundle holds it.
func LoggedAs(p tree.Inclusion) *Logged {
	return &Logged{Index: p.Index, Entry: p.Entry, Path: p.Path, Head: p.Head}
}

func (l Logged) inclusion() tree.Inclusion {
	return tree.Inclusion{
		Index: l.Index, Leaf: tree.LeafHash([]byte(l.Entry)), Entry: l.Entry, Path: l.Path, Head: l.Head,
	}
}

// Make writes a bundle as a file, of this version unless it is one that was read.
// ErrBundle for one that Parse would refuse.
func Make(b Bundle) ([]byte, error) {
	b.Format = Format
	if b.Version == 0 {
		b.Version = Version
	}
	file, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a receipt bundle: %w", err)
	}
	file = append(file, '\n')
	_, err = Parse(file)
	return file, err
}

// Parse reads a bundle: its form, not what it proves. ErrBundle for anything
// that Make does not write, an attachment that is not an order above all.
func Parse(file []byte) (Bundle, error) {
	var b Bundle
	if len(file) > MaxBundle || jose.DecodeWhole(file, &b) != nil {
		return Bundle{}, ErrBundle
	}
	ok := b.Format == Format && b.Version >= 1 && b.Version <= Version && (b.Version == 1) == (b.Offer != "") &&
		(b.Version > 1) == (len(b.Offers) > 0) && len(b.Offers) <= scrip.MaxLines && b.Broker.Valid() && b.Vendor.Valid() &&
		isMessage(b.Certificate) && isMessage(b.Mandate) && isMessage(b.Paid) && len(b.Collected) <= maxCollected
	for _, jws := range b.offers() {
		ok = ok && isMessage(jws)
	}
	for _, jws := range b.Collected {
		ok = ok && isMessage(jws)
	}
	if l := b.Logged; l != nil {
		_, err := tree.ParseEntry(l.Entry)
		ok = ok && err == nil && l.Index >= 0 && l.Index <= tree.MaxSize && len(l.Path) <= tree.MaxPath &&
			l.Path != nil && l.Head != "" && len(l.Head) <= tree.MaxHead
	}
	if b.Order != "" {
		_, err := b.order()
		ok = ok && err == nil
	}
	if !ok {
		return Bundle{}, ErrBundle
	}
	return b, nil
}

// isMessage reports whether a text has the form of a signed message.
func isMessage(jws string) bool {
	return len(jws) <= jose.MaxEnvelope && jose.Signed{JWS: jws}.Digest() != ""
}

// offers are those of either version.
func (b Bundle) offers() []string {
	if b.Version == 1 {
		return []string{b.Offer}
	}
	return b.Offers
}

// ordered is a disclosed order: its lines, and how they go.
type ordered struct {
	lines    []line
	delivery scrip.Delivery
}

// line is so many of the offer with this digest.
type line struct {
	digest   string
	quantity int
}

// before is how orders of before went: their offers have one postage, whichever
// way that is.
var before = scrip.Delivery{Way: scrip.WayPost}

// order reads the disclosed order.
func (b Bundle) order() (ordered, error) {
	name, value, err := jose.ReadDisclosure(b.Order)
	if err != nil || name != "order" {
		return ordered{}, ErrBundle
	}
	switch b.Version {
	case 1:
		return firstOrder(value)
	case 2:
		return secondOrder(value)
	}
	var o scrip.Order
	if err := jose.DecodeWhole(value, &o); err != nil || o.Valid() != nil {
		return ordered{}, ErrBundle
	}
	return ordered{linesOf(o.Lines), o.Delivery}, nil
}

func linesOf(named []scrip.OrderLine) (lines []line) {
	for _, l := range named {
		lines = append(lines, line{l.Digest, l.Quantity})
	}
	return lines
}

// secondOrder reads an order of version 2, which says in a text where it goes.
func secondOrder(value []byte) (ordered, error) {
	var o struct {
		Lines    []scrip.OrderLine `json:"lines"`
		Delivery string            `json:"delivery"`
	}
	if err := jose.DecodeWhole(value, &o); err != nil {
		return ordered{}, ErrBundle
	}
	collected := scrip.Delivery{Way: scrip.WayCollect} // what is no matter here
	if (scrip.Order{Lines: o.Lines, Delivery: collected}).Valid() != nil {
		return ordered{}, ErrBundle
	}
	return ordered{linesOf(o.Lines), before}, nil
}

// firstOrder reads an order of version 1, which is of one offer and holds it.
func firstOrder(value []byte) (ordered, error) {
	var o struct {
		Offer    string `json:"offer"`
		Quantity int    `json:"quantity"`
		Delivery string `json:"delivery"`
	}
	if err := jose.DecodeWhole(value, &o); err != nil || !isMessage(o.Offer) || o.Quantity < 1 || o.Quantity > scrip.MaxQuantity {
		return ordered{}, ErrBundle
	}
	return ordered{[]line{{jose.Signed{JWS: o.Offer}.Digest(), o.Quantity}}, before}, nil
}
