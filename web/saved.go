package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"peerscrip/services/market"
)

// savedThings is the frame of the page of what a browser keeps of this market. What is in it the browser alone knows.
func (s *server) savedThings(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, savedPage(s.savedHead(r.Context())))
}

func (s *server) savedHead(ctx context.Context) Head { return s.head("browse", tr(ctx, "Saved")) }

// saveView is a search as a browser saves it. The zero value is one that asks for nothing.
type saveView struct {
	Address, Name string
	Search        string // JSON: the search as the API has it, see static/wallet/finding.js
}

// savedSearch is what a saved search looks for.
type savedSearch struct {
	Text       string     `json:"q,omitempty"`
	Terms      [][]string `json:"terms,omitempty"` // of each word of Text
	Category   string     `json:"category,omitempty"`
	Sub        string     `json:"sub,omitempty"`
	Attributes []string   `json:"attribute,omitempty"`
	Condition  string     `json:"condition,omitempty"`
	Country    string     `json:"country,omitempty"`
	Town       string     `json:"town,omitempty"` // of Country
	To         string     `json:"to,omitempty"`
	Collected  bool       `json:"collected,omitempty"`
	Protected  bool       `json:"protected,omitempty"`
	Open       bool       `json:"open,omitempty"`
	MinPrice   int64      `json:"min_price,omitempty"`
	MaxPrice   int64      `json:"max_price,omitempty"`
}

func saveViewOf(ctx context.Context, v searchView, q market.Query) (saveView, error) {
	f := v.Form
	f.Page, f.Sort = 1, sortOf("", f.Words)
	if f.address() == "/search" {
		return saveView{}, nil
	}
	s := savedSearch{
		Text: q.Text, Terms: market.TermsOf(q.Text), Category: q.Category, Sub: q.Sub, Condition: q.Condition, Country: q.Country, Town: q.Town, To: q.To,
		Collected: q.Collected, Protected: q.Protected, Open: q.Open, MinPrice: int64(q.MinPrice), MaxPrice: int64(q.MaxPrice),
	}
	for _, a := range q.Attributes {
		s.Attributes = append(s.Attributes, a.Name+":"+a.Value)
	}
	search, err := json.Marshal(s)
	if err != nil {
		return saveView{}, fmt.Errorf("write a search: %w", err)
	}
	name := v.Heading
	for _, o := range v.Active {
		if o.Name != tr(ctx, q.Category) {
			name += " · " + o.Name
		}
	}
	return saveView{Address: f.address(), Name: name, Search: string(search)}, nil
}
