package merchant

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// format is one kind of picture file. The kinds are listed here, not taken from
// package image, where any import could add one.
type format struct {
	name   string
	is     func(b []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(b []byte) (image.Image, error)
}

var formats = []format{
	{"jpeg", begins("\xff\xd8\xff"), jpeg.DecodeConfig, decodes(jpeg.Decode)},
	{"png", begins("\x89PNG\r\n\x1a\n"), png.DecodeConfig, decodes(png.Decode)},
	{"gif", begins("GIF8"), gif.DecodeConfig, decodes(gif.Decode)},
	{"webp", isWebP, webp.DecodeConfig, decodeWebP},
}

// formatOf tells a picture's kind by its first bytes; nil for none of them.
func formatOf(b []byte) *format {
	for i := range formats {
		if formats[i].is(b) {
			return &formats[i]
		}
	}
	return nil
}

func begins(magic string) func([]byte) bool {
	return func(b []byte) bool { return bytes.HasPrefix(b, []byte(magic)) }
}

func decodes(decode func(io.Reader) (image.Image, error)) func([]byte) (image.Image, error) {
	return func(b []byte) (image.Image, error) { return decode(bytes.NewReader(b)) }
}

// safely decodes the first frame, whole, of the size that config tells: some
// animations begin with a part of it. A decoder that panics on a malformed
// picture has refused it.
func (f *format) safely(b []byte, size image.Point) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decode %s: panic: %v", f.name, p)
		}
	}()
	if img, err = f.decode(b); err != nil {
		return nil, err
	}
	if whole := (image.Rectangle{Max: size}); img.Bounds() != whole {
		canvas := image.NewRGBA(whole)
		draw.Draw(canvas, img.Bounds(), img, img.Bounds().Min, draw.Src)
		return canvas, nil
	}
	return img, nil
}

func encodeJPEG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
