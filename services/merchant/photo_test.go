package merchant

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
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

// exifOf is an EXIF block with an orientation and a place.
func exifOf(order binary.AppendByteOrder, o uint16) []byte {
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
	return append(tiff, "GPS 47.3769 N 8.5417 E"...)
}

// withEXIF puts an EXIF segment into a JPEG.
func withEXIF(b []byte, order binary.AppendByteOrder, o uint16) []byte {
	body := append([]byte("Exif\x00\x00"), exifOf(order, o)...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return bytes.Join([][]byte{b[:2], segment, body, b[2:]}, nil)
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

func TestDevelopOnWhite(t *testing.T) {
	for name, in := range map[string][]byte{
		"PNG":  pngOf(t, image.NewNRGBA(image.Rect(0, 0, 80, 80))),
		"WebP": webpFile(80, 80, webpPixels(80, 80, color.NRGBA{})),
	} {
		full, _ := decoded(t, in)
		if got := full.At(40, 40); !near(got, color.White) {
			t.Errorf("a transparent %s: got %v, want white", name, got)
		}
	}
}

// What is in a file beside its pixels turns it, whatever kind of file it is.
func TestDevelopTurnsEveryKind(t *testing.T) {
	turnLeft := exifOf(binary.BigEndian, 8)
	marked := append([]byte("Exif\x00\x00"), turnLeft...) // as some programs write it into WebP
	for name, in := range map[string][]byte{
		"JPEG":         withEXIF(jpegOf(t, corners(64, 80)), binary.BigEndian, 8),
		"PNG":          withChunk(pngOf(t, corners(64, 80)), "eXIf", turnLeft),
		"WebP":         webpFile(64, 64, lossyCorners, chunk{"EXIF", turnLeft}),
		"WebP, marked": webpFile(64, 64, lossyCorners, chunk{"EXIF", marked}),
	} {
		full, _ := decoded(t, in)
		for _, c := range []struct {
			x, y float64
			want color.Color
		}{{.1, .2, green}, {.1, .8, red}, {.6, .5, blue}} {
			p := image.Pt(int(c.x*float64(full.Bounds().Dx())), int(c.y*float64(full.Bounds().Dy())))
			if got := full.At(p.X, p.Y); !near(got, c.want) {
				t.Errorf("%s: at %v: got %v, want %v", name, p, got, c.want)
			}
		}
	}
}

// What Develop makes of a photo can be shown, however thin: the market makes
// its small copy with Thumbnail.
func TestThinPhotosAreShown(t *testing.T) {
	for _, size := range []image.Point{{6000, 200}, {200, 6000}, {64, 20000}} {
		photo, err := Develop(bytes.NewReader(jpegOf(t, image.NewGray(image.Rectangle{Max: size}))))
		if err != nil {
			t.Fatalf("%v: got %v, want no error", size, err)
		}
		thumb, err := Thumbnail(photo.Full)
		if err != nil {
			t.Errorf("%v: small copy: got %v, want no error", size, err)
		}
		if shape, err := jpeg.DecodeConfig(bytes.NewReader(thumb)); err != nil || max(shape.Width, shape.Height) != ThumbSide {
			t.Errorf("%v: small copy: got %v x %v, %v, want a longer side of %d", size, shape.Width, shape.Height, err, ThumbSide)
		}
	}
}

// grayOf is a JPEG of one shade: the 16 by 16 pixels of a small one, over and over.
func grayOf(t *testing.T, w, h int) []byte {
	t.Helper()
	const side = 16
	m := image.NewYCbCr(image.Rect(0, 0, side, side), image.YCbCrSubsampleRatio420)
	for _, plane := range [][]byte{m.Y, m.Cb, m.Cr} {
		copy(plane, bytes.Repeat([]byte{128}, len(plane)))
	}
	small := jpegOf(t, m)
	scan, end := bytes.Index(small, []byte{0xff, 0xda}), len(small)-2
	first := scan + 2 + int(binary.BigEndian.Uint16(small[scan+2:]))
	frame := bytes.Index(small, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(small[frame+5:], uint16(h))
	binary.BigEndian.PutUint16(small[frame+7:], uint16(w))
	all := bytes.Repeat(small[first:end], ((w+side-1)/side)*((h+side-1)/side))
	return slices.Concat(small[:first], all, small[end:])
}

// A phone's largest photo, of 48 megapixels, is taken.
func TestDevelopPhoneSizes(t *testing.T) {
	if testing.Short() {
		t.Skip("48 million pixels")
	}
	full, thumb := decoded(t, grayOf(t, 8064, 6048))
	if got := full.Bounds().Size(); got != (image.Point{1600, 1200}) {
		t.Errorf("full size: got %v, want 1600x1200", got)
	}
	if got := thumb.Bounds().Size(); got != (image.Point{480, 360}) {
		t.Errorf("small copy: got %v, want 480x360", got)
	}
}

// pngHeader is a PNG that promises w x h pixels and has none.
func pngHeader(t *testing.T, w, h uint32) []byte {
	t.Helper()
	in := pngOf(t, image.NewGray(image.Rect(0, 0, 64, 64)))
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
		"nothing":                  {nil, ErrPhotoEmpty},
		"HTML named .jpg":          {[]byte("<!doctype html><script>alert(1)</script>" + strings.Repeat(" ", 500)), ErrPhotoUnreadable},
		"SVG":                      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"/>`), ErrPhotoUnreadable},
		"cut":                      {good[:len(good)/2], ErrPhotoUnreadable},
		"cut in the header":        {good[:10], ErrPhotoUnreadable},
		"a decompression bomb":     {pngHeader(t, 30000, 30000), ErrPhotoTooLarge},
		"a WebP bomb":              {webpOf(16384, 16384), ErrPhotoTooLarge},
		"a WebP with a bomb in it": {webpFile(100, 80, anim, frame(0, 0, 100, 80, webpPixels(16384, 16384, color.NRGBA(red)))), ErrPhotoUnreadable},
		"a frame outside":          {webpFile(100, 80, anim, chunk{"ANMF", make([]byte, 15)}), ErrPhotoUnreadable},
		"50 megapixels, cut":       {pngHeader(t, 8064, 6048), ErrPhotoUnreadable},
		"more":                     {pngHeader(t, 8192, 6144), ErrPhotoTooLarge},
		"a wider bomb":             {pngHeader(t, 1<<31-1, 1<<31-1), nil},
		"too many bytes":           {append(bytes.Clone(good), make([]byte, MaxUpload)...), ErrPhotoTooLarge},
		"too narrow":               {jpegOf(t, corners(63, 200)), ErrPhotoTooSmall},
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
	_, err := Develop(io.MultiReader(strings.NewReader("\xff\xd8\xff"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

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
	for _, in := range [][]byte{
		good, good[:len(good)/2], inkJPEG(255, 0, 255, 0),
		withEXIF(good, binary.LittleEndian, 6), withEXIF(good, binary.BigEndian, 8),
		withProfile(good, displayP3, 100), withProfile(inkJPEG(255, 0, 255, 0), press(), 60000),
		withChunk(withChunk(pngOf(f, corners(64, 64)), "iCCP", iccp(displayP3)), "eXIf", exifOf(binary.BigEndian, 6)),
		webpOf(64, 64), webpFile(64, 64, onTheLeft, lossyRed),
		webpFile(64, 64, chunk{"ICCP", displayP3}, lossyCorners, chunk{"EXIF", exifOf(binary.BigEndian, 6)}),
		webpFile(100, 80, anim, frame(20, 10, 64, 64, onTheLeft, lossyRed)), animatedGIF(f),
	} {
		f.Add(in)
	}
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
		if _, err := Thumbnail(got.Full); err != nil {
			t.Errorf("the result has no small copy: %v", err)
		}
	})
}

func FuzzNotes(f *testing.F) {
	good := jpegOf(f, corners(64, 64))
	f.Add(withEXIF(good, binary.LittleEndian, 6)[:64])
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II*\x00\xff\xff\xff\xff"))
	f.Add(webpFile(64, 64, chunk{"ICCP", displayP3}, chunk{"EXIF", exifOf(binary.BigEndian, 6)}))
	f.Fuzz(func(t *testing.T, in []byte) {
		n := readNotes(in)
		exifOrientation(n.exif)
		if most := max(len(in), maxProfile); len(n.profile) > most {
			t.Errorf("got a profile of %d bytes, want at most %d", len(n.profile), most)
		}
	})
}

func BenchmarkDevelop(b *testing.B) {
	in := jpegOf(b, corners(4000, 3000))
	for b.Loop() {
		if _, err := Develop(bytes.NewReader(in)); err != nil {
			b.Fatal(err)
		}
	}
}
