package jose_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"peerscrip/jose"
)

// Claim C19: cost against message size. Sizes are those of a text in the body.
//
//	go test ./jose -run - -bench . -benchmem

var sizes = []int{700, 7_000, 70_000}

func bench(b *testing.B, run func(b *testing.B, w world, m jose.Message)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("%dB", n), func(b *testing.B) {
			w := newWorld()
			m := w.issue()
			m.Body, m.Attach = map[string]string{"text": strings.Repeat("x", n)}, map[string]any{"secret": w.reply.Encode()}
			b.SetBytes(int64(n))
			b.ReportAllocs()
			run(b, w, m)
		})
	}
}

func BenchmarkSign(b *testing.B) {
	bench(b, func(b *testing.B, w world, m jose.Message) {
		for b.Loop() {
			must(jose.Sign(rand.Reader, m, w.broker))
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	bench(b, func(b *testing.B, w world, m jose.Message) {
		s := must(jose.Sign(rand.Reader, m, w.broker))
		for b.Loop() {
			must(jose.Verify(s.JWS, w.expectIssue()))
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	bench(b, func(b *testing.B, w world, m jose.Message) {
		var n int
		for b.Loop() {
			n = len(must(jose.Seal(rand.Reader, m, w.broker, w.vendorEnvel.Public())))
		}
		b.ReportMetric(float64(n), "envelope-B")
	})
}

func BenchmarkOpen(b *testing.B) {
	bench(b, func(b *testing.B, w world, m jose.Message) {
		envelope := must(jose.Seal(rand.Reader, m, w.broker, w.vendorEnvel.Public()))
		keys := []jose.EnvelopeKey{w.vendorEnvel}
		for b.Loop() {
			must(jose.Open(envelope, keys, w.expectIssue()))
		}
	})
}

func BenchmarkReply(b *testing.B) {
	bench(b, func(b *testing.B, w world, m jose.Message) {
		for b.Loop() {
			must(jose.Reply(rand.Reader, m, w.broker, w.reply))
		}
	})
}

func BenchmarkOpenReply(b *testing.B) {
	bench(b, func(b *testing.B, w world, m jose.Message) {
		envelope := must(jose.Reply(rand.Reader, m, w.broker, w.reply))
		for b.Loop() {
			must(jose.OpenReply(envelope, w.reply, w.expectIssue()))
		}
	})
}
