package web

import (
	_ "embed" // carriers.json
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// carriersJSON are the parcel services whose pages show where a parcel is. The browser's wallet has the same in
// static/wallet/carriers.js.
//
//go:embed carriers.json
var carriersJSON []byte

// carriers are the addresses of their pages, by what they are called.
var carriers = parseCarriers(carriersJSON)

func parseCarriers(text []byte) map[string]string {
	var list []struct {
		Name string   `json:"name"`
		Also []string `json:"also"`
		URL  string   `json:"url"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		panic(fmt.Sprintf("carriers.json, which is compiled in: %v", err))
	}
	all := map[string]string{}
	for _, c := range list {
		for _, name := range append(c.Also, c.Name) {
			all[carrierKey(name)] = c.URL
		}
	}
	return all
}

// carrierKey is a carrier's name without case and without what stands between its letters.
func carrierKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// trackable are the numbers that a link may have in it.
var trackable = regexp.MustCompile(`^[A-Za-z0-9-]{6,40}$`)

// trackingLink is where a carrier's page shows a parcel; empty where the carrier is not known, or the number is none.
func trackingLink(carrier, number string) string {
	number = strings.ReplaceAll(number, " ", "")
	if !trackable.MatchString(number) {
		return ""
	}
	return strings.ReplaceAll(carriers[carrierKey(carrier)], "{number}", number)
}
