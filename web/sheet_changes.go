package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// changes says what rows would do. A listing has one row.
func (s Sheet) changes(ctx context.Context, d Desk, v *SheetChanges, rows []sheetLine) error {
	now, err := d.Desk(ctx, 0, 1)
	if err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	there := map[string]scrip.Listing{}
	for _, l := range now.Listings {
		there[string(l.Offer.Offer)] = l
	}
	named := map[string]bool{}
	for _, row := range rows {
		if id := row.of["offer"]; id != "" && named[id] {
			row.fault(v, "offer", tr(ctx, "There is another row for this listing."))
			continue
		}
		named[row.of["offer"]] = true
		if err := s.readRow(ctx, d, v, row, there); err != nil {
			return err
		}
	}
	return nil
}

// readRow says what one row would do.
func (s Sheet) readRow(ctx context.Context, d Desk, v *SheetChanges, row sheetLine, there map[string]scrip.Listing) error {
	id, state := row.of["offer"], strings.ToLower(strings.TrimSpace(row.of["state"]))
	l, known := there[id]
	switch {
	case id != "" && !known:
		row.fault(v, "offer", tr(ctx, "Your stall has no such listing. Leave it empty for a new one."))
	case state != "" && state != "live" && state != "ended":
		row.fault(v, "state", tr(ctx, "There is no such state."))
	case known && row.of["version"] != "" && row.of["version"] != string(l.Version):
		row.fault(v, "version", tr(ctx, "It was changed since this file was made. Download it again."))
	case state == "ended" && (!known || l.Ended), known && l.Ended && state == "":
		v.Unchanged++
	case state == "ended":
		row.ends(v, l)
	default:
		return s.readListed(ctx, d, v, row, l, known)
	}
	return nil
}

// readListed says what a row would list, or change in what is listed.
func (s Sheet) readListed(ctx context.Context, d Desk, v *SheetChanges, row sheetLine, l scrip.Listing, known bool) error {
	f := s.form(ctx, row, l, known)
	quantity, asIs := row.quantity(ctx, v, l, known)
	f.Quantity = strconv.Itoa(quantity)
	if asIs {
		f.Quantity = strconv.Itoa(max(l.Stock, 1))
	}
	item := f.item(ctx, s.Currency)
	if err := checkSheetPhotos(ctx, d, &f, item); err != nil {
		return err
	}
	row.formFaults(ctx, v, f.Faults, slices.Sorted(maps.Keys(f.Faults)))
	was := formOf(ctx, l, s.Currency)
	switch {
	case known && asIs && !l.Ended && reflect.DeepEqual(item, was.item(ctx, s.Currency)):
		v.Unchanged++
	case asIs && l.Stock == 0:
		row.fault(v, "quantity", tr(ctx, "It is sold out. Write how many there are, or leave the row as it was."))
	case known:
		s.changed(row, v, l, item, asIs)
	default:
		s.lists(row, v, item)
	}
	return nil
}

// quantity is how many a row says. asIs: as many as there are, because the row leaves it as it was when the file was made.
func (l sheetLine) quantity(ctx context.Context, v *SheetChanges, now scrip.Listing, known bool) (n int, asIs bool) {
	said, was := strings.TrimSpace(l.of["quantity"]), strings.TrimSpace(l.of["in_stock"])
	if known && (said == "" || said == was) {
		return now.Stock, true
	}
	if known && was != "" && was != strconv.Itoa(now.Stock) {
		l.fault(v, "quantity", tr(ctx, "Some were bought since this file was made: {{.N}} are left. Download it again.", "N", now.Stock))
	}
	n, err := strconv.Atoi(cmp.Or(said, "1"))
	if err != nil {
		return 0, false // which the form refuses
	}
	return n, false
}

// form is a row as the form of a listing. What has no column stays as it is.
func (s Sheet) form(ctx context.Context, row sheetLine, l scrip.Listing, known bool) listingForm {
	f := listingForm{Trade: tradeForm{SendWithin: strconv.Itoa(sendWithin), CheckWithin: strconv.Itoa(checkWithin)}}
	if known {
		f = formOf(ctx, l, s.Currency)
	}
	set := func(column string, field *string) {
		if text, there := row.of[column]; there {
			*field = scrip.CleanLine(text)
		}
	}
	set("title", &f.Title)
	set("price", &f.Price)
	set("town", &f.Trade.Town)
	set("country", &f.Trade.Country)
	set("send_within", &f.Trade.SendWithin)
	set("check_within", &f.Trade.CheckWithin)
	if text, there := row.of["description"]; there {
		f.Description = scrip.Clean(text)
	}
	if text, there := row.of["condition"]; there {
		f.Condition = slug(scrip.CleanLine(text))
	}
	if category, there := row.of["category"]; there {
		f.Category = slug(scrip.CleanLine(category))
		if sub := scrip.CleanLine(row.of["sub"]); sub != "" {
			f.Category += "/" + slug(sub)
		}
	}
	if text, there := row.of["details"]; there {
		f.Trade.Attributes = detailsOf(text)
	}
	if text, there := row.of["photos"]; there {
		f.Photos = photosOf(text, l)
	}
	if _, there := row.of["way_1"]; there {
		f.Trade.Ways = row.ways()
	}
	return f
}

// detailsOf reads details, one a line: "Brand: Ikea"; of too many, so many that it is seen.
func detailsOf(text string) (all []attributeForm) {
	for line := range strings.Lines(text) {
		if len(all) > scrip.MaxAttributes {
			break
		}
		if name, value, _ := strings.Cut(scrip.CleanLine(line), ":"); strings.TrimSpace(name) != "" {
			all = append(all, attributeForm{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return all
}

// photosOf reads digests; each keeps the words that it has in the listing. Of too many it reads so many that it is seen.
func photosOf(text string, l scrip.Listing) []scrip.OfferPhoto {
	all := []scrip.OfferPhoto{}
	for digest := range strings.FieldsSeq(text) {
		if len(all) > scrip.MaxPhotos {
			break
		}
		p := scrip.OfferPhoto{Digest: digest}
		if i := slices.IndexFunc(l.Photos, func(p scrip.OfferPhoto) bool { return p.Digest == digest }); i >= 0 {
			p = l.Photos[i]
		}
		all = append(all, p)
	}
	return all
}

func (l sheetLine) ways() (all []wayForm) {
	for n := range sheetWays {
		of := func(column string) string { return scrip.CleanLine(l.of[column+"_"+strconv.Itoa(n+1)]) }
		if w := strings.ToLower(of("way")); w != "" {
			all = append(all, wayForm{w, of("label"), of("postage"), of("countries"), of("least"), of("most")})
		}
	}
	return all
}

// checkSheetPhotos notes photos that the stall does not have, or too many. It reads none of them: a file may name thousands.
func checkSheetPhotos(ctx context.Context, d Desk, f *listingForm, item merchant.Item) error {
	f.Faults.want("photo", len(item.Photos) <= scrip.MaxPhotos, tr(ctx, "A listing has at most eight photos."))
	for _, p := range item.Photos[:min(len(item.Photos), scrip.MaxPhotos)] {
		has, err := d.HasPhoto(ctx, p.Digest)
		if err != nil {
			return fmt.Errorf("look up a photo of the stall: %w", err)
		}
		f.Faults.want("photo", has, tr(ctx, "Your stall does not have one of these photos. Add photos in the listing's form."))
	}
	return nil
}
