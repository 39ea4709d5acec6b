// Package sample makes listings without end, for measurements of a market: always the same ones, with words as frequent
// as in English and German (Zipf), and prices, places and ways of delivery of many kinds. Nothing is signed: they are
// put into a catalogue by its [market.Store], past the market that would have checked them.
package sample

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// Start is when the catalogue is filled, in unix seconds; what is listed was listed in the year before.
const Start = 1_800_000_000

// EachStall is how many listings a stall has.
const EachStall = 100

const year = 365 * 24 * 60 * 60

// Store is a market's that takes many stalls at once.
type Store interface {
	Certify(ctx context.Context, l market.Listed) error
	FillAll(ctx context.Context, readings []market.Reading, count func(fresh int)) error
}

// together is how many stalls are filled in one commit.
const together = 50

// Fill puts so many listings into a store, and calls done, if it is there, after each commit with how many there are.
func Fill(ctx context.Context, store Store, listings int, done func(listings int)) error {
	stalls := (listings + EachStall - 1) / EachStall
	listed := market.Listed{At: Start}
	for i := range stalls {
		name := title(rand.New(rand.NewPCG(uint64(i), 1)))
		listed.Stalls = append(listed.Stalls, market.Stall{
			Vendor: scrip.VendorID(id(uint64(i), 1)), Name: name, Words: market.Words(name), BaseURL: fmt.Sprintf("https://stall%d.example", i),
			Certificate: padding, Record: padding, NotBefore: Start - year, NotAfter: Start + year,
		})
	}
	if err := store.Certify(ctx, listed); err != nil {
		return fmt.Errorf("certify stalls: %w", err)
	}
	filled := 0
	for part := range slices.Chunk(listed.Stalls, together) {
		var readings []market.Reading
		for _, s := range part {
			r := market.Reading{Vendor: s.Vendor, At: Start}
			if filled/EachStall%20 == 0 {
				r.Page.AwayUntil = Start + year
			}
			for range min(EachStall, listings-filled) {
				r.Listings = append(r.Listings, Entry(s.Vendor, filled))
				filled++
			}
			readings = append(readings, r)
		}
		if err := store.FillAll(ctx, readings, nil); err != nil {
			return fmt.Errorf("fill stalls: %w", err)
		}
		if done != nil {
			done(filled)
		}
	}
	return nil
}

// padding is as long as what is signed would be.
var padding = strings.Repeat("x", 1200)

func id(n, kind uint64) string {
	b := binary.BigEndian.AppendUint64(nil, kind)
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, n))
}

// Entry is a listing by its number.
func Entry(vendor scrip.VendorID, n int) market.Entry {
	r := rand.New(rand.NewPCG(uint64(n), 2))
	categories := scrip.Categories()
	of, _ := scrip.CategoryOf(categories[skewed(r, len(categories))])
	o := scrip.Offer{
		Offer: scrip.ID(id(uint64(n), 2)), Vendor: vendor, Title: title(r), Description: text(r, 15+r.IntN(15)),
		Category: of.Name, Condition: pick(r, scrip.Conditions()), Price: price(r), Currency: "EUR", Quantity: 1 + r.IntN(3),
		ValidUntil: Start + year, Edition: scrip.Edition, SendWithin: 3,
	}
	if len(of.Subs) > 0 {
		o.Sub = of.Subs[skewed(r, len(of.Subs))]
	}
	for _, name := range of.Attributes {
		if r.IntN(2) == 0 {
			o.Attributes = append(o.Attributes, scrip.Attribute{Name: name, Value: Word(zipf(r, 3000))})
		}
	}
	o.Place.Country = countries[skewed(r, len(countries))]
	if r.IntN(2) == 0 {
		o.Place.Town = strings.ToUpper(Word(5000 + zipf(r, 2000))[:1]) + Word(5000 + zipf(r, 2000))[1:]
	}
	way := scrip.Posted(scrip.Money(100 * (1 + r.IntN(12))))
	if r.IntN(3) > 0 {
		for range 1 + r.IntN(4) {
			way.Countries = append(way.Countries, countries[skewed(r, len(countries))])
		}
	}
	o.Delivery = append(o.Delivery, way)
	if r.IntN(4) == 0 {
		o.Delivery = append(o.Delivery, scrip.Way{Way: scrip.WayCollect, Countries: []string{}, Days: []int{0, 0}})
	}
	if r.IntN(3) > 0 {
		o.CheckWithin = 3
	}
	return market.EntryOf(scrip.Listing{Offer: o, Version: o.Offer, JWS: padding, Stock: o.Quantity, ListedAt: Start - 1 - r.Int64N(year)})
}

var countries = []string{"DE", "AT", "CH", "NL", "FR", "BE", "PL", "IT", "ES", "GB", "DK", "SE", "CZ", "LU", "IE", "PT", "US", "CA", "JP", "AU"}

// skewed is a number below n; the first are the most frequent.
func skewed(r *rand.Rand, n int) int { return int(float64(n) * math.Pow(r.Float64(), 2)) }

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// price is from one to some thousands, mostly round.
func price(r *rand.Rand) scrip.Money {
	p := scrip.Money(100 * math.Exp(8.5*r.Float64()))
	switch r.IntN(3) {
	case 0:
		return p
	case 1:
		return max(p/100*100, 100)
	}
	return max(p/500*500, 100)
}

// zipf is the rank of a word among n, the frequency of which is one part in its rank and some more.
func zipf(r *rand.Rand, n int) int {
	const more = 2.7
	return min(int(more*(math.Pow(1+float64(n)/more, r.Float64())-1)), n-1)
}

// Words is how many words there are.
const Words = 250_000

func title(r *rand.Rand) string {
	t := text(r, 2+r.IntN(4))
	return strings.ToUpper(t[:1]) + t[1:]
}

func text(r *rand.Rand, words int) string {
	list := make([]string, words)
	for i := range list {
		list[i] = Word(zipf(r, Words))
	}
	return strings.Join(list, " ")
}

// Word is one by its rank: of the most frequent ones they are words that are for sale or said of it, in English and German, in their
// forms; the others are made of syllables.
func Word(rank int) string {
	if rank < len(frequent()) {
		return frequent()[rank]
	}
	syllables := []string{"ba", "ster", "lin", "ko", "ram", "del", "vi", "schen", "tor", "mu", "gel", "pra", "ton", "wes", "fi", "lan", "cho", "ber", "nal", "ti",
		"zu", "ker", "mon", "sha", "rel", "do", "stan", "wi", "hof", "ne", "qua", "lor", "pen", "ju", "sel", "gra", "mi", "ter", "hau", "blo"}
	ends := []string{"", "", "", "s", "en", "er", "e", "ing", "ed", "ung", "lich", "ness"}
	n, word := rank, ""
	for range 2 + rank%3 {
		word, n = word+syllables[n%len(syllables)], n/len(syllables)+7*rank%31
	}
	return word + ends[rank/3%len(ends)]
}

var frequent = sync.OnceValue(func() (all []string) {
	seen := map[string]bool{}
	for _, word := range strings.Fields(sold) {
		if !seen[word] {
			seen[word] = true
			all = append(all, word)
		}
	}
	return all
})

const sold = `the and und with mit for für in of von old alte new neue good gut very sehr small klein large groß red rot blue blau green grün
black schwarz white weiß wooden aus Holz metal Metall leather Leder wool Wolle brass Messing lamp Lampe chair Stuhl table Tisch lamps
Lampen chairs Stühle tables Tische coat Mantel coats Mäntel bicycle Fahrrad bicycles Fahrräder book Buch books Bücher house Haus shelf
Regal shelves Regale vase Vase vases Vasen shoe Schuh shoes Schuhe jacket Jacke jackets Jacken watch Uhr watches Uhren ring Ring rings Ringe
guitar Gitarre camera Kamera lens Objektiv desk Schreibtisch armchair Sessel lampshade Lampenschirm Stehlampe Tischlampe Fahrradständer
Bücherregal Küchentisch Gartenstuhl Kinderbett Kinderwagen Armbanduhr Taschenlampe bed Bett mirror Spiegel carpet Teppich picture Bild
frame Rahmen box Kiste bag Tasche bags Taschen dress Kleid dresses Kleider shirt Hemd trousers Hose hat Hut gloves Handschuhe scarf Schal
toy Spielzeug doll Puppe train Eisenbahn car Auto tyre Reifen tool Werkzeug drill Bohrer saw Säge hammer Hammer screw Schraube plate Teller
cup Tasse glass Glas bottle Flasche knife Messer fork Gabel spoon Löffel pot Topf pan Pfanne oven Ofen garden Garten plant Pflanze flower
Blume tent Zelt rucksack Rucksack boat Boot ski Ski ball Ball game Spiel games Spiele puzzle Puzzle record Schallplatte records piano Klavier
violin Geige drum Trommel radio Radio speaker Lautsprecher cable Kabel screen Bildschirm keyboard Tastatur mouse Maus printer Drucker
telephone Telefon battery Batterie batteries charger Ladegerät antique antik vintage modern handmade handgemacht original complete
vollständig working funktioniert unused unbenutzt slightly leicht worn getragen scratch Kratzer scratches smoke rauchfrei pets tierfrei
household Haushalt collection Sammlung collect Abholung postage Versand price Preis fixed fest negotiable verhandelbar size Größe colour
Farbe width Breite height Höhe depth Tiefe weight Gewicht year Jahr made hergestellt Germany England signed signiert number Nummer set pair Paar`
