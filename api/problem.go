package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// problemBase precedes the word in a problem's type.
const problemBase = "/problems/"

// The words that only HTTP needs, beside the closed list of refusals.
const (
	wordTooManyRequests  = "too-many-requests"
	wordUnauthorized     = "unauthorized"
	wordScopeMissing     = "scope-missing"
	wordPrecondition     = "precondition-failed"
	wordKeyReused        = "idempotency-key-reused"
	wordPhotoUnusable    = "photo-unusable"
	wordMethodNotAllowed = "method-not-allowed"
	wordTooSlow          = "too-slow"
	wordTooLarge         = "too-large"
	wordMediaType        = "media-type"
	wordInternal         = "internal"
)

// retryAfter is told with 429 and 503, in seconds.
const retryAfter = "5"

// Problem is problem+json (RFC 9457), as openapi.yaml describes it.
type Problem struct {
	Type     string         `json:"type"` // problemBase and a word of statuses
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail,omitempty"`
	Instance string         `json:"instance"` // the request's id
	Errors   []ProblemField `json:"errors,omitempty"`
	Check    string         `json:"check,omitempty"` // at which a message was unreadable; only where Config.Explains
	Parts    []string       `json:"parts,omitempty"` // of an instance that are not well; only of /readyz
}

// ProblemField is a part of a request that does not fit the document.
type ProblemField struct {
	Field string `json:"field"` // JSON pointer into the body, or a parameter's name
	Rule  string `json:"rule"`  // keyword of the document that it breaks
}

// misfit names parameters whose values fit the document by themselves, and are no values of
// their closed list together with the others.
type misfit []string

// Error implements error.
func (m misfit) Error() string { return "not in its closed list: " + strings.Join(m, ", ") }

// fields are m as an answer has them.
func (m misfit) fields() (all []ProblemField) {
	for _, name := range m {
		all = append(all, ProblemField{Field: name, Rule: "enum"})
	}
	return all
}

// status is how HTTP tells one word: its code, and a title for people.
type status struct {
	Code  int
	Title string
}

// statuses is the one place where refusals become HTTP. openapi.yaml lists the
// same words with the same statuses; a test holds the two together.
var statuses = map[string]status{
	string(scrip.Unreadable):        {http.StatusBadRequest, "The message cannot be read"},
	string(scrip.TxConflict):        {http.StatusConflict, "This transaction was used with other content"},
	string(scrip.UnknownAccount):    {http.StatusNotFound, "No such account"},
	string(scrip.KeyReplaced):       {http.StatusForbidden, "The account has replaced this key"},
	string(scrip.UnknownVendor):     {http.StatusNotFound, "No such merchant"},
	string(scrip.StallRevoked):      {http.StatusForbidden, "The broker no longer stands behind the stall"},
	string(scrip.Blocked):           {http.StatusForbidden, "The seller has blocked this buyer"},
	string(scrip.StallClosed):       {http.StatusConflict, "The stall takes no orders now"},
	string(scrip.NotYetInForce):     {http.StatusConflict, "The stall's certificate is not in force yet"},
	string(scrip.StallInForce):      {http.StatusConflict, "The stall is in force"},
	string(scrip.CounterStale):      {http.StatusConflict, "The counter is not above the last one"},
	string(scrip.ScripHeld):         {http.StatusConflict, "The account holds a live BrokerScrip"},
	string(scrip.ScripSpent):        {http.StatusConflict, "The scrip is spent"},
	string(scrip.ScripInvalid):      {http.StatusUnprocessableEntity, "The scrip is not valid"},
	string(scrip.ScripExpired):      {http.StatusUnprocessableEntity, "The scrip has expired"},
	string(scrip.ScripLocked):       {http.StatusConflict, "Another transaction holds the scrip"},
	string(scrip.ValueMismatch):     {http.StatusUnprocessableEntity, "The signed amounts differ"},
	string(scrip.PartyMismatch):     {http.StatusUnprocessableEntity, "The signed parties differ"},
	string(scrip.NotAnnounced):      {http.StatusConflict, "The exchange is not announced yet"},
	string(scrip.LockExpired):       {http.StatusConflict, "The time for the exchange is over"},
	string(scrip.AmountOutOfBounds): {http.StatusUnprocessableEntity, "The amount is out of bounds"},
	string(scrip.BankDeclined):      {http.StatusUnprocessableEntity, "The bank declined"},
	string(scrip.InsufficientScrip): {http.StatusUnprocessableEntity, "The scrip is worth less than that"},
	string(scrip.OfferChanged):      {http.StatusConflict, "The offer has changed"},
	string(scrip.OfferExpired):      {http.StatusUnprocessableEntity, "The offer has expired"},
	string(scrip.OutOfStock):        {http.StatusConflict, "Out of stock"},
	string(scrip.NotDelivered):      {http.StatusUnprocessableEntity, "Not delivered there"},
	string(scrip.PromiseMismatch):   {http.StatusConflict, "Not the protection that the seller promised"},
	string(scrip.PriceMismatch):     {http.StatusUnprocessableEntity, "Not the price the seller signed"},
	string(scrip.FloatShort):        {http.StatusUnprocessableEntity, "The merchant's float does not cover it"},
	string(scrip.EarnedShort):       {http.StatusUnprocessableEntity, "The merchant has not earned that much"},
	string(scrip.MandateInvalid):    {http.StatusUnprocessableEntity, "The mandate is not valid"},
	string(scrip.AlreadyRecorded):   {http.StatusConflict, "The purchase is recorded already"},
	string(scrip.NameInvalid):       {http.StatusUnprocessableEntity, "The name cannot be used"},
	string(scrip.OutOfTurn):         {http.StatusConflict, "Another event came first"},
	string(scrip.TooMany):           {http.StatusUnprocessableEntity, "Too many"},
	string(scrip.Unavailable):       {http.StatusServiceUnavailable, "Not available now"},
	string(scrip.NotFound):          {http.StatusNotFound, "Not found"},

	wordUnauthorized:  {http.StatusUnauthorized, "A seller's key is needed"},
	wordScopeMissing:  {http.StatusForbidden, "The key may not do this"},
	wordPrecondition:  {http.StatusPreconditionFailed, "It is not as you knew it"},
	wordKeyReused:     {http.StatusUnprocessableEntity, "This Idempotency-Key was used for another request"},
	wordPhotoUnusable: {http.StatusUnprocessableEntity, "The photo cannot be used"},

	wordTooManyRequests:  {http.StatusTooManyRequests, "Too many requests"},
	wordMethodNotAllowed: {http.StatusMethodNotAllowed, "This method is not allowed here"},
	wordTooSlow:          {http.StatusRequestTimeout, "The request body did not arrive in time"},
	wordTooLarge:         {http.StatusRequestEntityTooLarge, "The request body is too large"},
	wordMediaType:        {http.StatusUnsupportedMediaType, "The request body must be application/json"},
	wordInternal:         {http.StatusInternalServerError, "Internal error"},
}

// refuse answers a request with err: its refusal, or "internal" for what is our
// own fault. The error's text goes to the log only.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	refusal, ok := scrip.AsRefusal(err)
	var unlisted misfit
	switch word, about := sellersWord(err); {
	case word != "":
		problem(w, r, word, about...)
	case errors.As(err, &unlisted):
		problem(w, r, string(scrip.Unreadable), unlisted.fields()...)
	case ok && refusal.Valid():
		if err.Error() != string(refusal) {
			note(r).err = err
		}
		if note(r).explains {
			note(r).check = scrip.FailedCheck(err)
		}
		problem(w, r, string(refusal))
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		note(r).err = err
		problem(w, r, string(scrip.Unavailable))
	default:
		note(r).err = err
		problem(w, r, wordInternal)
	}
}

// problem answers a request with one word of statuses and the parts of the
// request it is about, if any.
func problem(w http.ResponseWriter, r *http.Request, word string, about ...ProblemField) {
	told := statuses[word]
	n := note(r)
	n.word = word
	p := Problem{
		Type: problemBase + word, Title: told.Title, Status: told.Code, Instance: n.id, Errors: about, Check: n.check, Parts: n.parts,
	}
	if len(about) > 0 {
		p.Detail = "The request does not fit the document at /openapi.yaml."
	}
	body, err := json.Marshal(p)
	if err != nil {
		n.err = err
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if told.Code == http.StatusServiceUnavailable || told.Code == http.StatusTooManyRequests {
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", retryAfter)
		}
	}
	w.WriteHeader(told.Code)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body); err != nil && n.err == nil {
		n.err = err
	}
}

// parseProblem reads the word out of problem+json; "" for anything else. It
// believes nothing but the type.
func parseProblem(body []byte) string {
	var p Problem
	if err := jose.Decode(body, &p); err != nil {
		return ""
	}
	word, ok := strings.CutPrefix(p.Type, problemBase)
	if _, known := statuses[word]; !ok || !known {
		return ""
	}
	return word
}
