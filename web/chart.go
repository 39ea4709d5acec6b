package web

import (
	"fmt"
	"strconv"
	"strings"

	"peerscrip/services/scrip"
)

// chart is money over time: bars or lines in an SVG that fills its place, with its words around it and its figures in a table,
// for who does not see it. Shapes are told apart by more than their colour.
type chart struct {
	ID, Title   string
	Most        sum    // the height of the highest
	First, Last string // the ends of the axis of time
	Names       []string
	Bars        []bar
	Lines       []line
	Rows        []chartRow
	Empty       bool // there is nothing to show
}

// bar is a part of a column, in the units of the drawing.
type bar struct{ Class, X, Y, Width, Height string }

// line is a series over time.
type line struct{ Class, Points string }

// chartRow is one point of time, with its figures.
type chartRow struct {
	When    string
	Amounts []sum
}

// point is what there is at one point of time, one amount for each name.
type point struct {
	When    string
	Amounts []scrip.Money
}

// The drawing is so many units wide and high; it is stretched to its place.
const (
	chartWidth  = 1000
	chartHeight = 240
)

// bars is a chart of columns, the amounts of a point upon each other.
func (s *server) bars(id, title string, names []string, points []point) chart {
	most := scrip.Money(0)
	for _, p := range points {
		total := scrip.Money(0)
		for _, m := range p.Amounts {
			total += m
		}
		most = max(most, total)
	}
	c := s.charted(id, title, names, points, most)
	if most == 0 {
		return c
	}
	step := float64(chartWidth) / float64(len(points))
	for i, p := range points {
		base := float64(chartHeight)
		for n, m := range p.Amounts {
			if m <= 0 {
				continue
			}
			height := float64(m) / float64(most) * chartHeight
			base -= height
			c.Bars = append(c.Bars, bar{series(n), drawn(float64(i)*step + step*0.1), drawn(base), drawn(step * 0.8), drawn(height)})
		}
	}
	return c
}

// lines is a chart of a line for each name, from the left end to the right.
func (s *server) lines(id, title string, names []string, points []point) chart {
	most := scrip.Money(0)
	for _, p := range points {
		for _, m := range p.Amounts {
			most = max(most, m)
		}
	}
	c := s.charted(id, title, names, points, most)
	if most == 0 {
		return c
	}
	step := float64(chartWidth) / float64(max(len(points)-1, 1))
	for n := range names {
		var at []string
		for i, p := range points {
			at = append(at, drawn(float64(i)*step)+","+drawn(chartHeight-float64(p.Amounts[n])/float64(most)*(chartHeight-4)-2))
		}
		c.Lines = append(c.Lines, line{series(n), strings.Join(at, " ")})
	}
	return c
}

// charted is a chart without its shapes.
func (s *server) charted(id, title string, names []string, points []point, most scrip.Money) chart {
	c := chart{ID: id, Title: title, Names: names, Most: s.sum(most), Empty: most == 0 || len(points) == 0}
	for _, p := range points {
		row := chartRow{When: p.When}
		for _, m := range p.Amounts {
			row.Amounts = append(row.Amounts, s.sum(m))
		}
		c.Rows = append(c.Rows, row)
	}
	if len(points) > 0 {
		c.First, c.Last = points[0].When, points[len(points)-1].When
	}
	return c
}

// series is the class of the nth series' shapes.
func series(n int) string { return "chart__series chart__series--" + strconv.Itoa(n+1) }

// drawn is a length in the drawing.
func drawn(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0") }
