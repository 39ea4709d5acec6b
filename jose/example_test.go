package jose_test

import (
	"crypto/rand"
	"fmt"

	"peerscrip/jose"
)

// A request and its reply, with all that each side needs.
func Example() {
	alice, _ := jose.NewSigningKey(rand.Reader)    // an account's key, known to the broker
	broker, _ := jose.NewSigningKey(rand.Reader)   // published in its key set
	letters, _ := jose.NewEnvelopeKey(rand.Reader) // the broker's, published too
	const aliceID, brokerID, tx = "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ", "AAAAAAAAAAAAAAAAAAAAAg"

	// Alice asks.
	replyKey, _ := jose.NewReplyKey(rand.Reader)
	envelope, err := jose.Seal(rand.Reader, jose.Message{
		Typ: "T1", Iss: aliceID, Aud: brokerID, Tx: tx, Iat: 1_790_000_000,
		Body:   map[string]any{"amount": 500},
		Attach: map[string]any{"reply_key": replyKey},
	}, alice, letters.Public())
	if err != nil {
		fmt.Println(err)
		return
	}

	// The broker opens, and answers whoever it was.
	request, err := jose.Open(envelope, []jose.EnvelopeKey{letters}, jose.Expect{
		Types: []string{"T1"}, Aud: brokerID,
		Key: func(iss, kid string, at int64) (jose.VerifyKey, error) {
			if iss == aliceID && kid == alice.Thumbprint() {
				return alice.Public(), nil
			}
			return jose.VerifyKey{}, jose.ErrUnknownKey
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var body struct {
		Amount int64 `json:"amount"`
	}
	var key jose.ReplyKey
	if request.DecodeBody(&body) != nil || request.DecodeAttachment("reply_key", &key) != nil {
		return
	}
	answer, err := jose.Reply(rand.Reader, jose.Message{
		Typ: "REFUSE", Iss: brokerID, Aud: request.Iss, Tx: request.Tx, Iat: 1_790_000_001,
		Body: map[string]any{"reason": "bank-declined"},
	}, broker, key)
	if err != nil {
		fmt.Println(err)
		return
	}

	// Alice reads the answer, which may be of two types.
	published := jose.JWKS{Signing: []jose.VerifyKey{broker.Public()}}
	reply, err := jose.OpenReply(answer, replyKey, jose.Expect{
		Types: []string{"T2", "REFUSE"}, Iss: brokerID, Aud: aliceID, Tx: tx,
		Key: func(_, kid string, _ int64) (jose.VerifyKey, error) { return published.SigningKey(kid) },
	})
	fmt.Println(body.Amount, reply.Typ, string(reply.Body), err)
	// Output: 500 REFUSE {"reason":"bank-declined"} <nil>
}
