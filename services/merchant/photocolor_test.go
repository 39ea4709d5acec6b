package merchant

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"testing"
)

// profileOf makes an ICC profile (ICC.1:2022, 7): a header for pixels of one
// space and a connection space, then tags.
func profileOf(space, connection string, tags map[string][]byte) []byte {
	b := make([]byte, 128)
	copy(b[8:], "\x04\x20\x00\x00mntr"+space+connection)
	copy(b[36:], "acsp")
	copy(b[68:], fixed(0.9642, 1, 0.8249))
	b = binary.BigEndian.AppendUint32(b, uint32(len(tags)))
	at := 132 + 12*len(tags)
	var data []byte
	for name, tag := range tags {
		b = append(b, name...)
		b = binary.BigEndian.AppendUint32(b, uint32(at+len(data)))
		b = binary.BigEndian.AppendUint32(b, uint32(len(tag)))
		data = append(data, tag...)
	}
	b = append(b, data...)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// fixed writes numbers as s15Fixed16Number.
func fixed(numbers ...float64) []byte {
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(n*65536))))
	}
	return b
}

func xyz(x, y, z float64) []byte { return append([]byte("XYZ \x00\x00\x00\x00"), fixed(x, y, z)...) }

// srgbCurve is the parametric curve of sRGB, and of Display P3.
var srgbCurve = append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixed(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)...)

// displayP3 is the profile of a phone's photos: the primaries of DCI P3, seen
// under D50.
var displayP3 = profileOf("RGB ", "XYZ ", map[string][]byte{
	"wtpt": xyz(0.9642, 1, 0.8249),
	"rXYZ": xyz(0.51512, 0.2412, -0.00105), "gXYZ": xyz(0.29198, 0.69225, 0.04189), "bXYZ": xyz(0.1571, 0.06657, 0.78407),
	"rTRC": srgbCurve, "gTRC": srgbCurve, "bTRC": srgbCurve,
})

// linearGray is a profile of gray numbers that are amounts of light.
var linearGray = profileOf("GRAY", "XYZ ", map[string][]byte{
	"wtpt": xyz(0.9642, 1, 0.8249), "kTRC": []byte("curv\x00\x00\x00\x00\x00\x00\x00\x00"),
})

// press is the profile of a printing press: a table of what each mixture of
// full inks looks like, in L*a*b*. Cyan on yellow is a dark green.
func press() []byte {
	tag := []byte("mft1\x00\x00\x00\x00\x04\x03\x02\x00")
	tag = append(tag, fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)...)
	straight := make([]byte, 256)
	for i := range straight {
		straight[i] = byte(i)
	}
	for range 4 {
		tag = append(tag, straight...)
	}
	for ink := range 16 { // cyan, magenta, yellow, black from the highest bit on
		switch {
		case ink == 0:
			tag = append(tag, 255, 128, 128)
		case ink == 0b1010:
			tag = append(tag, 128, 128-40, 128+28)
		default:
			tag = append(tag, 0, 128, 128)
		}
	}
	for range 3 {
		tag = append(tag, straight...)
	}
	return profileOf("CMYK", "Lab ", map[string][]byte{"A2B0": tag, "wtpt": xyz(0.9642, 1, 0.8249)})
}

// withProfile puts a profile into a JPEG, in parts of at most most bytes.
func withProfile(b, profile []byte, most int) []byte {
	count := (len(profile) + most - 1) / most
	var segments []byte
	for i := range count {
		part := profile[i*most : min((i+1)*most, len(profile))]
		body := append([]byte("ICC_PROFILE\x00"), byte(i+1), byte(count))
		segments = binary.BigEndian.AppendUint16(append(segments, 0xff, 0xe2), uint16(2+len(body)+len(part)))
		segments = append(append(segments, body...), part...)
	}
	return bytes.Join([][]byte{b[:2], segments, b[2:]}, nil)
}

// withChunk puts a chunk behind a PNG's header.
func withChunk(b []byte, name string, body []byte) []byte {
	const header = 8 + 25
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	chunk = append(append(chunk, name...), body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return bytes.Join([][]byte{b[:header], chunk, b[header:]}, nil)
}

func iccp(profile []byte) []byte {
	var b bytes.Buffer
	b.WriteString("a name\x00\x00")
	w := zlib.NewWriter(&b)
	w.Write(profile)
	w.Close()
	return b.Bytes()
}

func pngOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func flat(c color.Color) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 72, 72))
	draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	return m
}

// inkJPEG is a flat CMYK JPEG of 72 x 72 pixels as Photoshop writes it, its
// numbers upside down (0 is all ink). Each block is its mean and nothing else.
func inkJPEG(c, m, y, k byte) []byte {
	b := []byte("\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00")
	b = append(b, "\xff\xdb\x00\x43\x00"...)
	b = append(b, bytes.Repeat([]byte{8}, 64)...)
	b = append(b, "\xff\xc0\x00\x14\x08\x00\x48\x00\x48\x04\x01\x11\x00\x02\x11\x00\x03\x11\x00\x04\x11\x00"...)
	b = append(b, "\xff\xc4\x00\x1c\x00\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08"...)
	b = append(b, "\xff\xc4\x00\x14\x10\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	b = append(b, "\xff\xda\x00\x0e\x04\x01\x00\x02\x00\x03\x00\x04\x00\x00\x3f\x00"...)
	var bits []byte
	put := func(v, n int) {
		for n--; n >= 0; n-- {
			bits = append(bits, byte(v>>n&1))
		}
	}
	for block := range 9 * 9 {
		for _, ink := range []byte{c, m, y, k} {
			diff := 0
			if block == 0 {
				diff = 255 - int(ink) - 128
			}
			size := 0
			for v := max(diff, -diff); v > 0; v >>= 1 {
				size++
			}
			put(size, 4)
			put(diff+min(max(-diff, 0), 1)*(1<<size-1), size) // a negative one is written less one
			put(0, 1)                                         // end of block
		}
	}
	for i := 0; i < len(bits); i += 8 {
		var v byte
		for j := range 8 {
			v <<= 1
			if i+j >= len(bits) || bits[i+j] == 1 {
				v |= 1
			}
		}
		if b = append(b, v); v == 0xff {
			b = append(b, 0)
		}
	}
	return append(b, 0xff, 0xd9)
}

// What a photo's numbers mean is what is shown, whatever file says it.
func TestDevelopColours(t *testing.T) {
	pureRed := color.NRGBA{234, 51, 35, 255} // sRGB's (255, 0, 0) in Display P3
	half := color.Gray{55}                   // a fifth of the light of white, if linear
	asJPEG, asPNG := jpegOf(t, flat(pureRed)), pngOf(t, flat(pureRed))
	grayPNG := image.NewGray(image.Rect(0, 0, 72, 72))
	draw.Draw(grayPNG, grayPNG.Bounds(), image.NewUniform(half), image.Point{}, draw.Src)
	lies := bytes.Clone(displayP3)
	binary.BigEndian.PutUint32(lies[128:], 1<<32-1) // 48 GB of tags
	far := bytes.Clone(displayP3)
	binary.BigEndian.PutUint32(far[136:], 1<<32-16)
	bomb := make([]byte, 64<<20)
	copy(bomb, displayP3)
	for name, c := range map[string]struct {
		in   []byte
		want color.RGBA
	}{
		"no profile":                   {asJPEG, color.RGBA{234, 51, 35, 255}},
		"Display P3, JPEG":             {withProfile(asJPEG, displayP3, 60000), color.RGBA{255, 0, 0, 255}},
		"Display P3, JPEG, in parts":   {withProfile(asJPEG, displayP3, 100), color.RGBA{255, 0, 0, 255}},
		"Display P3, PNG":              {withChunk(asPNG, "iCCP", iccp(displayP3)), color.RGBA{255, 0, 0, 255}},
		"Display P3, WebP":             {webpFile(72, 72, chunk{"ICCP", displayP3}, webpPixels(72, 72, pureRed)), color.RGBA{255, 0, 0, 255}},
		"linear gray, PNG":             {withChunk(pngOf(t, grayPNG), "iCCP", iccp(linearGray)), color.RGBA{128, 128, 128, 255}},
		"press ink":                    {withProfile(inkJPEG(255, 0, 255, 0), press(), 300), color.RGBA{43, 136, 68, 255}},
		"ink without profile":          {inkJPEG(0, 255, 255, 0), color.RGBA{255, 0, 0, 255}},
		"half black without profile":   {inkJPEG(0, 0, 0, 128), color.RGBA{127, 127, 127, 255}},
		"ink with a profile for light": {withProfile(inkJPEG(0, 255, 255, 0), displayP3, 60000), color.RGBA{255, 0, 0, 255}},
		"light with a profile for ink": {withProfile(asJPEG, press(), 60000), color.RGBA{234, 51, 35, 255}},
		"a profile cut short":          {withProfile(asJPEG, displayP3[:200], 60000), color.RGBA{234, 51, 35, 255}},
		"a profile with a part lost":   {withProfile(asJPEG, displayP3[:100], 100), color.RGBA{234, 51, 35, 255}},
		"a profile of 2^32 tags":       {withProfile(asJPEG, lies, 60000), color.RGBA{234, 51, 35, 255}},
		"a profile with a tag far off": {withProfile(asJPEG, far, 60000), color.RGBA{234, 51, 35, 255}},
		"a profile of 64 MB, packed":   {withChunk(asPNG, "iCCP", iccp(bomb)), color.RGBA{234, 51, 35, 255}},
	} {
		full, thumb := decoded(t, c.in)
		for _, m := range []image.Image{full, thumb} {
			if got := color.RGBAModel.Convert(m.At(36, 36)).(color.RGBA); !sameColour(got, c.want) {
				t.Errorf("%s: got %v, want %v", name, got, c.want)
			}
		}
	}
}

// near allows for what JPEG loses.
func sameColour(a, b color.RGBA) bool {
	far := func(x, y byte) bool { return max(x, y)-min(x, y) > 4 }
	return !far(a.R, b.R) && !far(a.G, b.G) && !far(a.B, b.B)
}

func FuzzProfile(f *testing.F) {
	f.Add(displayP3, false)
	f.Add(linearGray, false)
	f.Add(press(), true)
	f.Fuzz(func(t *testing.T, profile []byte, ink bool) {
		m := image.NewRGBA(image.Rect(0, 0, 4, 4))
		for i := range m.Pix {
			m.Pix[i] = byte(i * 4)
		}
		for i := 3; i < len(m.Pix) && !ink; i += 4 {
			m.Pix[i] = 0xff
		}
		if got := toSRGB(m, ink, profile); !got.Opaque() {
			t.Errorf("got a picture that is not opaque")
		}
	})
}
