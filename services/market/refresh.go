package market

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"golang.org/x/sync/errgroup"

	"peerscrip/services/scrip"
)

// Refresh reads the directory and every stall in it. A directory that cannot
// be read is an error, and the stalls known before are read all the same. A
// stall that does not answer is no error: it is marked.
func (m *Market) Refresh(ctx context.Context) error {
	return m.round(ctx, func(scrip.VendorID) bool { return true })
}

// round reads the directory, then the stalls that are due.
func (m *Market) round(ctx context.Context, due func(scrip.VendorID) bool) error {
	unlisted := m.certify(ctx)
	stalls, err := m.Store.Certified(ctx)
	if err != nil {
		return errors.Join(unlisted, fmt.Errorf("list the certified stalls: %w", err))
	}
	var group errgroup.Group
	group.SetLimit(abreast)
	for _, s := range stalls {
		if !due(s.Vendor) {
			continue
		}
		group.Go(func() error {
			_, err := m.read(ctx, s)
			return err
		})
	}
	if err = group.Wait(); err == nil {
		err = m.Store.Settle(ctx, m.moment())
	}
	return errors.Join(unlisted, err)
}

// RefreshStall reads one stall now: call it when a stall hosted here was
// opened, changed what it offers, or sold. A vendor that is not in the
// directory is scrip.UnknownVendor; a stall that does not answer is
// scrip.Unavailable.
func (m *Market) RefreshStall(ctx context.Context, vendor scrip.VendorID) error {
	stall, err := m.known(ctx, vendor)
	if errors.Is(err, scrip.UnknownVendor) {
		if err := m.certifyOne(ctx, vendor); err != nil {
			return err
		}
		stall, err = m.known(ctx, vendor)
	}
	if err != nil {
		return err
	}
	answered, err := m.read(ctx, stall)
	if err != nil {
		return err
	}
	if !answered {
		return scrip.Unavailable
	}
	return nil
}

// known returns a stall that is certified as far as was read.
func (m *Market) known(ctx context.Context, vendor scrip.VendorID) (Stall, error) {
	if !vendor.Valid() {
		return Stall{}, scrip.UnknownVendor
	}
	found, err := m.Store.Stalls(ctx, vendor, m.moment())
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return Stall{}, fmt.Errorf("look up a stall: %w", err)
	}
	if len(found) == 0 || found[0].Revoked {
		return Stall{}, scrip.UnknownVendor
	}
	return found[0], nil
}

// certify takes over the directory, or the next part of one that is longer than is read
// of it at once: the good entries are certified, everything else in it is not.
func (m *Market) certify(ctx context.Context) error {
	m.certifying.Lock()
	defer m.certifying.Unlock()
	asking, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	part, err := m.Directory.Stalls(asking, m.next)
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	m.next = part.Next
	return m.takeOver(ctx, part)
}

// certifyOne takes over one entry of the directory.
func (m *Market) certifyOne(ctx context.Context, vendor scrip.VendorID) error {
	m.certifying.Lock()
	defer m.certifying.Unlock()
	asking, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	entry, err := m.Directory.Stall(asking, vendor)
	if errors.Is(err, scrip.UnknownVendor) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	return m.takeOver(ctx, scrip.DirectoryPart{Stalls: []scrip.CertifiedStall{entry}, After: vendor, Next: vendor})
}

// takeOver makes a part of the directory part of the catalogue. The caller holds
// m.certifying.
func (m *Market) takeOver(ctx context.Context, part scrip.DirectoryPart) error {
	listed, err := m.bounded(ctx, part)
	if err != nil {
		return err
	}
	now := m.now()
	if err := m.Store.Certify(ctx, Listed{Stalls: m.admitted(listed), At: now, Forget: now - month}); err != nil {
		return fmt.Errorf("take over the directory: %w", err)
	}
	return nil
}

// bounded are the stalls of a part of the directory that are not revoked, and those that
// are known from its other parts, up to MaxStalls. Where they are more,
// those stay that answered the last time, and of the others a new draw is taken each
// time: so stalls without number that are there in name alone hide none that opens later
// for long.
func (m *Market) bounded(ctx context.Context, part scrip.DirectoryPart) ([]scrip.CertifiedStall, error) {
	known, err := m.Store.Certified(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the certified stalls: %w", err)
	}
	listed := slices.DeleteFunc(slices.Clone(part.Stalls), func(s scrip.CertifiedStall) bool { return s.Revoked })
	if !part.Whole() {
		listed = append(listed, elsewhere(known, part)...)
	}
	over := max(len(listed)-MaxStalls, 0)
	m.unread.Store(int64(over))
	if over == 0 {
		return listed, nil
	}
	m.Log.Warn("the directory is too long", "stalls", len(listed), "read", MaxStalls)
	answered := map[scrip.VendorID]int{}
	for _, s := range known {
		if s.ReadAt > 0 && !s.Unreachable() {
			answered[s.Vendor] = 1
		}
	}
	rand.Shuffle(len(listed), func(i, j int) { listed[i], listed[j] = listed[j], listed[i] })
	slices.SortStableFunc(listed, func(a, b scrip.CertifiedStall) int { return answered[b.Vendor] - answered[a.Vendor] })
	return listed[:MaxStalls], nil
}

// elsewhere are the stalls that are known and not named in a part of the directory.
func elsewhere(known []Stall, part scrip.DirectoryPart) (list []scrip.CertifiedStall) {
	named := map[scrip.VendorID]bool{}
	for _, s := range part.Stalls {
		named[s.Vendor] = true
	}
	for _, s := range known {
		if !named[s.Vendor] {
			list = append(list, scrip.CertifiedStall{
				Vendor: s.Vendor, Name: s.Name, BaseURL: s.BaseURL, Certificate: s.Certificate, Record: s.Record,
			})
		}
	}
	return list
}

// admitted are the stalls with a good certificate, each once.
func (m *Market) admitted(listed []scrip.CertifiedStall) []Stall {
	now := m.now()
	seen := map[scrip.VendorID]bool{}
	var list []Stall
	for _, s := range listed {
		stall, err := certified(s, m.Keys, now)
		switch {
		case err == nil && !seen[stall.Vendor]:
			seen[stall.Vendor] = true
			list = append(list, stall)
		case err != nil && !s.Revoked:
			m.Log.Warn("stall is not taken into the catalogue", "vendor", s.Vendor, "err", err)
		}
	}
	return list
}

// read asks one stall and stores what it said, or that it said nothing, and
// reports which. The error is this program's fault.
func (m *Market) read(ctx context.Context, s Stall) (answered bool, err error) {
	done, err := m.turn(ctx, s.Vendor)
	if err != nil {
		return false, fmt.Errorf("wait to read stall %s: %w", s.Vendor, err)
	}
	defer done()
	cert, err := scrip.ReadCertificate(s.Certificate, s.Vendor, m.Keys)
	if err != nil {
		// The broker withdrew the key that signed it; the next directory tells.
		m.Log.Warn("stall's certificate is no longer good", "vendor", s.Vendor, "err", err)
		return false, m.miss(ctx, s)
	}
	if m.Draft != nil && m.Draft(cert) {
		return false, m.miss(ctx, s)
	}
	page, offers, tag, err := m.ask(ctx, cert)
	if ctx.Err() != nil {
		return false, fmt.Errorf("read stall %s: %w", s.Vendor, ctx.Err())
	}
	if err != nil {
		m.Log.Info("stall does not answer", "vendor", s.Vendor, "err", err)
		return false, m.miss(ctx, s)
	}
	now := m.now()
	reading := Reading{Vendor: s.Vendor, Page: page.Tidy(now), At: now, Forget: now - month}
	if tag != "" && tag == m.tags.of(s.Vendor) {
		reading.Same, reading.Unshown = true, s.Unshown
	} else if reading.Listings, reading.Unshown, err = m.admit(ctx, cert, offers, now); err != nil {
		return false, err
	}
	fresh, err := m.Store.Fill(ctx, reading)
	if err != nil {
		return false, fmt.Errorf("store what stall %s offers: %w", s.Vendor, err)
	}
	m.tags.keep(s.Vendor, tag)
	least := int64(0)
	if m.Near != nil && m.Near(s.Vendor) {
		least = NearEvery + rand.Int64N(NearEvery/2) // not all of them at once
	}
	m.pauses.rest(s.Vendor, now, fresh, least)
	return true, nil
}

// admit checks what a stall offers: what was filled in before is not verified again.
func (m *Market) admit(ctx context.Context, cert scrip.Certificate, offers []scrip.PublicOffer, now int64) (entries []Entry, over int, err error) {
	known, err := m.Store.Admitted(ctx, cert.Vendor)
	if err != nil {
		return nil, 0, fmt.Errorf("look up what stall %s offered before: %w", cert.Vendor, err)
	}
	a := admission{stall: cert, currency: m.Broker().Currency.Code, now: now, known: known}
	entries, refused, over := a.entries(offers)
	if refused+over > 0 {
		m.Log.Warn("offers are not taken into the catalogue", "vendor", cert.Vendor, "not good", refused, "too many", over)
	}
	return entries, over, nil
}

func (m *Market) ask(ctx context.Context, cert scrip.Certificate) (page scrip.StallPage, offers []scrip.PublicOffer, tag string, err error) {
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	if offers, tag, err = m.Source.Offers(ctx, cert, m.tags.of(cert.Vendor)); err != nil {
		return page, nil, "", fmt.Errorf("read offers: %w", err)
	}
	if page, err = m.Source.Page(ctx, cert); err != nil {
		return page, nil, "", fmt.Errorf("read what it says of itself: %w", err)
	}
	return page, offers, tag, nil
}

// miss marks a stall as not answering and lets it rest for longer each time.
func (m *Market) miss(ctx context.Context, s Stall) error {
	m.pauses.grow(s.Vendor, m.now())
	if err := m.Store.Miss(ctx, s.Vendor, m.now()); err != nil {
		return fmt.Errorf("mark stall %s: %w", s.Vendor, err)
	}
	return nil
}
