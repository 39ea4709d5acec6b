package api

import (
	"context"
	"net/http"
	"slices"

	"peerscrip/services/scrip"
)

// BrokerClient is a broker over HTTP. It implements [Broker].
type BrokerClient struct{ peer *Peer }

// Info reads who the broker is, but for its keys.
func (b BrokerClient) Info(ctx context.Context) (scrip.BrokerInfo, error) {
	resp, err := b.peer.client.BrokerInfo(ctx)
	out, err := answer[BrokerInfo](maxAnswer, resp, err)
	if err != nil {
		return scrip.BrokerInfo{}, err
	}
	return out.info()
}

// Keys reads the broker's KEYS after a serial. Believe them by scrip.Chain.
func (b BrokerClient) Keys(ctx context.Context, after int64) ([]string, error) {
	resp, err := b.peer.client.BrokerKeys(ctx, &BrokerKeysParams{After: after})
	out, err := answer[BrokerKeys](maxAnswer, resp, err)
	return out.Keys, err
}

// directory is what a peer said of its stalls, page by page.
type directory []directoryPage

type directoryPage struct {
	after scrip.VendorID
	tag   string // of the answer
	list  []scrip.CertifiedStall
}

// Stalls reads a part of the directory: of its pages, those that are not what they were.
func (b BrokerClient) Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error) {
	var known, read directory
	if last := b.peer.directory.Load(); last != nil {
		known = *last
	}
	part, err := scrip.ReadDirectory(ctx, func(ctx context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
		page, err := b.page(ctx, after, known)
		read = append(read, page)
		return page.list, err
	}, after)
	if err != nil {
		return scrip.DirectoryPart{}, err
	}
	b.peer.directory.Store(&read)
	return part, nil
}

// Directory reads one page of the directory.
func (b BrokerClient) Directory(ctx context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
	page, err := b.page(ctx, after, nil)
	return page.list, err
}

// page reads a page of the directory, or finds that it is the one that is known.
func (b BrokerClient) page(ctx context.Context, after scrip.VendorID, known directory) (directoryPage, error) {
	page := directoryPage{after: after}
	if i := slices.IndexFunc(known, func(p directoryPage) bool { return p.after == after }); i >= 0 {
		page = known[i]
	}
	var params CertifiedStallsParams
	if after != "" {
		params.After = (*string)(&after)
	}
	resp, err := b.peer.client.CertifiedStalls(ctx, &params, unless(page.tag))
	if err == nil && resp.StatusCode == http.StatusNotModified && page.tag != "" {
		return page, resp.Body.Close()
	}
	out, err := answer[StallDirectory](maxDirectory, resp, err)
	if err != nil {
		return directoryPage{}, err
	}
	page.tag, page.list = resp.Header.Get("ETag"), make([]scrip.CertifiedStall, len(out.Stalls))
	for i, s := range out.Stalls {
		page.list[i] = s.certified()
	}
	return page, nil
}

// Stall reads one entry of the directory.
func (b BrokerClient) Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error) {
	resp, err := b.peer.client.CertifiedStall(ctx, string(vendor))
	out, err := answer[CertifiedStall](maxAnswer, resp, err)
	return out.certified(), err
}

// Ratings reads what buyers said of a stall. They are not checked here: see
// scrip.ReadRating.
func (b BrokerClient) Ratings(ctx context.Context, page scrip.RatingPage) ([]scrip.PublicRating, error) {
	resp, err := b.peer.client.Ratings(ctx, string(page.Vendor), &RatingsParams{Before: page.Before})
	out, err := answer[Ratings](maxPage, resp, err)
	if err != nil {
		return nil, err
	}
	list := make([]scrip.PublicRating, len(out.Ratings))
	for i, r := range out.Ratings {
		list[i] = scrip.PublicRating{Number: r.Number, At: r.At, Rating: r.Rating, AnsweredAt: r.AnsweredAt, Answer: r.Answer}
	}
	return list, nil
}
