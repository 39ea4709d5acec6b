package merchant

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"testing"
)

// chunk is a part of a WebP file or of one of its frames.
type chunk struct {
	name string
	body []byte
}

func appendChunk(b []byte, c chunk) []byte {
	b = binary.LittleEndian.AppendUint32(append(b, c.name...), uint32(len(c.body)))
	b = append(b, c.body...)
	if len(c.body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// three writes numbers in three bytes each.
func three(numbers ...int) []byte {
	var b []byte
	for _, n := range numbers {
		b = append(b, byte(n), byte(n>>8), byte(n>>16))
	}
	return b
}

// webpFile puts chunks into an extended WebP file (RFC 9649, 2.7). Its flags
// say what is in it.
func webpFile(w, h int, chunks ...chunk) []byte {
	var flags byte
	var body []byte
	for _, c := range chunks {
		flags |= map[string]byte{"ANIM": 2, "EXIF": 8, "ALPH": 16, "ICCP": 32}[c.name]
		body = appendChunk(body, c)
	}
	header := appendChunk([]byte("WEBP"), chunk{"VP8X", append([]byte{flags, 0, 0, 0}, three(w-1, h-1)...)})
	return appendChunk(nil, chunk{"RIFF", append(header, body...)})
}

// frame is one of an animation: where it is, and its chunks.
func frame(x, y, w, h int, chunks ...chunk) chunk {
	b := append(three(x/2, y/2, w-1, h-1, 100), 0)
	for _, c := range chunks {
		b = appendChunk(b, c)
	}
	return chunk{"ANMF", b}
}

var anim = chunk{"ANIM", make([]byte, 6)}

// webpPixels is a lossless picture of one colour (RFC 9649 section 3). Every
// prefix code has one symbol, so its pixels take no bits at all.
func webpPixels(w, h int, c color.NRGBA) chunk {
	var bits []byte
	put := func(v, n int) {
		for i := range n {
			bits = append(bits, byte(v>>i&1))
		}
	}
	put(0x2f, 8)
	put(w-1, 14)
	put(h-1, 14)
	put(1, 1)       // alpha
	put(0, 3+1+1+1) // version 0; no transform, no color cache, one group of codes
	for _, symbol := range []byte{c.G, c.R, c.B, c.A, 0} {
		put(1, 1) // a simple code
		put(0, 1) // of one symbol
		put(1, 1) // of eight bits
		put(int(symbol), 8)
	}
	data := make([]byte, (len(bits)+15)/16*2)
	for i, bit := range bits {
		data[i/8] |= bit << (i % 8)
	}
	return chunk{"VP8L", data}
}

// webpOf is a red WebP in its shortest form.
func webpOf(w, h int) []byte {
	pixels := webpPixels(w, h, color.NRGBA(red))
	return appendChunk(nil, chunk{"RIFF", appendChunk([]byte("WEBP"), pixels)})
}

// Lossy pictures of 64 x 64 pixels that a browser's canvas made: corners with
// black and white at the bottom, and red on the left of nothing.
var (
	lossyCorners = chunk{"VP8 ", unbase64("8AYAnQEqQABAAD4tEodCoaENfuYADAFiWIIcAGVEoL8A/CvYF+KfhX+s3+A5ALlmzvsIFetRl9V6LeLrzjlXeAD+v5x+xu75lmxcsBca1FTESchIwVhOh1s8zTm1WQagiAcC4vgazGmUMym7Nz/7HUn9AxRSwl6wJ+wiAAAA")}
	lossyRed     = chunk{"VP8 ", unbase64("UAQAnQEqQABAAD4xFolDIiEhFQQAIAMEsYBo10A/AAAr+3x0f6wtxHEYeAD++poP/+fmd24v6rf/9nl/Z5f2eX/2PT36psYR7gQOc1BfdHjFXswAAAA=")}
	onTheLeft    = chunk{"ALPH", unbase64("AQ8w/xERQiyYzF86hr6I/kcVfAc=")}
)

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// animatedGIF begins with a frame that covers a part of it.
func animatedGIF(t testing.TB) []byte {
	t.Helper()
	g := gif.GIF{Delay: []int{1, 1}, Config: image.Config{Width: 80, Height: 100}}
	for i, c := range []color.Color{red, blue} {
		m := image.NewPaletted(image.Rect(0, 40*(1-i), 80, 80), palette.Plan9)
		draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
		g.Image = append(g.Image, m)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// seen is what a picture must show at some places.
type seen map[image.Point]color.RGBA

func TestDevelopWebPAndAnimations(t *testing.T) {
	white, black := color.RGBA{255, 255, 255, 255}, color.RGBA{0, 0, 0, 255}
	seenCorners := seen{{8, 8}: red, {56, 8}: green, {8, 40}: blue, {8, 60}: black, {56, 60}: white}
	later := frame(0, 0, 100, 80, webpPixels(100, 80, color.NRGBA(blue)))
	for name, c := range map[string]struct {
		in   []byte
		size image.Point
		want seen
	}{
		"lossless":    {webpOf(100, 80), image.Pt(100, 80), seen{{50, 40}: red}},
		"lossy":       {webpFile(64, 64, lossyCorners), image.Pt(64, 64), seenCorners},
		"lossy alpha": {webpFile(64, 64, onTheLeft, lossyRed), image.Pt(64, 64), seen{{8, 30}: red, {56, 30}: white}},
		"animated": {webpFile(100, 80, anim, frame(0, 0, 100, 80, webpPixels(100, 80, color.NRGBA(red))), later),
			image.Pt(100, 80), seen{{50, 40}: red}},
		"animated, lossy": {webpFile(64, 64, anim, frame(0, 0, 64, 64, lossyCorners)), image.Pt(64, 64), seenCorners},
		"animated, a part with alpha": {webpFile(100, 80, anim, frame(20, 10, 64, 64, onTheLeft, lossyRed), later),
			image.Pt(100, 80), seen{{24, 30}: red, {70, 30}: white, {4, 30}: white, {24, 4}: white, {90, 78}: white}},
		"animated GIF, a part": {animatedGIF(t), image.Pt(80, 100), seen{{40, 60}: red, {40, 20}: white, {40, 90}: white}},
	} {
		full, _ := decoded(t, c.in)
		if got := full.Bounds().Size(); got != c.size {
			t.Errorf("%s: got %v, want %v", name, got, c.size)
		}
		for p, want := range c.want {
			if got := full.At(p.X, p.Y); !near(got, want) {
				t.Errorf("%s: at %v: got %v, want %v", name, p, got, want)
			}
		}
	}
}
