package web

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"peerscrip/services/scrip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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

// SheetFault is what is wrong in a file: in which row, as a spreadsheet counts them, and column. Row 0: in all of it.
type SheetFault struct {
	Row    int    `json:"row"`
	Column string `json:"column"`
	Text   string `json:"text"`
}

// Words tells it, with where it is.
func (f SheetFault) Words(ctx context.Context) string {
	switch {
	case f.Row == 0:
		return f.Text
	case f.Column == "":
		return tr(ctx, "Row {{.Row}}: {{.Text}}", "Row", f.Row, "Text", f.Text)
	}
	return tr(ctx, "Row {{.Row}}, {{.Column}}: {{.Text}}", "Row", f.Row, "Column", f.Column, "Text", f.Text)
}

// sheetLine is one row by its columns, numbered as a spreadsheet does.
type sheetLine struct {
	n  int
	of map[string]string
}

func (l sheetLine) fault(v *SheetChanges, column, text string) {
	v.Faults = append(v.Faults, SheetFault{l.n, column, text})
}

// sheetRows reads the rows of a file. Spreadsheets of some countries write semicolons.
func sheetRows(ctx context.Context, text string) ([]sheetLine, *SheetFault) {
	text = strings.TrimPrefix(text, "\ufeff")
	if len(text) > maxSheet || !utf8.ValidString(text) {
		return nil, &SheetFault{Text: tr(ctx, "The file is too large, or not in UTF-8. Save it as “CSV UTF-8”, with at most 2 MB.")}
	}
	in := csv.NewReader(strings.NewReader(text))
	if first, _, _ := strings.Cut(text, "\n"); strings.Count(first, ";") > strings.Count(first, ",") {
		in.Comma = ';'
	}
	all, err := in.ReadAll()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, &SheetFault{Row: wrong.StartLine, Text: tr(ctx, "This line has another number of columns than the first one, or a quotation mark that is not closed.")}
	case err != nil || len(all) < 2:
		return nil, &SheetFault{Text: tr(ctx, "There is no row in it. The first line names the columns.")}
	case len(all)-1 > maxRows:
		return nil, &SheetFault{Text: tr(ctx, "It has more than 1,000 rows. Bring them in several files.")}
	}
	header := map[string]bool{}
	for i, name := range all[0] {
		name = strings.ToLower(strings.TrimSpace(name))
		all[0][i] = name
		if !knownColumn(name) || header[name] {
			return nil, &SheetFault{Row: 1, Column: name, Text: tr(ctx, "There is no such column, or it is there twice.")}
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

// row is one listing. Amounts have a point, whatever the reader's language.
func (s Sheet) row(l scrip.Listing) []string {
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
	f, stock := tradeOf(context.Background(), l.Offer, s.Currency), strconv.Itoa(l.Stock)
	row := []string{
		string(l.Offer.Offer), string(l.Version), stock, state, l.Title, l.Description, l.Category, l.Sub, l.Condition, s.Currency.Format(l.Price), stock,
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
