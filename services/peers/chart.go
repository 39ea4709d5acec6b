package peers

import (
	"fmt"
	"io"
	"strings"
)

// series are the lines of the chart, by the names of tallies.
var series = []struct{ protocol, label, class string }{
	{"peerscrip, 1 ahead", "this protocol, an exchange for each purchase", "a"},
	{"peerscrip, 10 ahead, T12 of 10", "this protocol, ten ahead, ten in a T12", "b"},
	{"PPay", "PPay", "c"},
	{"WhoPay, proactive", "WhoPay, owners ask at each return", "d"},
	{"WhoPay, lazy", "WhoPay, owners never ask", "e"},
}

// The chart's measures, in its own units.
const (
	chartWidth, chartHeight = 880, 720
	plotTop, plotHeight     = 64, 220
	plotWidth, plotBelow    = 350, 315 // the second row is so much below the first
)

// Chart draws what the broker does for one payment, over how much peers are online and
// over how many of them sell: a picture (SVG) that suits light and dark, and needs nothing else.
func (r Report) Chart(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">
<title id="t">What the broker does for one payment, over how much peers are online and how many sell</title>
<desc id="d">Four plots. Over the part of the time online: decisions that somebody waits for, and processor time; this protocol's lines are flat, those of PPay and WhoPay lie lower and fall as owners are more online. Over the part of the peers who sell, the same two: the fewer sell, the more PPay and WhoPay decide, and the less this protocol where purchases are exchanged for ahead.</desc>
<style>
.ground { fill: #ffffff } text { fill: #1f2328 } .soft { fill: #59636e } .grid { stroke: #d1d9e0 } .axis { stroke: #59636e }
.line { fill: none; stroke-width: 2.5 } .a { stroke: #0550ae } .b { stroke: #0550ae; stroke-dasharray: 7 4 } .c { stroke: #bc4c00 } .d { stroke: #1a7f37 } .e { stroke: #1a7f37; stroke-dasharray: 2 4 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #f0f6fc } .soft { fill: #9198a1 } .grid { stroke: #30363d } .axis { stroke: #9198a1 }
.a, .b { stroke: #79c0ff } .c { stroke: #ffa657 } .d, .e { stroke: #7ee787 }
}
</style>
<rect class="ground" width="%d" height="%d"/>
`, chartWidth, chartHeight, chartWidth, chartHeight)
	decisions := func(t Tally) float64 { return t.per(float64(t.Authorizations)) }
	processor := func(t Tally) float64 { return t.per(t.Sealed) / 1000 }
	for _, p := range []panel{
		{60, 0, "Decisions that somebody waits for, for one payment*", "of the time online", r.Sweeps[0], func(s Setting) float64 { return s.Online }, decisions},
		{490, 0, "Processor milliseconds, for one payment", "of the time online", r.Sweeps[0], func(s Setting) float64 { return s.Online }, processor},
		{60, plotBelow, "Decisions that somebody waits for, for one payment*", "of the peers sell", r.Sweeps[2], func(s Setting) float64 { return s.Sellers }, decisions},
		{490, plotBelow, "Processor milliseconds, for one payment", "of the peers sell", r.Sweeps[2], func(s Setting) float64 { return s.Sellers }, processor},
	} {
		p.draw(&b)
	}
	legend(&b)
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// panel is one plot: a figure over what a sweep varies.
type panel struct {
	left, down     float64
	title, varying string
	sweep          Sweep
	part           func(Setting) float64
	figure         func(Tally) float64
}

func (p panel) draw(b *strings.Builder) {
	left, s, figure := p.left, p.sweep, p.figure
	top, bottom := plotTop+p.down, plotTop+plotHeight+p.down
	most := 0.0
	for _, o := range s.Outcomes {
		for _, t := range o.Tallies {
			most = max(most, figure(t))
		}
	}
	step := round(most / 4)
	ceiling := step
	for ceiling < most {
		ceiling += step
	}
	y := func(v float64) float64 { return bottom - v/ceiling*(bottom-top) }
	x := func(part float64) float64 { return left + part*plotWidth }
	fmt.Fprintf(b, "<text x=\"%.0f\" y=\"%.0f\" font-weight=\"600\">%s</text>\n", left-30, top-28, p.title)
	for v := 0.0; v <= ceiling+step/2; v += step {
		fmt.Fprintf(b, "<line class=\"grid\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/><text class=\"soft\" x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n",
			left, left+plotWidth, y(v), y(v), left-6, y(v)+4, v)
	}
	fmt.Fprintf(b, "<line class=\"axis\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>\n", left, left+plotWidth, bottom, bottom)
	for _, o := range s.Outcomes {
		fmt.Fprintf(b, "<text class=\"soft\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%s</text>\n", x(p.part(o.Setting)), bottom+18, percent(p.part(o.Setting)))
	}
	fmt.Fprintf(b, "<text class=\"soft\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%s</text>\n", left+plotWidth/2, bottom+36, p.varying)
	for _, line := range series {
		var points []string
		for _, o := range s.Outcomes {
			for _, t := range o.Tallies {
				if t.Protocol == line.protocol {
					points = append(points, fmt.Sprintf("%.1f,%.1f", x(p.part(o.Setting)), y(figure(t))))
				}
			}
		}
		fmt.Fprintf(b, "<polyline class=\"line %s\" points=\"%s\"><title>%s</title></polyline>\n", line.class, strings.Join(points, " "), line.label)
	}
}

// round is a step for an axis: 1, 2 or 5 times a power of ten, not below the given one.
func round(step float64) float64 {
	if step <= 0 {
		return 1
	}
	for unit := 1e-9; ; unit *= 10 {
		for _, times := range []float64{1, 2, 5} {
			if unit*times >= step*0.999999 {
				return unit * times
			}
		}
	}
}

// legend names the lines, in two columns below.
func legend(b *strings.Builder) {
	for i, line := range series {
		x, y := 60+float64(i%2)*430, float64(plotBelow+plotTop+plotHeight+60+i/2*20)
		fmt.Fprintf(b, "<line class=\"line %s\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.0f\" y2=\"%.0f\"/><text x=\"%.0f\" y=\"%.0f\">%s</text>\n",
			line.class, x-30, x, y-4, y-4, x+8, y, line.label)
	}
	fmt.Fprintf(b, "<text class=\"soft\" x=\"490\" y=\"%d\">* PPay and WhoPay decide equally often: one line</text>\n", plotBelow+plotTop+plotHeight+100)
}
