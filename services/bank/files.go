package bank

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"

	"peerscrip/services/iso20022"
	"peerscrip/services/scrip"
)

// HouseAccount is the account at a bank of whoever runs the broker, to which customers transfer money and from which it goes to
// them, by files.
type HouseAccount struct {
	Name string
	IBAN string
	BIC  string // empty: not said
}

// Imported is what became of a bank's file.
type Imported struct {
	Message   string
	Credited  int // payments that were asked for
	Suspended int // money for nobody known
	Left      int // payments out that the bank made
	Returned  int // payments out that came back
	Refused   int // payments out that the bank did not take
	Known     int // what was taken with another file before
	// Foreign are debits that no order of ours is behind, in words: fees of the bank's, and what was done by hand.
	Foreign []string
	// Doubtful is what was not booked, in words, and may have to be: whoever runs the broker looks at it.
	Doubtful []string
}

// errTaken is a file that was taken before.
var errTaken = errors.New("this file was taken before, or another one with its message ID")

// Import books a bank's statement or notification: what it says came in, went out and came back, each once, whichever files tell of
// it; or takes payments back of which its status report says that it does not make them. A crash in the middle leaves what was booked;
// the same file goes on behind it. An error that is no fault of the books says what is wrong with the file.
func (g *Gateway) Import(ctx context.Context, file []byte) (Imported, error) {
	if g.House == nil {
		return Imported{}, errNoHouse
	}
	sum := sha256.Sum256(file)
	i := importing{g: g, at: g.Clock().Unix(), digest: base64.RawURLEncoding.EncodeToString(sum[:])}
	status, err := iso20022.ReadStatus(file)
	if err == nil {
		return i.once(ctx, status.Message, "pain.002 "+status.Message, func() error { return i.status(ctx, status) })
	}
	s, err := iso20022.Read(file)
	if err != nil {
		return Imported{}, err
	}
	i.file = s.Kind + " " + s.Message
	return i.once(ctx, s.Message, s.Message, func() error { return i.statement(ctx, s) })
}

// errNoHouse is what files need.
var errNoHouse = errors.New("no account at a bank is named: --bank-iban")

// importing is a file while it is booked.
type importing struct {
	Imported
	g      *Gateway
	at     int64
	digest string
	file   string // its kind and its message ID
	passed string // the last entry that was told otherwise before
}

// once books a file that was not taken before, and notes that it is taken.
func (i *importing) once(ctx context.Context, message, name string, book func() error) (Imported, error) {
	i.Message = message
	taken := scrip.BankFile{Message: name, Digest: i.digest, At: i.at}
	known, err := i.g.Till.Taken(ctx, taken)
	if known {
		err = errTaken
	}
	if err == nil {
		err = book()
	}
	if err != nil {
		return i.Imported, err
	}
	err = i.g.apply(ctx, i.at, &scrip.Banking{Taken: &taken})
	if errors.Is(err, scrip.AlreadyRecorded) {
		err = errTaken
	}
	return i.Imported, err
}
