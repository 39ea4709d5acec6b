package web

import (
	"context"
	"strconv"
	"strings"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Bounds on what a page tells of a file.
const (
	mostFaults = 50  // what is wrong
	mostRows   = 200 // rows that do something
	mostOfCell = 80  // characters of a cell
)

// SheetFault is what is wrong in a file: in which row, as a spreadsheet counts them, and column, what stands there, and what may
// where that is a closed list. Row 0: in all of it.
type SheetFault struct {
	Row     int      `json:"row"`
	Column  string   `json:"column"`
	Value   string   `json:"value"`
	Text    string   `json:"text"`
	Allowed []string `json:"allowed,omitempty"`
}

// Words tells it, with where it is and what stands there.
func (f SheetFault) Words(ctx context.Context) string {
	text := f.Text
	if len(f.Allowed) > 0 {
		text += " " + tr(ctx, "Allowed:") + " " + strings.Join(f.Allowed, ", ")
	}
	if f.Value != "" {
		text = quote(ctx, f.Value) + ": " + text
	}
	switch {
	case f.Row == 0:
		return text
	case f.Column == "":
		return tr(ctx, "Row {{.Row}}: {{.Text}}", "Row", f.Row, "Text", text)
	}
	return tr(ctx, "Row {{.Row}}, {{.Column}}: {{.Text}}", "Row", f.Row, "Column", f.Column, "Text", text)
}

// fault notes what is wrong with a cell.
func (l sheetLine) fault(v *SheetChanges, column, text string) {
	v.Faults = append(v.Faults, SheetFault{l.n, column, cut(l.of[column], mostOfCell), text, l.allowed(column)})
}

// allowed are the words of which one may stand in a column, where that is a closed list.
func (l sheetLine) allowed(column string) []string {
	switch {
	case column == "state":
		return []string{"live", "ended"}
	case column == "category":
		return scrip.Categories()
	case column == "sub":
		of, _ := scrip.CategoryOf(l.category())
		return of.Subs
	case column == "condition":
		return scrip.Conditions()
	case strings.HasPrefix(column, "way_"):
		return []string{scrip.WayPost, scrip.WayCollect}
	}
	return nil
}

// category is the row's own, as offers have it; empty where it names none.
func (l sheetLine) category() string {
	return unslug(slug(scrip.CleanLine(l.of["category"])), scrip.Categories())
}

// formFaults notes what the form of a listing says of a row.
func (l sheetLine) formFaults(ctx context.Context, v *SheetChanges, wrong faults, fields []string) {
	for _, field := range fields {
		column, text := columnOf(field), wrong[field]
		switch {
		case column == "category" && l.category() != "":
			column, text = "sub", tr(ctx, "There is nothing of that name in this category.")
		case column == "country":
			text = tr(ctx, "Write the country by its two letters, like DE or NL.")
		}
		l.fault(v, column, text)
	}
}

// SheetDeed is what one row would do, or has done.
type SheetDeed struct {
	Row     int           `json:"row"`
	Offer   string        `json:"offer"` // empty for a new one
	Title   string        `json:"title"`
	Does    string        `json:"does"` // new, changed, ended
	Changes []SheetChange `json:"changes"`
}

// SheetChange is a cell that changes: what stood there and what will.
type SheetChange struct {
	Column string `json:"column"`
	Was    string `json:"was"`
	Now    string `json:"now"`
}

// Words tells what a row does, in a line.
func (d SheetDeed) Words(ctx context.Context) string {
	var all []string
	for _, c := range d.Changes {
		text := c.Column + " " + c.told(ctx, c.Now)
		if d.Offer != "" {
			text = c.Column + " " + c.told(ctx, c.Was) + " → " + c.told(ctx, c.Now)
		}
		all = append(all, text)
	}
	return tr(ctx, "Row {{.Row}}: {{.Text}}", "Row", d.Row, "Text", tr(ctx, deedWords[d.Does])+" "+quote(ctx, d.Title)+": "+strings.Join(all, "; "))
}

// ends notes that a row ends a listing.
func (l sheetLine) ends(v *SheetChanges, was scrip.Listing) {
	v.Ended++
	v.edits = append(v.edits, merchant.Edit{Seen: merchant.Seen{Offer: was.Offer.Offer}, End: true})
	v.Rows = append(v.Rows, SheetDeed{l.n, string(was.Offer.Offer), was.Title, "ended", []SheetChange{{"state", "live", "ended"}}})
}

// lists notes that a row lists something new.
func (s Sheet) lists(l sheetLine, v *SheetChanges, item merchant.Item) {
	v.New++
	v.edits = append(v.edits, merchant.Edit{Item: item})
	v.Rows = append(v.Rows, SheetDeed{l.n, "", item.Title, "new", changesOf(nil, s.cells(item))})
}

// changed notes that a row changes what is listed, or lists again what had ended; asIs: not how many there are.
func (s Sheet) changed(l sheetLine, v *SheetChanges, was scrip.Listing, item merchant.Item, asIs bool) {
	v.Changed++
	v.edits = append(v.edits, merchant.Edit{Item: item, Seen: merchant.Seen{Offer: was.Offer.Offer, Version: was.Version, Stock: was.Stock}})
	before, after := s.cells(merchant.ItemOf(was)), s.cells(item)
	if before["state"], after["state"] = stateCell(was), "live"; asIs {
		after["quantity"] = before["quantity"]
	}
	v.Rows = append(v.Rows, SheetDeed{l.n, string(was.Offer.Offer), was.Title, "changed", changesOf(before, after)})
}

func changesOf(was, now map[string]string) []SheetChange {
	all := []SheetChange{}
	for _, column := range sheetHeader() {
		if was[column] != now[column] {
			all = append(all, SheetChange{column, was[column], now[column]})
		}
	}
	return all
}

// told is a cell as a page tells it: photos by their number, and the beginning of what is long.
func (c SheetChange) told(ctx context.Context, cell string) string {
	switch {
	case c.Column == "photos":
		return tr(ctx, "{{.N}} photos", "N", len(strings.Fields(cell)))
	case cell == "":
		return tr(ctx, "nothing|in a cell")
	}
	return cut(strings.ReplaceAll(cell, "\n", "; "), mostOfCell)
}

// deedWords are what a row does.
var deedWords = map[string]string{"new": phrase("New"), "changed": phrase("Changed"), "ended": phrase("Ended")}

// columnHelp is what columns may hold.
type columnHelp struct {
	Names []string
	Text  string
	Words []string // of which one stands there
}

// help says of each column what may stand in it.
func (s Sheet) help(ctx context.Context) []columnHelp {
	amount := s.Currency.Format(12_50)
	all := []columnHelp{
		{Names: []string{"offer"}, Text: tr(ctx, "Which listing it is, as the download says. Leave it empty for a new one.")},
		{Names: []string{"version", "in_stock"}, Text: tr(ctx, "As the download says: by them it is found out whether something was bought or changed meanwhile. Empty for a new one.")},
		{Names: []string{"state"}, Words: []string{"live", "ended"}},
		{Names: []string{"title"}, Text: tr(ctx, "Up to {{.Most}} characters.", "Most", scrip.MaxTitle)},
		{Names: []string{"description"}, Text: tr(ctx, "Up to {{.Most}} characters.", "Most", number(ctx, scrip.MaxDescription))},
		{Names: []string{"category"}, Words: scrip.Categories()},
	}
	for _, name := range scrip.Categories() {
		of, _ := scrip.CategoryOf(name)
		all = append(all, columnHelp{Names: []string{"sub"}, Text: tr(ctx, "In {{.Category}}; may be empty.", "Category", name), Words: of.Subs})
	}
	return append(all,
		columnHelp{Names: []string{"condition"}, Words: scrip.Conditions()},
		columnHelp{Names: []string{"price"}, Text: tr(ctx, "An amount like {{.Example}}.", "Example", amount)},
		columnHelp{Names: []string{"quantity"}, Text: tr(ctx, "From 1 to {{.Most}}. Left as “in_stock” says, it stays as it is.", "Most", strconv.Itoa(scrip.MaxQuantity))},
		columnHelp{Names: []string{"details"}, Text: tr(ctx, "One a line, like “Brand: Ikea”; up to {{.Most}}.", "Most", scrip.MaxAttributes)},
		columnHelp{Names: []string{"photos"}, Text: tr(ctx, "The codes of photos that your stall has, apart by spaces, as the download says. New photos are added in the listing's form.")},
		columnHelp{Names: []string{"town", "country"}, Text: tr(ctx, "Where it is; the country by its two letters, like DE or NL. Both may be empty.")},
		columnHelp{Names: []string{"send_within"}, Text: tr(ctx, "Days, from {{.Least}} to {{.Most}}.", "Least", 1, "Most", scrip.MaxSendWithin)},
		columnHelp{Names: []string{"check_within"}, Text: tr(ctx, "Days, from {{.Least}} to {{.Most}}.", "Least", 0, "Most", scrip.MaxCheckWithin)},
		columnHelp{Names: []string{"way_1"}, Words: []string{scrip.WayPost, scrip.WayCollect}},
		columnHelp{Names: []string{"postage_1"}, Text: tr(ctx, "An amount like {{.Example}}.", "Example", amount) + " " + tr(ctx, "Empty for free.")},
		columnHelp{Names: []string{"label_1"}, Text: tr(ctx, "What you call it. Up to {{.Most}} characters.", "Most", scrip.MaxLabel)},
		columnHelp{Names: []string{"countries_1"}, Text: tr(ctx, "Two letters each, like NL, BE; empty for any country")},
		columnHelp{Names: []string{"least_1", "most_1"}, Text: tr(ctx, "Days, from {{.Least}} to {{.Most}}.", "Least", 0, "Most", scrip.MaxDays)},
	)
}

// bounded leaves away what a page does not tell, and counts it.
func (v *sheetView) bounded() {
	v.More, v.MoreRows = max(len(v.Faults)-mostFaults, 0), max(len(v.Rows)-mostRows, 0)
	v.Faults, v.Rows = v.Faults[:len(v.Faults)-v.More], v.Rows[:len(v.Rows)-v.MoreRows]
}
