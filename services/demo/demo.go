// Package demo holds the sample stalls that `peerscrip demo` opens: invented
// sellers, invented goods, and pictures drawn for this project.
package demo

import (
	"embed"
	"encoding/json"
	"fmt"
	"io"

	"peerscrip/services/scrip"
)

//go:embed samples/*.json samples/*.jpg
var samples embed.FS

// Stall is a sample seller with its goods.
type Stall struct {
	Key        string      `json:"key"` // names it in the data folder
	Name       string      `json:"name"`
	About      string      `json:"about"`
	Place      scrip.Place `json:"place"`
	SendWithin int         `json:"send_within"` // days
	Listings   []Listing   `json:"listings"`
}

// Picture names the picture of the stall's page, for Photo.
func (s Stall) Picture() string { return "stall-" + s.Key + ".jpg" }

// Listing is a sample thing. Amounts are in minor units.
type Listing struct {
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Category    string            `json:"category"`
	Condition   string            `json:"condition"`
	Price       scrip.Money       `json:"price"`
	Sub         string            `json:"sub"`
	Attributes  []scrip.Attribute `json:"attributes"`
	Postage     scrip.Money       `json:"postage"` // of one parcel; 0: it is collected
	Quantity    int               `json:"quantity"`
	Photos      []Picture         `json:"photos"` // the first is shown in lists
}

// Picture is a listing's photo, and what it shows in words.
type Picture struct {
	Photo string `json:"photo"` // for Photo
	Alt   string `json:"alt"`
}

// Stalls returns the sample stalls.
func Stalls() ([]Stall, error) {
	b, err := samples.ReadFile("samples/samples.json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Stalls []Stall `json:"stalls"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	return file.Stalls, nil
}

// Delivery is how a listing gets to its buyer: posted, or collected where it is.
func (l Listing) Delivery() []scrip.Way {
	collected := scrip.Way{Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}}
	if l.Postage == 0 {
		return []scrip.Way{collected}
	}
	near := []string{"BE", "DE", "LU", "NL"}
	return []scrip.Way{
		{Way: scrip.WayPost, Label: "Parcel", Price: l.Postage, Countries: near, Days: []int{1, 3}},
		{Way: scrip.WayPost, Label: "Parcel", Price: 3 * l.Postage, Countries: []string{}, Days: []int{4, 14}},
		collected,
	}
}

// Photo opens a listing's picture, a JPEG.
func Photo(name string) (io.ReadCloser, error) {
	return samples.Open("samples/" + name)
}
