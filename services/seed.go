package services

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/demo"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// seed opens the sample stalls and lists their goods, unless they are there, and has
// the sample people of a new demo live.
func (h *house) seed(ctx context.Context) error {
	stalls, err := demo.Stalls()
	if err != nil {
		return err
	}
	for _, sample := range stalls {
		stall, err := h.sampleStall(ctx, sample)
		if err != nil {
			return fmt.Errorf("sample stall %q: %w", sample.Name, err)
		}
		if err := h.stock(ctx, stall, sample); err != nil {
			return fmt.Errorf("goods of sample stall %q: %w", sample.Name, err)
		}
		if err := present(ctx, stall, sample); err != nil {
			return fmt.Errorf("page of sample stall %q: %w", sample.Name, err)
		}
		if h.showcase == nil {
			h.showcase = stall
		}
	}
	if h.past.behind.Load() > 0 {
		if err := h.live(ctx); err != nil {
			return fmt.Errorf("sample people: %w", err)
		}
	}
	h.past.behind.Store(0)
	return h.market.Refresh(ctx)
}

// sampleStall returns the hosted stall of a sample seller, opened when it is not
// there.
func (h *house) sampleStall(ctx context.Context, sample demo.Stall) (*merchant.Stall, error) {
	for _, v := range h.host.Stalls() {
		if h.host.OpenedAs(v) == sample.Name {
			return h.host.Stall(ctx, v)
		}
	}
	return h.openSample(ctx, sample)
}

// openSample opens a sample seller's stall as a person's would be: an account, a
// draft, the broker's certificate, the opening. Each step repeated has the same
// outcome, so that a crash between two of them mends itself, but for an empty
// account at the bank.
func (h *house) openSample(ctx context.Context, sample demo.Stall) (*merchant.Stall, error) {
	owner, err := h.folder.SampleKeys(sample.Key, h.Random)
	if err != nil {
		return nil, err
	}
	reference, err := h.bank.OpenAccount(ctx)
	if err != nil {
		return nil, err
	}
	account, err := h.openAccount(ctx, owner.Signing, reference, sample.Name)
	if err != nil {
		return nil, err
	}
	draft, err := h.host.Draft(ctx, merchant.Opening{
		Name: sample.Name, About: sample.About, Account: account, Key: owner.Signing.Public(),
	})
	if err != nil {
		return nil, err
	}
	certificate, err := h.openStall(ctx, account, owner.Signing, scrip.StallRequest{
		Name: sample.Name, Signing: draft.Signing, Envelope: draft.Envelope, BaseURL: draft.BaseURL, Possession: draft.Possession,
	})
	if err != nil {
		return nil, err
	}
	vendor, err := h.host.Finish(ctx, draft.ID, certificate)
	if err != nil {
		return nil, err
	}
	return h.host.Stall(ctx, vendor)
}

// stock lists what is not listed yet.
func (h *house) stock(ctx context.Context, stall *merchant.Stall, from demo.Stall) error {
	listings, err := stall.Shelf.Listings(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, l := range listings {
		there[l.Title] = true
	}
	for _, sample := range from.Listings {
		if there[sample.Title] {
			continue
		}
		photos, fresh, err := developAll(sample.Photos)
		if err != nil {
			return fmt.Errorf("pictures of %q: %w", sample.Title, err)
		}
		_, err = stall.List(ctx, merchant.Item{
			Title: sample.Title, Description: sample.Description, Category: sample.Category,
			Condition: sample.Condition, Price: sample.Price, Quantity: sample.Quantity,
			Sub: sample.Sub, Attributes: sample.Attributes, Place: from.Place, Delivery: sample.Delivery(), SendWithin: from.SendWithin, CheckWithin: 3,
			Photos: photos, Fresh: fresh,
		})
		if err != nil {
			return fmt.Errorf("list %q: %w", sample.Title, err)
		}
	}
	return nil
}

// present gives a stall its page, with its picture, unless it was given one before.
func present(ctx context.Context, stall *merchant.Stall, from demo.Stall) (err error) {
	if _, err := stall.Shelf.Page(ctx); !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	f, err := demo.Photo(from.Picture())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	picture, err := stall.AddPhoto(ctx, f)
	if err != nil {
		return err
	}
	return stall.SetPage(ctx, scrip.StallPage{About: from.About, Place: from.Place.Town + ", " + from.Place.Country, Picture: picture})
}

// developAll makes the photos of a listing: what its offer says of them, and themselves.
func developAll(pictures []demo.Picture) (photos []scrip.OfferPhoto, fresh []scrip.Photo, err error) {
	for _, picture := range pictures {
		photo, err := develop(picture.Photo)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", picture.Photo, err)
		}
		photos = append(photos, scrip.OfferPhoto{Digest: photo.Digest, Alt: picture.Alt})
		fresh = append(fresh, photo)
	}
	return photos, fresh, nil
}

func develop(name string) (photo scrip.Photo, err error) {
	f, err := demo.Photo(name)
	if err != nil {
		return scrip.Photo{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return merchant.Develop(f)
}
