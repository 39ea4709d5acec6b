package web

import (
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// maxDraftKey is how long a draft's key may be: it goes through the session.
const maxDraftKey = 160

// formMemory is how much of an upload is held in memory; the rest waits in temporary files until the request ends.
const formMemory = 1 << 20

// uploads bounds the forms with photos that are read at the same time, and those of one stall, so that one seller does
// not keep the others out: above it the answer is 503.
type uploads struct {
	mu    sync.Mutex
	all   int            // under mu
	under map[string]int // under mu: by vendor
}

const (
	maxUploads        = 16
	maxUploadsOfStall = 2
)

// begin takes a place, or returns false; done gives it back.
func (u *uploads) begin(vendor string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all >= maxUploads || u.under[vendor] >= maxUploadsOfStall {
		return false
	}
	if u.under == nil {
		u.under = map[string]int{}
	}
	u.all++
	u.under[vendor]++
	return true
}

func (u *uploads) done(vendor string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.all--
	if u.under[vendor]--; u.under[vendor] == 0 {
		delete(u.under, vendor)
	}
}

// readListing reads the form and keeps its new photos at once, so that a mistake elsewhere in the form does not cost
// the seller the upload. It must be called once, by the handler that owns the request. scrip.Unavailable: too many are
// being read.
func (s *server) readListing(r *http.Request, d Desk) (listingForm, error) {
	vendor := string(d.Current().Vendor)
	if !s.uploads.begin(vendor) {
		return listingForm{}, scrip.Unavailable
	}
	defer s.uploads.done(vendor)
	if err := r.ParseMultipartForm(formMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			return listingForm{}, scrip.Unreadable
		}
		return listingForm{}, fmt.Errorf("read the form: %w", err)
	}
	v := r.PostForm
	f := listingForm{
		Title: scrip.CleanLine(v.Get("title")), Description: scrip.Clean(v.Get("description")),
		Category: v.Get("category"), Condition: v.Get("condition"),
		Price: scrip.CleanLine(v.Get("price")), Trade: readTrade(v), Quantity: scrip.CleanLine(v.Get("quantity")),
		Version: v.Get("version"), Stock: v.Get("stock"), Draft: cut(v.Get("draft"), maxDraftKey),
	}
	if err := s.takePreset(r.Context(), d, &f, v.Get("delivery")); err != nil {
		return listingForm{}, err
	}
	for slot := range scrip.MaxPhotos {
		f.keep(r, strconv.Itoa(slot))
	}
	return f, f.takePhotos(r, d)
}

// keep takes one of the photos that were there, unless it was taken off.
func (f *listingForm) keep(r *http.Request, n string) {
	p := scrip.OfferPhoto{Digest: r.PostForm.Get("photo-" + n), Alt: scrip.CleanLine(r.PostForm.Get("alt-" + n))}
	if p.Digest != "" && r.PostForm.Get("drop-"+n) == "" {
		f.place(p, r.PostForm.Get("cover") == n)
	}
}

func (f *listingForm) place(p scrip.OfferPhoto, cover bool) {
	if cover {
		f.Cover = len(f.Photos)
	}
	f.Photos = append(f.Photos, p)
}

// takePhotos takes the new photos, in the order in which they were chosen, as many as there is room for. What is said
// of each is named by that order.
func (f *listingForm) takePhotos(r *http.Request, d Desk) error {
	var left []string
	for i, file := range r.MultipartForm.File["photos"] {
		if file.Filename == "" && file.Size == 0 {
			continue // a browser sends one like this where none was chosen
		}
		name, n := scrip.CleanLine(file.Filename), "new-"+strconv.Itoa(i)
		if len(f.Photos) >= scrip.MaxPhotos {
			left = append(left, name)
			continue
		}
		alt := scrip.CleanLine(r.PostForm.Get("alt-" + n))
		digest, fault, err := keepPhoto(r, d, file)
		switch {
		case err != nil:
			return err
		case fault == "":
			f.place(scrip.OfferPhoto{Digest: digest, Alt: alt}, r.PostForm.Get("cover") == n)
		case alt == "":
			f.PhotoFaults = append(f.PhotoFaults, name+": "+fault)
		default:
			f.PhotoFaults = append(f.PhotoFaults, tr(r.Context(), "{{.Name}}: {{.Fault}} You described it as {{.Words}}.", "Name", name, "Fault", fault, "Words", quote(r.Context(), alt)))
		}
	}
	if len(left) > 0 {
		f.PhotoFaults = append(f.PhotoFaults, tr(r.Context(), "A listing has at most {{.Most}} photos. Left out: {{.Names}}.", "Most", scrip.MaxPhotos, "Names", strings.Join(left, ", ")))
	}
	return nil
}

// noRoomForPhotos is said of a photo that the stall has no room for.
func noRoomForPhotos(ctx context.Context) string {
	return tr(ctx, "Your stall has no room for more photos: it holds {{.Size}} MB. Take photos off listings that do not need them; they make room a day later.", "Size", merchant.MaxPhotoBytes>>20)
}

// keepPhoto hands one file to the stall, which decides whether it is a photo. The fault says in a sentence why not.
func keepPhoto(r *http.Request, d Desk, header *multipart.FileHeader) (digest, fault string, err error) {
	file, err := header.Open()
	if err != nil {
		return "", "", fmt.Errorf("open an uploaded photo: %w", err)
	}
	defer file.Close()
	digest, err = d.AddPhoto(r.Context(), file)
	var wrong merchant.PhotoError
	switch {
	case errors.As(err, &wrong):
		return "", tr(r.Context(), wrong.Error()), nil
	case errors.Is(err, scrip.TooMany):
		return "", noRoomForPhotos(r.Context()), nil
	case err != nil:
		return "", "", fmt.Errorf("keep a photo: %w", err)
	}
	return digest, "", nil
}

// takenPhoto is a photo that the stall keeps for a listing to come.
type takenPhoto struct {
	Digest string `json:"digest"`
}

// takePhoto keeps one photo, the body of the request, before the form that names it comes: one that no listing shows
// within a day is erased (merchant.Stall.AddPhoto). scrip.Unavailable: too many are being read.
func (s *server) takePhoto(r *http.Request, d Desk) (any, error) {
	vendor := string(d.Current().Vendor)
	if !s.uploads.begin(vendor) {
		return nil, scrip.Unavailable
	}
	defer s.uploads.done(vendor)
	digest, err := d.AddPhoto(r.Context(), r.Body)
	if errors.Is(err, scrip.TooMany) {
		return nil, merchant.PhotoError(noRoomForPhotos(r.Context()))
	}
	if err != nil {
		return nil, fmt.Errorf("keep a photo: %w", err)
	}
	return takenPhoto{digest}, nil
}

// dropFiles ends the temporary files of an upload, with the request: until then another desk may read them again, see owner.
func (s *server) dropFiles(r *http.Request) {
	if r.MultipartForm == nil {
		return
	}
	if err := r.MultipartForm.RemoveAll(); err != nil {
		s.log.WarnContext(r.Context(), "temporary files of an upload remain", "error", err)
	}
}
