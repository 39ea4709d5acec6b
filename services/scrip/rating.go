package scrip

import "peerscrip/jose"

// Bounds on ratings.
const (
	MaxStars       = 5
	MaxWords       = 500               // characters of a rating, and of its answer
	MaxRatingsPage = 50                // that a broker shows at once
	RatingChanges  = 30 * 24 * 60 * 60 // seconds in which a rating may be replaced by another
)

// Rating is RATE: a pseudonym rates a purchase of its own, once; another RATE takes
// its place for RatingChanges.
type Rating struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"` // tx of T10
	Stars    int      `json:"stars"`    // 1 to MaxStars
	Words    string   `json:"words"`    // may be empty
	Counter  int64    `json:"counter"`  // greater than in the RATE that it takes the place of
}

// RatingAnswer is ANSWER: the merchant's one answer to a rating.
type RatingAnswer struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"`
	Rating   string   `json:"rating"` // digest of the RATE that is answered
	Words    string   `json:"words"`
}

// PublicRating is a rating as a broker publishes it, with its answer. Both are as
// they were signed: a broker makes no good rating bad.
type PublicRating struct {
	Number     int64  // of its purchase, among all that were rated, from 1
	At         int64  // unix seconds: when the broker logged it
	Rating     string // RATE's JWS, which brings its key
	AnsweredAt int64  // unix seconds; 0 without an answer
	Answer     string // ANSWER's JWS; empty without one
}

// RatingPage is ratings of a stall, the newest first: those numbered below Before,
// or all.
type RatingPage struct {
	Vendor VendorID
	Before int64 // 0: from the newest
}

// ReadRating reads a rating of a stall as its buyer signed it: PartyMismatch where
// it is of another.
func ReadRating(jws string, broker ID, vendor VendorID) (Opened[Rating], error) {
	m, err := Verify[Rating](jws, string(broker), nil)
	if err == nil && m.Body.Vendor != vendor {
		err = PartyMismatch
	}
	return m, err
}

// ReadRatingAnswer reads what a stall signed in answer to a rating: PartyMismatch
// where it is to another one.
func ReadRatingAnswer(jws string, broker ID, to Opened[Rating], stall Keys) (Opened[RatingAnswer], error) {
	m, err := Verify[RatingAnswer](jws, string(broker), stall)
	if err == nil && (m.Body.Vendor != to.Body.Vendor || m.Body.Purchase != to.Body.Purchase || m.Body.Rating != to.Digest ||
		m.From != string(to.Body.Vendor)) {
		err = PartyMismatch
	}
	return m, err
}

// ToldRating is a rating that was verified, and its answer.
type ToldRating struct {
	Number, At int64  // as in PublicRating
	Digest     string // of its RATE
	Rating
	AnsweredAt int64
	Answer     string // the merchant's words; empty without an answer
}

// ReadRatings reads what a broker published of a stall. What is not as it was signed,
// or of another stall, is left out.
func ReadRatings(list []PublicRating, broker ID, vendor VendorID, stall Keys) []ToldRating {
	var told []ToldRating
	for _, r := range list {
		m, err := ReadRating(r.Rating, broker, vendor)
		if err != nil {
			continue
		}
		one := ToldRating{Number: r.Number, At: r.At, Digest: m.Digest, Rating: m.Body}
		if answer, err := ReadRatingAnswer(r.Answer, broker, m, stall); err == nil {
			one.AnsweredAt, one.Answer = r.AnsweredAt, answer.Body.Words
		}
		told = append(told, one)
	}
	return told
}

// Rated is a RATE as a broker keeps it. Written down, it is NotFound where the
// purchase was rated by another, CounterStale where a later one was taken, and
// AlreadyRecorded where it is too late to replace it.
type Rated struct {
	Rating
	Pseudonym Pseudonym
	JWS       string
	At        int64 // unix seconds
}

// Answered is an ANSWER as a broker keeps it: NotFound unless the rating stands,
// AlreadyRecorded where it has an answer.
type Answered struct {
	RatingAnswer
	JWS string
	At  int64 // unix seconds
}

// Type returns the message's typ on the wire.
func (Rating) Type() string { return "RATE" }

// Type returns the message's typ on the wire.
func (RatingAnswer) Type() string { return "ANSWER" }

// Valid checks the form of RATE.
func (m Rating) Valid() error {
	if err := valid(m.Vendor.Valid() && m.Purchase.Valid() && validTime(m.Counter)); err != nil {
		return err
	}
	if m.Stars < 1 || m.Stars > MaxStars {
		return TooMany
	}
	return validText(m.Words, 0, MaxWords, true)
}

// Valid checks the form of ANSWER.
func (m RatingAnswer) Valid() error {
	if err := valid(m.Vendor.Valid() && m.Purchase.Valid() && jose.ValidDigest(m.Rating)); err != nil {
		return err
	}
	return validText(m.Words, 1, MaxWords, true)
}
