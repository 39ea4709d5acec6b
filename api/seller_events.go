package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// SellerEvents serves the events of a stall, as a list or as a stream.
func (s *server) SellerEvents(ctx context.Context, r SellerEventsRequestObject) (SellerEventsResponseObject, error) {
	by := ofSeller(ctx)
	after := r.Params.After
	if last, err := strconv.ParseInt(r.Params.LastEventID, 10, 64); err == nil {
		after = last
	}
	if by.stream {
		return &eventStream{ctx: ctx, by: by, after: after, quota: &s.quota, stopping: s.c.Stopping}, nil
	}
	feed, err := by.stall.Events(ctx, after, limitOf(r.Params.Limit))
	part := SellerEvents200JSONResponse{Events: make([]SellerEvent, len(feed.Events)), Next: feed.Next, Oldest: feed.Oldest}
	for i, e := range feed.Events {
		part.Events[i] = sellerEvent(e)
	}
	return part, err
}

// sellerEvent shows an event of a stall's feed.
func sellerEvent(e scrip.SellerEvent) SellerEvent {
	told := merchant.Tell(e)
	return SellerEvent{
		Event: told.Event, Kind: told.Kind, At: told.At, Order: string(told.Order), Seq: told.Seq, Refund: string(told.Refund), Offer: string(told.Offer),
		Purchase: string(told.Purchase),
	}
}

// isStream reports whether a request asks for events for as long as it lasts.
func isStream(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == feedPath && strings.Contains(r.Header.Get("Accept"), "text/event-stream")
}

// How often a stream looks for what another process told, and says that it is there; and how
// long a listener may take to read what was sent.
const (
	streamLooks = 5 * time.Second
	streamBeats = 15 * time.Second
	streamWaits = 30 * time.Second
	streamPart  = 100 // events that are read at a time
)

// eventStream is server-sent events for as long as somebody listens, and the key is there.
type eventStream struct {
	ctx      context.Context
	by       shown
	after    int64
	quota    *keyQuota
	stopping <-chan struct{}
}

// VisitSellerEventsResponse sends them. What cannot be sent any more is none's fault: who
// listened comes again with the last id.
func (e *eventStream) VisitSellerEventsResponse(w http.ResponseWriter) error {
	if !e.quota.open(e.by.vendor, e.by.ID) {
		return errTooManyStreams
	}
	defer e.quota.close(e.by.vendor, e.by.ID)
	to := http.NewResponseController(w)
	_ = to.SetReadDeadline(time.Time{}) // not every ResponseWriter has a connection
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	beat := time.Now()
	for {
		told := e.by.stall.Told()
		if err := e.send(w, to); err != nil {
			return nil
		}
		if time.Since(beat) >= streamBeats {
			if _, err := e.by.stall.Key(e.ctx, e.by.token); err != nil {
				return nil
			}
			if err := write(w, to, ": \n\n"); err != nil {
				return nil
			}
			beat = time.Now()
		}
		select {
		case <-told:
		case <-time.After(streamLooks):
		case <-e.ctx.Done():
			return nil
		case <-e.stopping:
			return nil
		}
	}
}

// send sends what there is.
func (e *eventStream) send(w http.ResponseWriter, to *http.ResponseController) error {
	for {
		feed, err := e.by.stall.Events(e.ctx, e.after, streamPart)
		if err != nil {
			return err
		}
		e.after = feed.Next
		var part strings.Builder
		for _, of := range feed.Events {
			data, err := json.Marshal(sellerEvent(of))
			if err != nil {
				return err
			}
			fmt.Fprintf(&part, "id: %d\nevent: %s\ndata: %s\n\n", of.Seq, of.Kind, data)
		}
		if err := write(w, to, part.String()); err != nil || len(feed.Events) < streamPart {
			return err
		}
	}
}

// write sends a part of a stream now.
func write(w http.ResponseWriter, to *http.ResponseController, part string) error {
	_ = to.SetWriteDeadline(time.Now().Add(streamWaits)) // not every ResponseWriter has a connection
	if _, err := w.Write([]byte(part)); err != nil {
		return err
	}
	return to.Flush()
}
