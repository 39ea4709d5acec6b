package market

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

const (
	retryPhoto = 60   // seconds until a photo that failed is asked for again
	maxMissed  = 4096 // failures remembered
	maxAsked   = 4    // stalls asked for one photo
)

// errNoPlace says that too many other photos were being fetched, which tells
// nothing of this one.
var errNoPlace = errors.New("no place to fetch a photo")

// Photo returns a photo that a listing names, or its small copy, as JPEG. It
// comes from the catalogue's own store: fetched from a stall once, and only if
// its digest is the one that was signed. scrip.NotFound when no listing names
// it; scrip.Unavailable when no stall that does can be reached now.
func (m *Market) Photo(ctx context.Context, digest string, thumb bool) ([]byte, error) {
	if !jose.ValidDigest(digest) {
		return nil, scrip.NotFound
	}
	b, err := m.Store.Photo(ctx, digest, thumb)
	if err == nil {
		return b, nil
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return nil, fmt.Errorf("look up a photo: %w", err)
	}
	photo, err := m.fetchOnce(ctx, digest)
	if err != nil {
		return nil, err
	}
	if thumb {
		return photo.Thumb, nil
	}
	return photo.Full, nil
}

// fetchOnce fetches a photo, once for all who ask for it at the same time. A
// caller who leaves does not end it for the others.
func (m *Market) fetchOnce(ctx context.Context, digest string) (scrip.Photo, error) {
	if m.failedLately(digest) {
		return scrip.Photo{}, scrip.Unavailable
	}
	result := m.fetching.DoChan(digest, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.Timeout)
		defer cancel()
		photo, err := m.fetched(ctx, digest)
		if !errors.Is(err, scrip.ErrAbsent) { // by one who ended since the caller looked
			return photo, err
		}
		photo, err = m.fetch(ctx, digest)
		if errors.Is(err, scrip.Unavailable) && !errors.Is(err, errNoPlace) {
			m.failed(digest)
		}
		return photo, err
	})
	select {
	case r := <-result:
		photo, _ := r.Val.(scrip.Photo)
		return photo, r.Err
	case <-ctx.Done():
		return scrip.Photo{}, fmt.Errorf("wait for a photo: %w", ctx.Err())
	}
}

// fetched is a photo that is kept already. scrip.ErrAbsent: it is not.
func (m *Market) fetched(ctx context.Context, digest string) (photo scrip.Photo, err error) {
	if photo.Full, err = m.Store.Photo(ctx, digest, false); err != nil {
		return scrip.Photo{}, err
	}
	photo.Thumb, err = m.Store.Photo(ctx, digest, true)
	return photo, err
}

// fetch asks the stalls that show the photo, one after the other.
func (m *Market) fetch(ctx context.Context, digest string) (scrip.Photo, error) {
	stalls, err := m.Store.Showing(ctx, digest)
	if err != nil {
		return scrip.Photo{}, fmt.Errorf("find who shows a photo: %w", err)
	}
	if len(stalls) == 0 {
		return scrip.Photo{}, scrip.NotFound
	}
	for _, s := range stalls[:min(len(stalls), maxAsked)] {
		photo, err := m.fetchInTurn(ctx, s, digest)
		if errors.Is(err, errNoPlace) {
			return scrip.Photo{}, err
		}
		if err != nil {
			m.Log.Info("photo is not to be had", "vendor", s.Vendor, "digest", digest, "err", err)
			continue
		}
		if err := m.Store.Keep(ctx, photo, m.now(), m.PhotoBytes); err != nil {
			return scrip.Photo{}, fmt.Errorf("keep a photo: %w", err)
		}
		return photo, nil
	}
	return scrip.Photo{}, scrip.Unavailable
}

// fetchInTurn asks one stall when it is its turn. A stall that did not answer
// is left alone for a while, by those too that waited behind it.
func (m *Market) fetchInTurn(ctx context.Context, s Stall, digest string) (scrip.Photo, error) {
	if !m.silent.over(s.Vendor, m.now()) {
		return scrip.Photo{}, errors.New("the stall did not answer lately")
	}
	leave, err := m.lanes.enter(ctx, s.Vendor)
	if err != nil {
		return scrip.Photo{}, fmt.Errorf("%w: %w", scrip.Unavailable, errNoPlace)
	}
	defer leave()
	if !m.silent.over(s.Vendor, m.now()) {
		return scrip.Photo{}, errors.New("the stall did not answer lately")
	}
	ctx, cancel := context.WithTimeout(ctx, m.Timeout/2)
	defer cancel()
	return m.fetchFrom(ctx, s, digest)
}

// fetchFrom asks one stall and believes nothing but the digest.
func (m *Market) fetchFrom(ctx context.Context, s Stall, digest string) (scrip.Photo, error) {
	cert, err := scrip.ReadCertificate(s.Certificate, s.Vendor, m.Keys)
	if err != nil {
		return scrip.Photo{}, fmt.Errorf("check the certificate: %w", err)
	}
	full, err := m.Source.Photo(ctx, cert, digest)
	if err != nil {
		if !errors.Is(err, scrip.NotFound) && !errors.Is(err, scrip.ErrAbsent) {
			m.silent.grow(s.Vendor, m.now())
		}
		return scrip.Photo{}, fmt.Errorf("ask the stall: %w", err)
	}
	m.silent.end(s.Vendor)
	if len(full) > MaxPhoto || jose.Digest(full) != digest {
		return scrip.Photo{}, errors.New("not the photo that was signed")
	}
	// What is not a JPEG is not served, whoever signed it, and what is too
	// large to be shown is not decoded.
	shape, err := jpeg.DecodeConfig(bytes.NewReader(full))
	if err != nil || shape.Width*shape.Height > maxPixels {
		return scrip.Photo{}, errors.New("not a photo fit to be shown")
	}
	thumb, err := m.Thumb(full)
	if err != nil {
		return scrip.Photo{}, fmt.Errorf("make the small copy: %w", err)
	}
	return scrip.Photo{Digest: digest, Full: full, Thumb: thumb}, nil
}

// failed remembers that a photo cannot be had, for a while.
func (m *Market) failed(digest string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.missed) >= maxMissed {
		clear(m.missed)
	}
	m.missed[digest] = m.now() + retryPhoto
}

func (m *Market) failedLately(digest string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now() < m.missed[digest]
}
