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

//go:embed samples/samples.json samples/*.jpg
var samples embed.FS

// Stall is a sample seller with its goods.
type Stall struct {
	Key      string    `json:"key"` // names it in the data folder
	Name     string    `json:"name"`
	About    string    `json:"about"`
	Listings []Listing `json:"listings"`
}

// Listing is a sample thing. Amounts are in minor units.
type Listing struct {
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Category    string      `json:"category"`
	Condition   string      `json:"condition"`
	Price       scrip.Money `json:"price"`
	Postage     scrip.Money `json:"postage"`
	Quantity    int         `json:"quantity"`
	Photo       string      `json:"photo"` // for Photo
	Alt         string      `json:"alt"`
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

// Photo opens a listing's picture, a JPEG.
func Photo(name string) (io.ReadCloser, error) {
	return samples.Open("samples/" + name)
}
