package merchant

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
)

// toSRGB turns what a photo's numbers are into what they look like: a screen's
// red, green and blue. A phone's photo in Display P3 would look bleached
// without it, and ink would glow. Where no usable profile says otherwise, three
// channels are sRGB already and ink is the plain complement of light, as in
// browsers. Of ink (CMYK), the black is in the place of alpha.
func toSRGB(m *image.RGBA, ink bool, profile []byte) *image.RGBA {
	if out, err := converted(m, ink, profile); err == nil {
		return out
	}
	if ink {
		for i := 0; i < len(m.Pix); i += 4 {
			p := m.Pix[i : i+4 : i+4]
			p[0], p[1], p[2] = color.CMYKToRGB(p[0], p[1], p[2], p[3])
			p[3] = 0xff
		}
	}
	return m
}

// converted applies a profile. It fails, and m is as it was, when the profile
// is missing, malformed, for other pixels, or says nothing new. Of the library
// a panic is another way to say malformed.
func converted(m *image.RGBA, ink bool, profile []byte) (out *image.RGBA, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("apply a colour profile: panic: %v", p)
		}
	}()
	pipeline, err := pipelineOf(profile, ink)
	if err != nil {
		return nil, err
	}
	// Neighbours are alike: a table of the last colours, by hash, spares nineteen
	// of twenty conversions of a photo.
	known := make([]struct{ from, to [4]byte }, 1<<16)
	out = image.NewRGBA(m.Bounds())
	for i := 0; i < len(m.Pix); i += 4 {
		from := [4]byte(m.Pix[i : i+4])
		k := &known[binary.LittleEndian.Uint32(from[:])*2654435761>>16]
		if k.from != from || k.to[3] == 0 {
			k.from, k.to = from, convert(pipeline, from)
		}
		copy(out.Pix[i:], k.to[:])
	}
	return out, nil
}

// convert is one pixel's way through the pipeline, to an opaque one.
func convert(p *icc.Pipeline, from [4]byte) (to [4]byte) {
	var in, out [4]float64
	for c, v := range from {
		in[c] = float64(v) / 0xff
	}
	p.TransformGeneral(out[:], in[:])
	for c, v := range out[:3] {
		to[c] = byte(max(0, min(v, 1))*0xff + 0.5)
	}
	to[3] = 0xff
	return to
}

// pipelineOf makes, of a profile, the steps that lead from a pixel to sRGB.
func pipelineOf(profile []byte, ink bool) (*icc.Pipeline, error) {
	if err := checkProfile(profile); err != nil {
		return nil, err
	}
	p, err := icc.DecodeProfile(bytes.NewReader(profile))
	if err != nil {
		return nil, fmt.Errorf("read a colour profile: %w", err)
	}
	space := p.Header.DataColorSpace
	channels := map[icc.ColorSpace]int{icc.ColorSpaceGray: 1, icc.ColorSpaceRGB: 3, icc.ColorSpaceCMYK: 4}[space]
	if channels == 0 || ink != (channels == 4) || p.IsSRGB() {
		return nil, fmt.Errorf("no use for a colour profile of %s", space)
	}
	pipeline, err := p.CreateTransformerToSRGB(icc.RelativeColorimetricRenderingIntent, true, channels, true, false, true)
	if err != nil {
		return nil, fmt.Errorf("use a colour profile: %w", err)
	}
	return pipeline, nil
}

// checkProfile holds a profile's table of tags (ICC.1:2022, 7.3) to its size.
// The library would make room for whatever the table claims.
func checkProfile(b []byte) error {
	const header, entry, maxTags = 132, 12, 100
	if len(b) < header || len(b) > maxProfile {
		return fmt.Errorf("a colour profile of %d bytes", len(b))
	}
	tags := uint64(binary.BigEndian.Uint32(b[header-4:]))
	begin := header + tags*entry
	if tags > maxTags || begin > uint64(len(b)) {
		return fmt.Errorf("a colour profile of %d tags", tags)
	}
	for i := range tags {
		at := b[header+i*entry:]
		offset, size := uint64(binary.BigEndian.Uint32(at[4:])), uint64(binary.BigEndian.Uint32(at[8:]))
		if offset < begin || offset+size > uint64(len(b)) {
			return fmt.Errorf("a colour profile with a tag at %d, %d bytes long", offset, size)
		}
	}
	return nil
}
