package demo

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"peerscrip/services/scrip"
)

// Person is a sample buyer.
type Person struct {
	Key     string        `json:"key"` // names the wallet in the data folder
	Address scrip.Address `json:"address"`
}

// Deal is what a sample buyer and a sample seller had to do with each other.
type Deal struct {
	Who    string   `json:"who"`    // a Person's key
	Stall  string   `json:"stall"`  // a Stall's key
	Things []string `json:"things"` // titles of listings, one of each
	Post   bool     `json:"post"`   // else it is collected
	Steps  []Step   `json:"steps"`
}

// Step is one thing that one of them did.
type Step struct {
	Day   float64 `json:"day"` // how many days before the demo's first start, as a negative number
	Do    Act     `json:"do"`
	Words string  `json:"words"`

	Price    scrip.Money `json:"price,omitzero"`    // of one, of a Propose or an Offer
	Amount   scrip.Money `json:"amount,omitzero"`   // of a Refund; to the buyer, of a Decide
	Stars    int         `json:"stars,omitzero"`    // of a Rate
	Photo    string      `json:"photo,omitempty"`   // of a Show
	Carrier  string      `json:"carrier,omitempty"` // of a Send
	Tracking string      `json:"tracking,omitempty"`
}

// Act is what somebody does.
type Act string

// The buyer's acts.
const (
	Ask     Act = "ask"
	Propose Act = "propose"
	Buy     Act = "buy"     // Words are the note to the seller
	Write   Act = "write"   // a message
	Show    Act = "show"    // a photo
	Receive Act = "receive" // it is here and it is fine
	Rate    Act = "rate"
	Reclaim Act = "reclaim" // it was not sent in time
	Dispute Act = "dispute"
	Cancel  Act = "cancel" // asks for it
)

// The seller's acts.
const (
	Reply   Act = "reply" // a message
	Offer   Act = "offer" // privately, to who proposed a price
	Decline Act = "decline"
	Pack    Act = "pack"
	Send    Act = "send"
	Refund  Act = "refund"
	Defend  Act = "defend" // answers a dispute
	Thank   Act = "thank"  // answers a rating
)

// Decide is the operator's act.
const Decide Act = "decide"

// buyers are the acts that a buyer does.
var buyers = []Act{Ask, Propose, Buy, Write, Show, Receive, Rate, Reclaim, Dispute, Cancel}

// IsBuyers reports whether it is the buyer who does it.
func (a Act) IsBuyers() bool { return slices.Contains(buyers, a) }

// Before is how long before the demo's first start it was.
func (s Step) Before() time.Duration { return time.Duration(-s.Day * float64(24*time.Hour)) }

// Deals returns the sample buyers and their deals.
func Deals() ([]Person, []Deal, error) {
	b, err := samples.ReadFile("samples/deals.json")
	if err != nil {
		return nil, nil, err
	}
	var file struct {
		People []Person `json:"people"`
		Deals  []Deal   `json:"deals"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, nil, fmt.Errorf("read the sample deals: %w", err)
	}
	return file.People, file.Deals, nil
}
