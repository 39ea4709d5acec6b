package web

import (
	"context"
	"strconv"

	"peerscrip/services/scrip"
)

// picture is a photo on a page.
type picture struct {
	Full, Thumb, Alt string
}

func pictures(photos []scrip.OfferPhoto) []picture {
	var all []picture
	for _, p := range photos {
		all = append(all, picture{Full: photoPath(p.Digest), Thumb: thumbPath(p.Digest), Alt: p.Alt})
	}
	return all
}

// photoID is the anchor of one of several photos.
func photoID(i int) string { return "photo-" + strconv.Itoa(i+1) }

// photoAlt is what a photo shows; the seller may not have said.
func photoAlt(ctx context.Context, alt string) string {
	if alt == "" {
		return tr(ctx, "photo by the seller, not described")
	}
	return alt
}
