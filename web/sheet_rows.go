package web

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
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
		return numberedFrom1(cmp.Or(map[string]string{"price": "postage"}[name], name), i)
	}
	return field
}

// sheetHeader names all columns, in their order.
func sheetHeader() []string {
	header := slices.Clone(sheetColumns)
	for n := range sheetWays {
		for _, c := range wayColumns {
			header = append(header, numberedFrom1(c, n))
		}
	}
	return header
}

func numberedFrom1(column string, n int) string { return column + "_" + strconv.Itoa(n+1) }

// sheetLine is one row by its columns, numbered as a spreadsheet does.
type sheetLine struct {
	n  int
	of map[string]string
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
	in.FieldsPerRecord = -1 // counted below
	all, err := in.ReadAll()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, &SheetFault{Row: wrong.StartLine, Text: tr(ctx, "There is a quotation mark that does not belong there, or that is not closed.")}
	case err != nil || len(all) < 2:
		return nil, &SheetFault{Text: tr(ctx, "There is no row in it. The first line names the columns.")}
	case len(all)-1 > maxRows:
		return nil, &SheetFault{Text: tr(ctx, "It has more than 1,000 rows. Bring them in several files.")}
	}
	header := map[string]bool{}
	for i, name := range all[0] {
		name = strings.ToLower(strings.TrimSpace(name))
		all[0][i] = name
		switch {
		case header[name]:
			return nil, &SheetFault{Row: 1, Column: name, Text: tr(ctx, "This column is there twice.")}
		case !knownColumn(name):
			return nil, &SheetFault{Row: 1, Column: cut(name, mostOfCell), Text: tr(ctx, "There is no such column."), Allowed: sheetHeader()}
		}
		header[name] = true
	}
	lines := make([]sheetLine, 0, len(all)-1)
	for n, cells := range all[1:] {
		if len(cells) != len(all[0]) {
			return nil, &SheetFault{Row: n + 2, Text: tr(ctx, "This row has {{.Cells}} cells, and the first line names {{.Columns}} columns.", "Cells", len(cells), "Columns", len(all[0]))}
		}
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

// outOfCell undoes inCell, for every text.
func outOfCell(cell string) string {
	if rest, quoted := strings.CutPrefix(cell, "'"); quoted && inCell(rest) == cell {
		return rest
	}
	return cell
}

// row is one listing.
func (s Sheet) row(l scrip.Listing) (row []string) {
	cells := s.cells(merchant.ItemOf(l))
	cells["offer"], cells["version"], cells["in_stock"], cells["state"] = string(l.Offer.Offer), string(l.Version), strconv.Itoa(l.Stock), stateCell(l)
	for _, column := range sheetHeader() {
		row = append(row, inCell(cells[column]))
	}
	return row
}

func stateCell(l scrip.Listing) string {
	if l.Ended {
		return "ended"
	}
	return "live"
}

// cells is what is listed, by its columns. Amounts have a point, whatever the reader's language.
func (s Sheet) cells(i merchant.Item) map[string]string {
	var details, photos []string
	for _, a := range i.Attributes {
		details = append(details, a.Name+": "+a.Value)
	}
	for _, p := range i.Photos {
		photos = append(photos, p.Digest)
	}
	cells := map[string]string{
		"title": i.Title, "description": i.Description, "category": i.Category, "sub": i.Sub, "condition": i.Condition,
		"price": s.Currency.Format(i.Price), "quantity": strconv.Itoa(i.Quantity), "details": strings.Join(details, "\n"), "photos": strings.Join(photos, " "),
		"town": i.Place.Town, "country": i.Place.Country, "send_within": strconv.Itoa(i.SendWithin), "check_within": strconv.Itoa(i.CheckWithin),
	}
	for n, w := range i.Delivery {
		cells[numberedFrom1("way", n)], cells[numberedFrom1("postage", n)], cells[numberedFrom1("label", n)] = w.Way, s.Currency.Format(w.Price), w.Label
		cells[numberedFrom1("countries", n)] = strings.Join(w.Countries, ", ")
		cells[numberedFrom1("least", n)], cells[numberedFrom1("most", n)] = strconv.Itoa(w.Days[0]), strconv.Itoa(w.Days[1])
	}
	return cells
}
