package cli

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand"
	"os"
	"path/filepath"
	"testing"

	"peerscrip/services/scrip"
)

// A photo of any size is small enough for a message, and no file that is none is one.
func TestSmallPhoto(t *testing.T) {
	noise, random := image.NewRGBA(image.Rect(0, 0, 1500, 900)), rand.New(rand.NewSource(1))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Intn(256))
	}
	for name, img := range map[string]image.Image{"noise": noise, "a dot": image.NewGray(image.Rect(0, 0, 1, 1)), "a line": image.NewGray(image.Rect(0, 0, 3000, 1))} {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "photo.png")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		small, err := smallPhoto(file)
		if err != nil || len(small) > scrip.MaxTalkPhoto {
			t.Fatalf("%s: %d bytes, %v, want at most %d", name, len(small), err, scrip.MaxTalkPhoto)
		}
		if shape, err := jpeg.DecodeConfig(bytes.NewReader(small)); err != nil || max(shape.Width, shape.Height) > scrip.MaxTalkSide {
			t.Errorf("%s: %+v, %v, want a JPEG of at most %d pixels on each side", name, shape, err, scrip.MaxTalkSide)
		}
	}
	file := filepath.Join(t.TempDir(), "letter.jpg")
	if err := os.WriteFile(file, []byte("Dear all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := smallPhoto(file); err != errPhoto {
		t.Errorf("a letter: got %v, want %v", err, errPhoto)
	}
}
