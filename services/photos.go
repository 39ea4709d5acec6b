package services

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// maxRecent is how many uploads are remembered that no listing shows yet.
const maxRecent = 1000

// room says what a stall may take up; noRoomForPhotos and noRoomForListings which
// bound of it is reached.
var (
	room = fmt.Sprintf("A stall has room for %d listings for sale and %d MB of photos.",
		merchant.MaxForSale, merchant.MaxPhotoBytes>>20)
	noRoomForPhotos = fmt.Sprintf("Your stall has no room for more photos: it holds %d MB. "+
		"Take photos off listings that do not need them; they make room a day later.", merchant.MaxPhotoBytes>>20)
	noRoomForListings = fmt.Sprintf("Your stall has %d listings for sale, and no more fit on it. "+
		"End one, then list this.", merchant.MaxForSale)
)

// photos keeps what sellers upload and shows what listings name.
type photos struct {
	*house

	mu     sync.Mutex
	recent map[string]string // under mu: digest of an upload -> its vendor
}

var _ web.Photos = (*photos)(nil)

func newPhotos(h *house) *photos { return &photos{house: h, recent: map[string]string{}} }

// Add develops a picture and keeps it with the vendor's stall.
func (p *photos) Add(ctx context.Context, vendor string, file []byte) (string, error) {
	stall, err := p.own(ctx, vendor)
	if err != nil {
		return "", err
	}
	image, err := merchant.Develop(bytes.NewReader(file))
	var refused merchant.PhotoError
	if errors.As(err, &refused) {
		return "", web.Invalid{"photo": refused.Error()}
	}
	if err != nil {
		return "", err
	}
	err = stall.Shelf.Apply(ctx, scrip.Change{At: p.Clock().Unix(), Stall: &scrip.StallChange{Photos: []scrip.Photo{image}}})
	if errors.Is(err, scrip.TooMany) {
		return "", web.Invalid{"photo": noRoomForPhotos}
	}
	if err == nil {
		p.remember(image.Digest, vendor)
	}
	return image.Digest, err
}

func (p *photos) remember(digest, vendor string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.recent) >= maxRecent {
		clear(p.recent) // they are previews: losing some costs a picture on a form
	}
	p.recent[digest] = vendor
}

// Image returns a picture that a listing of the catalogue names, or one just
// uploaded here.
func (p *photos) Image(ctx context.Context, digest string, thumb bool) ([]byte, string, error) {
	const mediaType = "image/jpeg"
	body, err := p.market.Photo(ctx, digest, thumb)
	if !errors.Is(err, scrip.NotFound) {
		return body, mediaType, err
	}
	p.mu.Lock()
	vendor, ok := p.recent[digest]
	p.mu.Unlock()
	if !ok {
		return nil, "", scrip.NotFound
	}
	stall, err := p.own(ctx, vendor)
	if err != nil {
		return nil, "", err
	}
	image, err := stall.Photo(ctx, digest)
	if thumb {
		return image.Thumb, mediaType, err
	}
	return image.Full, mediaType, err
}
