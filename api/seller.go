package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Paths of the seller's programs that are not as the others.
const (
	sellerPrefix = "/v1/seller"
	batchPath    = sellerPrefix + "/batches"
	photoPath    = sellerPrefix + "/photos"
	feedPath     = sellerPrefix + "/events"
)

// What a key's limit is told in.
const (
	headerLimit     = "RateLimit-Limit"
	headerRemaining = "RateLimit-Remaining"
	headerReset     = "RateLimit-Reset"
)

// shown is the key that a request shows, and whose stall it is for.
type shown struct {
	stall  Seller
	vendor scrip.VendorID
	token  string
	scrip.SellerKey
	stream bool // events are asked for as a stream
}

type shownKey struct{}

// ofSeller returns what a request showed; keyed has seen to it.
func ofSeller(ctx context.Context) shown { return ctx.Value(shownKey{}).(shown) }

// keyed lets requests of sellers' programs through that show a key with the scope that the
// document asks for, as often as the key may ask. It comes before anything is read of them.
func (s *server) keyed(doc *openapi3.T, routes chi.Routes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			op := sellerOperation(doc, routes, r)
			if op == nil {
				next.ServeHTTP(w, r)
				return
			}
			if s.c.Sellers == nil {
				problem(w, r, string(scrip.NotFound))
				return
			}
			w.Header().Set("Cache-Control", "private, no-cache")
			by, err := s.showing(r)
			if err != nil {
				refuse(w, r, err)
				return
			}
			if by.ID == "" {
				w.Header().Set("WWW-Authenticate", `Bearer realm="peerscrip"`)
				problem(w, r, wordUnauthorized)
				return
			}
			if !s.quota.take(by.ID, w.Header()) {
				problem(w, r, wordTooManyRequests)
				return
			}
			if scope := scopeOf(op); scope != "" && !by.May(scope) {
				problem(w, r, wordScopeMissing)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), shownKey{}, by)))
		})
	}
}

// sellerOperation is the operation of a request that sellers' programs make; nil for any
// other, and for one that will be told that it is none.
func sellerOperation(doc *openapi3.T, routes chi.Routes, r *http.Request) *openapi3.Operation {
	if r.URL.Path != sellerPrefix && !strings.HasPrefix(r.URL.Path, sellerPrefix+"/") {
		return nil
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	at := chi.NewRouteContext()
	if !routes.Match(at, method, r.URL.Path) {
		return nil
	}
	item := doc.Paths.Value(at.RoutePattern())
	if item == nil {
		return nil
	}
	return item.GetOperation(method)
}

// scopeOf is the scope that an operation asks for; empty: any key will do.
func scopeOf(op *openapi3.Operation) scrip.Scope {
	scope, _ := op.Extensions["x-scope"].(string) // TestScopes
	return scrip.Scope(scope)
}

// showing finds the key that a request shows; a zero one where there is none, or none that
// the stall has, which is told apart for nobody.
func (s *server) showing(r *http.Request) (shown, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return shown{}, nil
	}
	vendor, err := merchant.VendorOfKey(token)
	if err != nil {
		return shown{}, nil
	}
	stall, err := s.c.Sellers.Seller(r.Context(), vendor)
	if errors.Is(err, scrip.UnknownVendor) {
		return shown{}, nil
	}
	if err != nil {
		return shown{}, err
	}
	key, err := stall.Key(r.Context(), token)
	if errors.Is(err, scrip.NotFound) {
		return shown{}, nil
	}
	return shown{stall: stall, vendor: vendor, token: token, SellerKey: key, stream: isStream(r)}, err
}

// keyRate is how many requests a minute one key has, where an address has so many; where that has no
// limit, as many as the document can tell.
func keyRate(perMinute int) int {
	if perMinute <= 0 {
		return 1_000_000
	}
	return max(perMinute/2, 1)
}

// keyQuota counts the requests of each key in this minute.
type keyQuota struct {
	clock func() time.Time
	most  int

	mu      sync.Mutex
	minute  int64                  // under mu
	asked   map[scrip.ID]int       // under mu; in minute
	streams map[scrip.ID]int       // under mu; open ones
	stalls  map[scrip.VendorID]int // under mu; open ones of all keys of a stall
}

// take counts a request, tells in its answer what is left, and reports whether it was one
// too many.
func (q *keyQuota) take(key scrip.ID, told http.Header) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	at := q.clock().Unix()
	if at/60 != q.minute || q.asked == nil {
		q.minute, q.asked = at/60, map[scrip.ID]int{}
	}
	q.asked[key]++
	reset := strconv.FormatInt(60-at%60, 10)
	told.Set(headerLimit, strconv.Itoa(q.most))
	told.Set(headerRemaining, strconv.Itoa(max(q.most-q.asked[key], 0)))
	told.Set(headerReset, reset)
	if q.asked[key] <= q.most {
		return true
	}
	told.Set("Retry-After", reset)
	return false
}

// Streams of events that are open at most: of one key, of all keys of one stall, and of all stalls.
const (
	streamsOfKey   = 4
	streamsOfStall = 12
	streamsOfAll   = 1000
)

// open counts a stream of a stall's key, unless there are too many.
func (q *keyQuota) open(vendor scrip.VendorID, key scrip.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.streams == nil {
		q.streams, q.stalls = map[scrip.ID]int{}, map[scrip.VendorID]int{}
	}
	all := 0
	for _, n := range q.stalls {
		all += n
	}
	if q.streams[key] >= streamsOfKey || q.stalls[vendor] >= streamsOfStall || all >= streamsOfAll {
		return false
	}
	q.streams[key]++
	q.stalls[vendor]++
	return true
}

func (q *keyQuota) close(vendor scrip.VendorID, key scrip.ID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.streams[key]--; q.streams[key] <= 0 {
		delete(q.streams, key)
	}
	if q.stalls[vendor]--; q.stalls[vendor] <= 0 {
		delete(q.stalls, vendor)
	}
}

// asked is a write as a program asks for it.
type asked struct {
	operation string
	key       string // Idempotency-Key
	about     scrip.ID
	match     string // If-Match
	body      any
}

// once has a write carried out once, for who answers with status.
func (s *server) once(ctx context.Context, a asked, status int, do func(context.Context) error, answer func(scrip.StallChange) (any, []scrip.ID)) (done, error) {
	all, err := json.Marshal([]any{a.operation, a.about, a.match, a.body})
	if err != nil {
		return done{}, fmt.Errorf("read a request: %w", err)
	}
	text, err := ofSeller(ctx).stall.Once(ctx, merchant.Request{Key: a.key, Digest: jose.Digest(all), Answer: answer}, do)
	return done{status, text}, err
}

// done is the answer to a write, as it was kept.
type done struct {
	status int
	text   string
}

func (d done) visit(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(d.status)
	_, err := io.WriteString(w, d.text)
	return err
}

// VisitSellerCreateOfferResponse writes the answer; so do the others.
func (d done) VisitSellerCreateOfferResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerChangeOfferResponse writes the answer.
func (d done) VisitSellerChangeOfferResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerRestockOfferResponse writes the answer.
func (d done) VisitSellerRestockOfferResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerEndOfferResponse writes the answer.
func (d done) VisitSellerEndOfferResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerAskResponse writes the answer.
func (d done) VisitSellerAskResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerEndPaymentLinkResponse writes the answer.
func (d done) VisitSellerEndPaymentLinkResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerBatchResponse writes the answer.
func (d done) VisitSellerBatchResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerSentResponse writes the answer.
func (d done) VisitSellerSentResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerMessageResponse writes the answer.
func (d done) VisitSellerMessageResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerRefundResponse writes the answer.
func (d done) VisitSellerRefundResponse(w http.ResponseWriter) error { return d.visit(w) }

// VisitSellerDeclineResponse writes the answer.
func (d done) VisitSellerDeclineResponse(w http.ResponseWriter) error { return d.visit(w) }

// errPrecondition says that something is not as its If-Match has it.
var errPrecondition = errors.New("it is not what If-Match names")

// errTooManyStreams says that no more streams of events are opened now.
var errTooManyStreams = errors.New("too many streams are open")

// sellersWord is how an error that only sellers' programs meet is told, and which part of the
// request it is about; empty for any other.
func sellersWord(err error) (word string, about []ProblemField) {
	var of merchant.Refused
	var photo merchant.PhotoError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &of):
		no, isRefusal := scrip.AsRefusal(err)
		if !isRefusal && !errors.Is(err, errPrecondition) {
			return "", nil
		}
		word = string(no)
		if no == scrip.OfferChanged || errors.Is(err, errPrecondition) {
			word = wordPrecondition
		}
		return word, []ProblemField{{Field: "/edits/" + strconv.Itoa(of.Edit), Rule: word}}
	case errors.Is(err, errPrecondition):
		return wordPrecondition, nil
	case errors.Is(err, errTooManyStreams):
		return wordTooManyRequests, nil
	case errors.Is(err, merchant.ErrKeyReused):
		return wordKeyReused, nil
	case errors.Is(err, merchant.ErrPhotoBusy):
		return string(scrip.Unavailable), nil
	case errors.As(err, &photo):
		return wordPhotoUnusable, nil
	case errors.As(err, &large):
		return wordTooLarge, nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return wordTooSlow, nil
	}
	return "", nil
}

// SellerAbout serves what a key is for.
func (s *server) SellerAbout(ctx context.Context, _ SellerAboutRequestObject) (SellerAboutResponseObject, error) {
	by, currency := ofSeller(ctx), s.c.Currency()
	about := SellerAbout200JSONResponse{
		Vendor: string(by.vendor), Stall: by.stall.Current().Name, Key: string(by.ID), Name: by.Name,
		Currency: currency.Code, Exponent: currency.Exponent,
	}
	for _, scope := range by.Scopes {
		about.Scopes = append(about.Scopes, SellerScope(scope))
	}
	return about, nil
}

// limitOf is how many a list is asked for.
func limitOf(asked int) int {
	if asked == 0 {
		return 50
	}
	return asked
}
