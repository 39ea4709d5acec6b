package merchant

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// format is one kind of photo file. The kinds are listed here, not taken from
// package image, where any import could add one.
type format struct {
	name   string
	is     func(b []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"jpeg", begins("\xff\xd8\xff"), jpeg.DecodeConfig, jpeg.Decode},
	{"png", begins("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode},
	{"gif", begins("GIF8"), gif.DecodeConfig, gif.Decode},
	{"webp", isWebP, webp.DecodeConfig, webp.Decode},
}

// formatOf tells a photo's kind by its first bytes; nil for none of them.
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

func isWebP(b []byte) bool {
	return len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP"
}

// safely decodes. A decoder that panics on a malformed photo has refused it.
func (f *format) safely(b []byte) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decode %s: panic: %v", f.name, p)
		}
	}()
	return f.decode(bytes.NewReader(b))
}

func encodeJPEG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
