package web

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Bounds on a file of listings.
const (
	maxSheet   = 2 << 20 // bytes
	maxRows    = merchant.MaxEdits
	mostFaults = 50 // faults that a page tells
	sheetWays  = scrip.MaxWays
)

// sheetColumns are the columns of a file of listings, but for those of ways, which are numbered from 1.
var sheetColumns = []string{
	"offer", "version", "in_stock", "state", "title", "description", "category", "sub", "condition", "price", "quantity", "details", "photos",
	"town", "country", "send_within", "check_within",
}

// wayColumns are those of one way, without their number.
var wayColumns = []string{"way", "postage", "label", "countries", "least", "most"}

// columnOf names the column of a form's field.
func columnOf(field string) string {
	name, n, numbered := strings.Cut(field, "-")
	switch {
	case field == "send-within", field == "check-within":
		return strings.ReplaceAll(field, "-", "_")
	case name == "attribute", name == "value":
		return "details"
	case name == "photo":
		return "photos"
	case numbered:
		i, _ := strconv.Atoi(n) // of a field that is ours
		return cmp.Or(map[string]string{"price": "postage"}[name], name) + "_" + strconv.Itoa(i+1)
	}
	return field
}

// sheetFault is what is wrong in a file: in which row, as a spreadsheet counts them, and column. Row 0: in all of it.
type sheetFault struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Text   string `json:"text"`
}

func (f sheetFault) words(ctx context.Context) string {
	switch {
	case f.Row == 0:
		return f.Text
	case f.Column == "":
		return tr(ctx, "Row {{.Row}}: {{.Text}}", "Row", f.Row, "Text", f.Text)
	}
	return tr(ctx, "Row {{.Row}}, {{.Column}}: {{.Text}}", "Row", f.Row, "Column", f.Column, "Text", f.Text)
}

// sheetView is what a file would do, or has done.
type sheetView struct {
	Read      bool         `json:"-"` // there is a file
	Applied   bool         `json:"applied"`
	New       int          `json:"new"`
	Changed   int          `json:"changed"`
	Ended     int          `json:"ended"`
	Unchanged int          `json:"unchanged"`
	Faults    []sheetFault `json:"faults"`
	More      int          `json:"-"` // faults that are not told
	CSV       string       `json:"-"`

	edits []merchant.Edit
}

// sheetOut is all listings as a file, to be changed and brought back.
func (s *server) sheetOut(w http.ResponseWriter, r *http.Request, d Desk) error {
	now, err := d.Desk(r.Context(), 0, 1)
	if err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	var b strings.Builder
	out := csv.NewWriter(&b)
	header := slices.Clone(sheetColumns)
	for n := range sheetWays {
		for _, c := range wayColumns {
			header = append(header, c+"_"+strconv.Itoa(n+1))
		}
	}
	_ = out.Write(header) // Error tells
	for _, l := range now.Listings {
		_ = out.Write(s.sheetRow(l))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write a file of listings: %w", err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="listings.csv"`)
	return s.send(w, r, []byte(b.String()))
}

// sheetRow is one listing. Amounts have a point, whatever the reader's language.
func (s *server) sheetRow(l scrip.Listing) []string {
	state := "live"
	if l.Ended {
		state = "ended"
	}
	var details, photos []string
	for _, a := range l.Attributes {
		details = append(details, a.Name+": "+a.Value)
	}
	for _, p := range l.Photos {
		photos = append(photos, p.Digest)
	}
	f, stock := s.tradeOf(context.Background(), l.Offer), strconv.Itoa(l.Stock)
	row := []string{
		string(l.Offer.Offer), string(l.Version), stock, state, l.Title, l.Description, l.Category, l.Sub, l.Condition, s.Site.Currency.Format(l.Price), stock,
		strings.Join(details, "\n"), strings.Join(photos, " "), f.Town, f.Country, f.SendWithin, f.CheckWithin,
	}
	for n := range sheetWays {
		var way wayForm
		if n < len(f.Ways) {
			way = f.Ways[n]
		}
		row = append(row, way.Way, way.Price, way.Label, way.Countries, way.Least, way.Most)
	}
	for i := range row {
		row[i] = inCell(row[i])
	}
	return row
}

// sheet shows where listings go out and come in as a file.
func (s *server) sheet(w http.ResponseWriter, r *http.Request, _ Desk) error {
	return s.showSheet(w, r, http.StatusOK, sheetView{})
}

func (s *server) showSheet(w http.ResponseWriter, r *http.Request, status int, v sheetView) error {
	if over := len(v.Faults) - mostFaults; over > 0 {
		v.Faults, v.More = v.Faults[:mostFaults], over
	}
	return s.render(w, r, status, sheetPage(s.head("sell", tr(r.Context(), "Listings in a file")), v))
}

// sheetIn reads a file of listings, and does what it says if the form says so and nothing is wrong with it: all of it in one
// commit, or nothing (merchant.Stall.Edit). A program that accepts JSON is answered in it.
func (s *server) sheetIn(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseMultipartForm(formMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			return scrip.Unreadable
		}
		return fmt.Errorf("read the form: %w", err)
	}
	defer s.dropFiles(r)
	text, err := sheetText(r)
	if err != nil {
		return err
	}
	v, err := s.readSheet(r.Context(), d, text)
	if err != nil {
		return err
	}
	if len(v.Faults) == 0 && r.PostForm.Get("do") == "apply" {
		err = d.Edit(r.Context(), v.edits)
		switch {
		case errors.Is(err, scrip.OfferChanged):
			v.Faults = []sheetFault{{Text: tr(r.Context(), "One of them was bought or changed meanwhile, so nothing was done. Look at them again.")}}
		case errors.Is(err, scrip.TooMany):
			v.Faults = []sheetFault{{Text: noRoomForListings}}
		case err != nil:
			return fmt.Errorf("take listings from a file: %w", err)
		default:
			v.Applied = true
		}
	}
	status := http.StatusOK
	if len(v.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	switch {
	case strings.Contains(r.Header.Get("Accept"), "application/json"):
		s.writeJSON(w, r, status, "application/json", v)
		return nil
	case v.Applied:
		return s.toDesk(w, r, tr(r.Context(), "Done with {{.N}} listings.", "N", len(v.edits)))
	}
	return s.showSheet(w, r, status, v)
}

// sheetText is the file, or the text of one that was shown before.
func sheetText(r *http.Request) (string, error) {
	files := r.MultipartForm.File["file"]
	if len(files) == 0 {
		return r.PostForm.Get("csv"), nil
	}
	file, err := files[0].Open()
	if err != nil {
		return "", fmt.Errorf("open a file of listings: %w", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxSheet+1))
	if err != nil {
		return "", fmt.Errorf("read a file of listings: %w", err)
	}
	return string(b), nil
}

// readSheet says what a file would do.
func (s *server) readSheet(ctx context.Context, d Desk, text string) (sheetView, error) {
	v := sheetView{Read: true, CSV: text, Faults: []sheetFault{}}
	rows, fault := sheetRows(ctx, text)
	if fault != nil {
		v.Faults = append(v.Faults, *fault)
		return v, nil
	}
	now, err := d.Desk(ctx, 0, 1)
	if err != nil {
		return v, fmt.Errorf("read the desk: %w", err)
	}
	there := map[string]scrip.Listing{}
	for _, l := range now.Listings {
		there[string(l.Offer.Offer)] = l
	}
	named := map[string]bool{}
	for _, row := range rows {
		if id := row.of["offer"]; id != "" && named[id] {
			row.fault(&v, "offer", tr(ctx, "There is another row for this listing."))
			continue
		}
		named[row.of["offer"]] = true
		if err := s.readRow(ctx, d, &v, row, there); err != nil {
			return v, err
		}
	}
	return v, nil
}

// sheetLine is one row by its columns, numbered as a spreadsheet does.
type sheetLine struct {
	n  int
	of map[string]string
}

func (l sheetLine) fault(v *sheetView, column, text string) {
	v.Faults = append(v.Faults, sheetFault{l.n, column, text})
}

// sheetRows reads the rows of a file. Spreadsheets of some countries write semicolons.
func sheetRows(ctx context.Context, text string) ([]sheetLine, *sheetFault) {
	text = strings.TrimPrefix(text, "\ufeff")
	if len(text) > maxSheet || !utf8.ValidString(text) {
		return nil, &sheetFault{Text: tr(ctx, "The file is too large, or not in UTF-8. Save it as “CSV UTF-8”, with at most 2 MB.")}
	}
	in := csv.NewReader(strings.NewReader(text))
	if first, _, _ := strings.Cut(text, "\n"); strings.Count(first, ";") > strings.Count(first, ",") {
		in.Comma = ';'
	}
	all, err := in.ReadAll()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, &sheetFault{Row: wrong.StartLine, Text: tr(ctx, "This line has another number of columns than the first one, or a quotation mark that is not closed.")}
	case err != nil || len(all) < 2:
		return nil, &sheetFault{Text: tr(ctx, "There is no row in it. The first line names the columns.")}
	case len(all)-1 > maxRows:
		return nil, &sheetFault{Text: tr(ctx, "It has more than 1,000 rows. Bring them in several files.")}
	}
	header := map[string]bool{}
	for i, name := range all[0] {
		name = strings.ToLower(strings.TrimSpace(name))
		all[0][i] = name
		if !knownColumn(name) || header[name] {
			return nil, &sheetFault{Row: 1, Column: name, Text: tr(ctx, "There is no such column, or it is there twice.")}
		}
		header[name] = true
	}
	lines := make([]sheetLine, 0, len(all)-1)
	for n, cells := range all[1:] {
		of := map[string]string{}
		for i, cell := range cells {
			of[all[0][i]] = outOfCell(cell)
		}
		lines = append(lines, sheetLine{n + 2, of})
	}
	return lines, nil
}

func knownColumn(name string) bool {
	if slices.Contains(sheetColumns, name) {
		return true
	}
	i := strings.LastIndex(name, "_")
	if i < 0 || !slices.Contains(wayColumns, name[:i]) {
		return false
	}
	n, err := strconv.Atoi(name[i+1:])
	return err == nil && n >= 1 && n <= sheetWays
}

// outOfCell undoes inCell.
func outOfCell(cell string) string {
	if rest, quoted := strings.CutPrefix(cell, "'"); quoted && inCell(rest) == cell {
		return rest
	}
	return cell
}

// readRow says what one row would do.
func (s *server) readRow(ctx context.Context, d Desk, v *sheetView, row sheetLine, there map[string]scrip.Listing) error {
	id, state := row.of["offer"], strings.ToLower(strings.TrimSpace(row.of["state"]))
	l, known := there[id]
	switch {
	case id != "" && !known:
		row.fault(v, "offer", tr(ctx, "Your stall has no such listing. Leave it empty for a new one."))
		return nil
	case state != "" && state != "live" && state != "ended":
		row.fault(v, "state", tr(ctx, "Write “live” or “ended”."))
		return nil
	case known && row.of["version"] != "" && row.of["version"] != string(l.Version):
		row.fault(v, "version", tr(ctx, "It was changed since this file was made. Download it again."))
		return nil
	case state == "ended" && (!known || l.Ended), known && l.Ended && state == "":
		v.Unchanged++
		return nil
	case state == "ended":
		v.Ended++
		v.edits = append(v.edits, merchant.Edit{Seen: merchant.Seen{Offer: l.Offer.Offer}, End: true})
		return nil
	}
	f := s.sheetForm(ctx, row, l, known)
	quantity, asIs := row.quantity(ctx, v, l, known)
	f.Quantity = strconv.Itoa(quantity)
	if asIs {
		f.Quantity = strconv.Itoa(max(l.Stock, 1))
	}
	item := f.item(ctx, s.Site.Currency)
	if err := checkSheetPhotos(ctx, d, &f, item); err != nil {
		return err
	}
	for _, field := range slices.Sorted(maps.Keys(f.Faults)) {
		row.fault(v, columnOf(field), f.Faults[field])
	}
	was := s.formOf(ctx, l)
	if known && asIs && !l.Ended && reflect.DeepEqual(item, was.item(ctx, s.Site.Currency)) {
		v.Unchanged++
		return nil
	}
	if asIs && l.Stock == 0 {
		row.fault(v, "quantity", tr(ctx, "It is sold out. Write how many there are, or leave the row as it was."))
		return nil
	}
	e := merchant.Edit{Item: item}
	if known {
		v.Changed++
		e.Seen = merchant.Seen{Offer: l.Offer.Offer, Version: l.Version, Stock: l.Stock}
	} else {
		v.New++
	}
	v.edits = append(v.edits, e)
	return nil
}

// quantity is how many a row says. asIs: as many as there are, because the row leaves it as it was when the file was made.
func (l sheetLine) quantity(ctx context.Context, v *sheetView, now scrip.Listing, known bool) (n int, asIs bool) {
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

// sheetForm is a row as the form of a listing. What has no column stays as it is.
func (s *server) sheetForm(ctx context.Context, row sheetLine, l scrip.Listing, known bool) listingForm {
	f := listingForm{Trade: tradeForm{SendWithin: strconv.Itoa(sendWithin), CheckWithin: strconv.Itoa(checkWithin)}}
	if known {
		f = s.formOf(ctx, l)
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

// detailsOf reads details, one a line: "Brand: Ikea".
func detailsOf(text string) (all []attributeForm) {
	for line := range strings.Lines(text) {
		if name, value, _ := strings.Cut(scrip.CleanLine(line), ":"); strings.TrimSpace(name) != "" {
			all = append(all, attributeForm{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return all
}

// photosOf reads digests; each keeps the words that it has in the listing.
func photosOf(text string, l scrip.Listing) []scrip.OfferPhoto {
	all := []scrip.OfferPhoto{}
	for _, digest := range strings.Fields(text) {
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

// checkSheetPhotos notes photos that the stall does not have, or too many.
func checkSheetPhotos(ctx context.Context, d Desk, f *listingForm, item merchant.Item) error {
	f.Faults.want("photo", len(item.Photos) <= scrip.MaxPhotos, tr(ctx, "A listing has at most eight photos."))
	for _, p := range item.Photos[:min(len(item.Photos), scrip.MaxPhotos)] {
		_, err := d.Photo(ctx, p.Digest)
		if _, refused := scrip.AsRefusal(err); err != nil && !refused {
			return fmt.Errorf("look up a photo of the stall: %w", err)
		}
		f.Faults.want("photo", err == nil, tr(ctx, "Your stall does not have one of these photos. Add photos in the listing's form."))
	}
	return nil
}
