package cli

import (
	"context"
	"slices"
	"strings"

	"peerscrip/services/scrip"
)

// Delivery is how an order is wanted, as a command is told.
type Delivery struct {
	Way    string `help:"post or collect; default is post, or collect where no address is given and all of it can be collected. Of a payment link nothing is delivered." enum:",post,collect" default:""`
	Label  string `help:"The seller's name for the way, where there are several; default is the cheapest." placeholder:"NAME"`
	Postal Postal `embed:""`
}

// Postal is an address, as a command is told.
type Postal struct {
	Name     string   `help:"Who gets the parcel."`
	Street   []string `help:"Street and house; again for what else helps to find it." sep:"none"`
	Postcode string   `help:"Postcode."`
	Town     string   `help:"Town."`
	Country  string   `help:"Country, by its two letters: NL." placeholder:"CODE"`
	Phone    string   `help:"For whoever brings it."`
}

var (
	errNoAddress = mistake("this is posted: say with --name, --street, --postcode, --town and --country where it is to go, or --way collect if it is collected")
	errPostcode  = mistake("a parcel to this country needs a --postcode")
	errAddress   = mistake("an address has a --name, one to three lines of --street, a --town and a --country of two letters, like NL")
)

// address is what was told, checked; nil where nothing was.
func (p Postal) address() (*scrip.Address, error) {
	if p.Name+p.Postcode+p.Town+p.Country+p.Phone == "" && len(p.Street) == 0 {
		return nil, nil
	}
	a := scrip.Address{
		Name: p.Name, Lines: p.Street, Postcode: p.Postcode, Town: p.Town, Country: strings.ToUpper(strings.TrimSpace(p.Country)), Phone: p.Phone,
	}.Cleaned()
	if a.Valid() != nil {
		return nil, errAddress
	}
	if a.Postcode == "" && scrip.NeedsPostcode(a.Country) {
		return nil, errPostcode
	}
	return &a, nil
}

// of makes the delivery of an order from what its command was told. Told neither way
// nor address, the buyer collects if everything in the order can be collected.
func (d Delivery) of(portions []scrip.Portion) (scrip.Delivery, error) {
	if got(portions, scrip.WayNone) {
		return scrip.Delivery{Way: scrip.WayNone}, nil
	}
	address, err := d.Postal.address()
	if err != nil {
		return scrip.Delivery{}, err
	}
	way := d.Way
	switch {
	case way != "":
	case address == nil && got(portions, scrip.WayCollect):
		way = scrip.WayCollect
	default:
		way = scrip.WayPost
	}
	if way == scrip.WayCollect {
		return scrip.Delivery{Way: way, Label: d.Label}, nil
	}
	if address == nil {
		return scrip.Delivery{}, errNoAddress
	}
	return scrip.Delivery{Way: way, Label: d.Label, Address: address}, nil
}

// got reports whether there is such a way for all of it.
func got(portions []scrip.Portion, way string) bool {
	return len(portions) > 0 && !slices.ContainsFunc(portions, func(p scrip.Portion) bool {
		return !slices.ContainsFunc(p.Offer.Ways(), func(w scrip.Way) bool { return w.Way == way })
	})
}

// SendTo gives an order another address.
func (w *Wallet) SendTo(ctx context.Context, name, text string, to Postal) (Thread, error) {
	address, err := to.address()
	if err == nil && address == nil {
		err = errAddress
	}
	if err != nil {
		return Thread{}, err
	}
	return w.sayIn(ctx, name, scrip.Event{Kind: "address", Text: text, Address: address})
}

// block is an address as it is printed, on one line.
func block(a scrip.Address) string {
	parts := append([]string{a.Name}, a.Lines...)
	parts = append(parts, strings.TrimSpace(a.Postcode+" "+a.Town), a.Country)
	if a.Phone != "" {
		parts = append(parts, a.Phone)
	}
	return strings.Join(parts, ", ")
}
