package services_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"peerscrip/jose"
	"peerscrip/services"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// A dispute is listed and decided in the data folder of its broker, while that runs.
func TestDecideInFolder(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	p := c.BuyProtected(s, held, s.List(10_00, 3))
	vendor, purchase := string(s.Vendor()), string(p.Tx)
	if _, _, err := services.Decide(t.Context(), storage.Config{Data: r.Data}, vendor, purchase, "6.00", "So."); !errors.Is(err, scrip.NotFound) {
		t.Errorf("Decide what is not held: got %v, want %v", err, scrip.NotFound)
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := services.Decide(t.Context(), storage.Config{Data: r.Data}, vendor, purchase, "6.00", "So."); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("Decide what is not disputed: got %v, want %v", err, scrip.OutOfTurn)
	}
	dispute := scrip.Dispute{Vendor: s.Vendor(), Purchase: p.Tx, Text: "It is broken.", Shows: []scrip.Shown{{Message: p.Mandate}}}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	for _, m := range []rig.Sealed{
		c.Pseudonymous(s, dispute),
		c.Pseudonymous(s, scrip.Dispute{Vendor: s.Vendor(), Purchase: p.Tx, Text: "The crack.", Shows: []scrip.Shown{}, Photo: jose.Digest(photo.Bytes())}, func(m *rig.Message) {
			m.Attach.Photo = photo.Bytes()
		}),
		s.Reporting(scrip.Defend{Vendor: s.Vendor(), Purchase: p.Tx, Text: "It was whole.", Shows: []scrip.Shown{}}),
	} {
		if _, err := r.SendHold(m); err != nil {
			t.Fatal(err)
		}
	}
	folder := t.TempDir()
	list, _, err := services.Disputes(t.Context(), storage.Config{Data: r.Data}, folder)
	if err != nil || len(list) != 1 || len(list[0].Said) != 3 || list[0].Stall.Name != "Attic" || list[0].Left != 10_00 {
		t.Fatalf("Disputes: got %+v, %v, want one with both sides", list, err)
	}
	if b, err := os.ReadFile(filepath.Join(folder, services.ShownFile(list[0], list[0].Said[1].Photo))); err != nil || len(b) == 0 {
		t.Errorf("the photo's file: got %d bytes, %v, want it", len(b), err)
	}
	buyer, seller := list[0].Said[0], list[0].Said[2]
	if buyer.By != scrip.Buyer || buyer.Text != "It is broken." || len(buyer.Shows) != 1 || buyer.Shows[0] != p.Mandate || seller.By != scrip.Seller || seller.Text != "It was whole." {
		t.Errorf("Disputes: got %+v", list[0].Said)
	}
	for amount, want := range map[string]scrip.Refusal{"10.01": scrip.AmountOutOfBounds} {
		if _, _, err := services.Decide(t.Context(), storage.Config{Data: r.Data}, vendor, purchase, amount, "So."); !errors.Is(err, want) {
			t.Errorf("Decide %s: got %v, want %v", amount, err, want)
		}
	}
	if _, _, err := services.Decide(t.Context(), storage.Config{Data: r.Data}, vendor, purchase, "6.00", ""); !errors.Is(err, scrip.TooMany) {
		t.Errorf("Decide without a reason: got %v, want %v", err, scrip.TooMany)
	}
	if h, currency, err := services.Decide(t.Context(), storage.Config{Data: r.Data}, vendor, purchase, "6.00", "So."); err != nil || currency.Code != "EUR" || h.ToBuyer != 6_00 || h.ToSeller != 4_00 {
		t.Errorf("Decide: got %+v, %v, want 600 and 400", h, err)
	}
	if list, _, err := services.Disputes(t.Context(), storage.Config{Data: r.Data}, ""); err != nil || len(list) != 0 {
		t.Errorf("Disputes: got %+v, %v, want none", list, err)
	}
	if _, _, err := services.Decide(t.Context(), storage.Config{Data: t.TempDir()}, vendor, purchase, "0", "So."); err == nil {
		t.Error("a folder without a broker: got no error, want one")
	}
}
