package merchant

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/jose"
)

var (
	red   = color.RGBA{200, 0, 0, 255}
	green = color.RGBA{0, 200, 0, 255}
	blue  = color.RGBA{0, 0, 200, 255}
)

// corners paints a picture: red at its top left, green at its top right, blue
// below.
func corners(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.NewUniform(blue), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, w/2, h/2), image.NewUniform(red), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(w/2, 0, w, h/2), image.NewUniform(green), image.Point{}, draw.Src)
	return m
}

func jpegOf(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withEXIF puts an EXIF segment with an orientation and a place into a JPEG.
func withEXIF(b []byte, order binary.AppendByteOrder, o uint16) []byte {
	mark := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM\x00*"
	}
	tiff := order.AppendUint32([]byte(mark), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][2]uint16{{tagOrientation, o}, {0x8825, 0}} { // the second: GPS
		tiff = order.AppendUint16(tiff, e[0])
		tiff = order.AppendUint16(tiff, typeShort)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, e[1])
		tiff = order.AppendUint16(tiff, 0)
	}
	body := append([]byte("Exif\x00\x00"), tiff...)
	body = append(body, "GPS 47.3769 N 8.5417 E"...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	segment = append(segment, body...)
	return append(append(bytes.Clone(b[:2]), segment...), b[2:]...)
}

func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	far := func(x, y uint32) bool { return max(x, y)-min(x, y) > 0x2800 }
	return !far(ar, br) && !far(ag, bg) && !far(ab, bb)
}

// decoded checks what Develop promises of every result.
func decoded(t *testing.T, b []byte) (full, thumb image.Image) {
	t.Helper()
	got, err := Develop(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("Develop: got %v, want no error", err)
	}
	if want := jose.Digest(got.Full); got.Digest != want {
		t.Errorf("digest: got %s, want %s", got.Digest, want)
	}
	if full, err = jpeg.Decode(bytes.NewReader(got.Full)); err != nil {
		t.Fatalf("full size: %v", err)
	}
	if thumb, err = jpeg.Decode(bytes.NewReader(got.Thumb)); err != nil {
		t.Fatalf("small copy: %v", err)
	}
	return full, thumb
}

func TestDevelopTurnsUpright(t *testing.T) {
	// How a camera stores the upright picture, for each orientation: the upright
	// pixel at the stored (x, y).
	const w, h = 200, 120
	upright := corners(w, h)
	stored := map[uint16]func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return w - 1 - y, x },
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return y, h - 1 - x },
	}
	for o, at := range stored {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprintf("%d %v", o, order), func(t *testing.T) {
				m := image.NewRGBA(image.Rect(0, 0, w, h))
				if o >= 5 {
					m = image.NewRGBA(image.Rect(0, 0, h, w))
				}
				for y := range m.Bounds().Dy() {
					for x := range m.Bounds().Dx() {
						m.Set(x, y, upright.At(at(x, y)))
					}
				}
				full, _ := decoded(t, withEXIF(jpegOf(t, m), order, o))
				if got := full.Bounds().Size(); got != (image.Point{w, h}) {
					t.Fatalf("size: got %v, want %dx%d", got, w, h)
				}
				for _, p := range []image.Point{{20, 20}, {180, 20}, {20, 100}, {180, 100}} {
					if got, want := full.At(p.X, p.Y), upright.At(p.X, p.Y); !near(got, want) {
						t.Errorf("pixel %v: got %v, want %v", p, got, want)
					}
				}
			})
		}
	}
}

func TestDevelopDropsMetadata(t *testing.T) {
	in := withEXIF(jpegOf(t, corners(100, 100)), binary.LittleEndian, 1)
	got, err := Develop(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{got.Full, got.Thumb} {
		for _, trace := range []string{"Exif", "GPS", "47.3769", "\xff\xe1"} {
			if bytes.Contains(b, []byte(trace)) {
				t.Errorf("%q is left in the result", trace)
			}
		}
	}
}

func TestDevelopSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("millions of pixels")
	}
	for _, c := range []struct{ in, full, thumb image.Point }{
		{image.Pt(64, 64), image.Pt(64, 64), image.Pt(64, 64)},
		{image.Pt(1600, 900), image.Pt(1600, 900), image.Pt(480, 270)},
		{image.Pt(1601, 900), image.Pt(1600, 899), image.Pt(480, 269)},
		{image.Pt(2000, 3000), image.Pt(1066, 1600), image.Pt(319, 480)},
		{image.Pt(64, 20000), image.Pt(4, 1600), image.Pt(1, 480)},
	} {
		full, thumb := decoded(t, jpegOf(t, corners(c.in.X, c.in.Y)))
		if got := full.Bounds().Size(); got != c.full {
			t.Errorf("%v: full size: got %v, want %v", c.in, got, c.full)
		}
		if got := thumb.Bounds().Size(); got != c.thumb {
			t.Errorf("%v: small copy: got %v, want %v", c.in, got, c.thumb)
		}
		if c.full.X < 10 {
			continue
		}
		for _, p := range []struct{ x, y float64 }{{.25, .25}, {.75, .25}, {.25, .75}} {
			want := corners(100, 100).At(int(p.x*100), int(p.y*100))
			for _, m := range []image.Image{full, thumb} {
				size := m.Bounds().Size()
				if got := m.At(int(p.x*float64(size.X)), int(p.y*float64(size.Y))); !near(got, want) {
					t.Errorf("%v at %v: got %v, want %v", c.in, p, got, want)
				}
			}
		}
	}
}

func TestDevelopFormats(t *testing.T) {
	var transparent bytes.Buffer
	if err := png.Encode(&transparent, image.NewNRGBA(image.Rect(0, 0, 80, 80))); err != nil {
		t.Fatal(err)
	}
	full, _ := decoded(t, transparent.Bytes())
	if got := full.At(40, 40); !near(got, color.White) {
		t.Errorf("a transparent PNG: got %v, want white", got)
	}

	var animated bytes.Buffer
	g := gif.GIF{Delay: []int{1, 1}}
	for _, c := range []color.Color{red, blue} {
		m := image.NewPaletted(image.Rect(0, 0, 80, 80), palette.Plan9)
		draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
		g.Image = append(g.Image, m)
	}
	if err := gif.EncodeAll(&animated, &g); err != nil {
		t.Fatal(err)
	}
	full, _ = decoded(t, animated.Bytes())
	if got := full.At(40, 40); !near(got, red) {
		t.Errorf("an animated GIF: got %v, want its first frame, red", got)
	}

	full, _ = decoded(t, webpOf(100, 80))
	if got := full.Bounds().Size(); got != (image.Point{100, 80}) || !near(full.At(50, 40), red) {
		t.Errorf("a WebP: got %v of %v, want 100x80 of red", got, full.At(50, 40))
	}
}

// webpOf is a red lossless WebP (RFC 9649 section 3). Every prefix code has one
// symbol, so its pixels take no bits at all.
func webpOf(w, h int) []byte {
	var bits []byte
	put := func(v, n int) {
		for i := range n {
			bits = append(bits, byte(v>>i&1))
		}
	}
	put(0x2f, 8)
	put(w-1, 14)
	put(h-1, 14)
	put(0, 1+3+1+1+1) // no alpha, version 0; no transform, no color cache, one group of codes
	for _, symbol := range []int{0, int(red.R), 0, 255, 0} {
		put(1, 1) // a simple code
		put(0, 1) // of one symbol
		put(1, 1) // of eight bits
		put(symbol, 8)
	}
	data := make([]byte, (len(bits)+15)/16*2)
	for i, bit := range bits {
		data[i/8] |= bit << (i % 8)
	}
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(12+len(data)))
	b = binary.LittleEndian.AppendUint32(append(b, "WEBPVP8L"...), uint32(len(data)))
	return append(b, data...)
}

// pngHeader is a PNG that promises w x h pixels and has none.
func pngHeader(t *testing.T, w, h uint32) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	in := b.Bytes()
	binary.BigEndian.PutUint32(in[16:], w)
	binary.BigEndian.PutUint32(in[20:], h)
	binary.BigEndian.PutUint32(in[29:], crc32.ChecksumIEEE(in[12:29]))
	return in
}

func TestDevelopRefuses(t *testing.T) {
	good := jpegOf(t, corners(200, 200))
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"nothing":              {nil, ErrPhotoUnreadable},
		"HTML named .jpg":      {[]byte("<!doctype html><script>alert(1)</script>" + strings.Repeat(" ", 500)), ErrPhotoUnreadable},
		"SVG":                  {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"/>`), ErrPhotoUnreadable},
		"cut":                  {good[:len(good)/2], ErrPhotoUnreadable},
		"cut in the header":    {good[:10], ErrPhotoUnreadable},
		"a decompression bomb": {pngHeader(t, 30000, 30000), ErrPhotoTooLarge},
		"a WebP bomb":          {webpOf(16384, 16384), ErrPhotoTooLarge},
		"a wider bomb":         {pngHeader(t, 1<<31-1, 1<<31-1), nil},
		"too many bytes":       {append(bytes.Clone(good), make([]byte, MaxUpload)...), ErrPhotoTooLarge},
		"too narrow":           {jpegOf(t, corners(63, 200)), ErrPhotoTooSmall},
	} {
		_, err := Develop(bytes.NewReader(c.in))
		if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// What is decoded at one time is bounded: a photo for which there is no room
// waits, and is told so when that takes too long.
func TestDevelopWaitsForRoom(t *testing.T) {
	if err := developing.Acquire(t.Context(), MaxPixels); err != nil {
		t.Fatal(err)
	}
	before := patience
	patience = 50 * time.Millisecond
	t.Cleanup(func() { patience = before })
	photo := jpegOf(t, corners(100, 100))
	if _, err := Develop(bytes.NewReader(photo)); !errors.Is(err, ErrPhotoBusy) {
		t.Errorf("with all room taken: got %v, want %v", err, ErrPhotoBusy)
	}
	developing.Release(MaxPixels)
	if _, err := Develop(bytes.NewReader(photo)); err != nil {
		t.Errorf("with room: got %v, want no error", err)
	}
}

func TestDevelopPassesReadErrorsOn(t *testing.T) {
	broken := errors.New("connection lost")
	_, err := Develop(io.MultiReader(strings.NewReader("\xff\xd8\xff"), failing{broken}))
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestDevelopSameBytesSameDigest(t *testing.T) {
	in := jpegOf(t, corners(300, 200))
	first, err := Develop(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			again, err := Develop(bytes.NewReader(in))
			if err != nil || again.Digest != first.Digest {
				t.Errorf("got %s, %v, want %s", again.Digest, err, first.Digest)
			}
		})
	}
	wg.Wait()
}

func TestThumbnail(t *testing.T) {
	image, err := Develop(bytes.NewReader(jpegOf(t, corners(1000, 500))))
	if err != nil {
		t.Fatal(err)
	}
	thumb, err := Thumbnail(image.Full)
	if err != nil {
		t.Fatal(err)
	}
	shape, err := jpeg.DecodeConfig(bytes.NewReader(thumb))
	if err != nil || shape.Width != 480 || shape.Height != 240 {
		t.Errorf("got %dx%d, %v, want 480x240", shape.Width, shape.Height, err)
	}
	if _, err := Thumbnail(pngHeader(t, 100, 100)); !errors.Is(err, ErrPhotoUnreadable) {
		t.Errorf("a PNG: got %v, want %v", err, ErrPhotoUnreadable)
	}
}

func FuzzDevelop(f *testing.F) {
	good := jpegOf(f, corners(64, 70))
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add(withEXIF(good, binary.LittleEndian, 6))
	f.Add(withEXIF(good, binary.BigEndian, 8))
	var b bytes.Buffer
	if err := png.Encode(&b, corners(64, 64)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(webpOf(64, 64))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Develop(bytes.NewReader(in))
		if err != nil {
			return
		}
		for _, out := range [][]byte{got.Full, got.Thumb} {
			if _, err := jpeg.Decode(bytes.NewReader(out)); err != nil {
				t.Errorf("the result does not decode: %v", err)
			}
		}
	})
}

func FuzzOrientation(f *testing.F) {
	good := jpegOf(f, corners(64, 64))
	f.Add(withEXIF(good, binary.LittleEndian, 6)[:64])
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(_ *testing.T, in []byte) { exifOrientation(in) })
}

func BenchmarkDevelop(b *testing.B) {
	in := jpegOf(b, corners(4000, 3000))
	for b.Loop() {
		if _, err := Develop(bytes.NewReader(in)); err != nil {
			b.Fatal(err)
		}
	}
}
