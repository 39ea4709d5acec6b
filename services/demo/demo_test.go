package demo

import (
	"image/jpeg"
	"io/fs"
	"strings"
	"testing"
)

// Every picture that a listing names is there and said in words, of a shape that
// photos are taken in, and none is carried along that nothing shows.
func TestPictures(t *testing.T) {
	stalls, err := Stalls()
	if err != nil {
		t.Fatal(err)
	}
	shown, shapes := map[string]bool{}, map[string]int{}
	for _, stall := range stalls {
		shown[stall.Picture()] = true
		for _, l := range stall.Listings {
			if len(l.Photos) == 0 {
				t.Errorf("%q: got no photos, want one", l.Title)
			}
			for _, p := range l.Photos {
				shown[p.Photo] = true
				if p.Alt == "" {
					t.Errorf("%s of %q: got no text, want what it shows", p.Photo, l.Title)
				}
			}
		}
	}
	for name := range shown {
		f, err := Photo(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		defer f.Close()
		shape, err := jpeg.DecodeConfig(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		switch {
		case shape.Width < 300:
			shapes["tiny"]++
		case shape.Width > 2*shape.Height:
			shapes["panorama"]++
		case shape.Width > shape.Height:
			shapes["landscape"]++
		case shape.Width == shape.Height:
			shapes["square"]++
		default:
			shapes["portrait"]++
		}
	}
	for _, want := range []string{"tiny", "panorama", "landscape", "square", "portrait"} {
		if shapes[want] == 0 {
			t.Errorf("shapes: got none that is %s in %v", want, shapes)
		}
	}
	files, err := fs.Glob(samples, "samples/*.jpg")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimPrefix(file, "samples/"); !shown[name] {
			t.Errorf("%s: no listing shows it", name)
		}
	}
}
