package web

import (
	"context"
	"encoding/json"
	"fmt"

	"peerscrip/services/scrip"
)

// mostPresets is how many ways to deliver, as listings had them, a form offers.
const mostPresets = 6

// deliveryPreset is how another listing of the stall is delivered and what it promises, to be taken over into a form.
type deliveryPreset struct {
	Offer  string // the listing
	Says   string // in a line
	Fields string // JSON: the form's fields with what is typed there, for static/wallet/ui/listing.js
}

// presets are the ways to deliver that the stall's listings have, the newest first, each once, without that of the form.
func (s *server) presets(ctx context.Context, d Desk, v editView) ([]deliveryPreset, error) {
	now, err := d.Desk(ctx, 0, 1)
	if err != nil {
		return nil, fmt.Errorf("read the desk: %w", err)
	}
	there := map[string]bool{v.Form.Trade.key(): true}
	var all []deliveryPreset
	for _, l := range now.Listings {
		f := tradeOf(ctx, l.Offer, s.Site.Currency)
		if there[f.key()] || len(all) == mostPresets {
			continue
		}
		there[f.key()] = true
		fields, err := json.Marshal(f.fields())
		if err != nil {
			return nil, fmt.Errorf("write the fields of a form: %w", err)
		}
		says := editView{Form: listingForm{Trade: f}, Currency: v.Currency, Free: v.Free}
		all = append(all, deliveryPreset{string(l.Offer.Offer), says.deliverySays(ctx), string(fields)})
	}
	return all, nil
}

// key is another where delivery or promises differ.
func (f tradeForm) key() string { return fmt.Sprint(f.fields()) }

// fields are those of delivery and promises, with what is typed there.
func (f tradeForm) fields() map[string]string {
	all := map[string]string{"town": f.Town, "country": f.Country, "send-within": f.SendWithin, "check-within": f.CheckWithin}
	for n := range scrip.MaxWays {
		var w wayForm
		if n < len(f.Ways) {
			w = f.Ways[n]
		}
		for name, text := range map[string]string{"way": w.Way, "label": w.Label, "price": w.Price, "countries": w.Countries, "least": w.Least, "most": w.Most} {
			all[numbered(name, n)] = text
		}
	}
	return all
}

// takePreset takes over how another listing is delivered, if the form says so; a listing that is gone by now, nothing.
func (s *server) takePreset(ctx context.Context, d Desk, f *listingForm, offer string) error {
	if offer == "" {
		return nil
	}
	l, err := d.Listing(ctx, scrip.ID(offer))
	if _, refused := scrip.AsRefusal(err); refused || l.IsRequest() {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up how a listing is delivered: %w", err)
	}
	details := f.Trade.Attributes
	f.Trade = tradeOf(ctx, l.Offer, s.Site.Currency)
	f.Trade.Attributes = details
	return nil
}
