package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/receipt"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/wallet"
)

// receiptsAtOnce is how many receipts are looked through at a time.
const receiptsAtOnce = 100

var errBare = mistake("what was signed of this order is not in this wallet any more: the backup it was restored from had no room for it")

// Bundle is a receipt bundle (docs/protocol.md): the file itself, which is said alike to people and as JSON.
type Bundle []byte

// MarshalJSON is the file.
func (b Bundle) MarshalJSON() ([]byte, error) { return b, nil }

func (b Bundle) print(p *page) { p.printf("%s", b) }

// BundleOf is the receipt bundle of a purchase, named by its tx or by the
// seller's number of the order. Without the order, neither
// what was bought nor the delivery note is in it.
func (w *Wallet) BundleOf(ctx context.Context, name string, withOrder bool) (Bundle, error) {
	r, err := w.findReceipt(ctx, scrip.ID(name))
	if err != nil {
		return nil, err
	}
	if r.IsBare() {
		return nil, errBare
	}
	info := w.Info(ctx)
	b := receipt.Bundle{
		Broker: info.ID, Vendor: r.Vendor, Certificate: r.Certificate, Offers: r.Offers(), Mandate: r.Mandate, Paid: r.Paid,
	}
	if withOrder {
		b.Order = r.Order
	}
	refunded, err := w.Refunded(ctx)
	if err != nil {
		return nil, err
	}
	b.Collected = refunded[r.Tx].Collected
	b.Logged, err = logged(ctx, w.broker, info, r.Mandate)
	if err != nil && w.config.Err == nil {
		slog.Warn("the broker's log does not prove the purchase yet", "tx", r.Tx, "err", err)
	} else if err != nil {
		w.aside("The market's log does not prove this purchase yet, so the receipt is without that proof (it has no \"logged\"). Give the command again in a few minutes.\n  (%v)\n", err)
	}
	return receipt.Make(b)
}

// findReceipt looks a receipt up by the purchase's tx, and then by its order.
func (w *Wallet) findReceipt(ctx context.Context, name scrip.ID) (wallet.Receipt, error) {
	r, err := w.Receipt(ctx, name)
	for offset := 0; errors.Is(err, scrip.ErrAbsent); offset += receiptsAtOnce {
		list, failed := w.Receipts(ctx, offset, receiptsAtOnce)
		if failed != nil {
			return wallet.Receipt{}, failed
		}
		if len(list) == 0 {
			return wallet.Receipt{}, unknown(name)
		}
		for _, r := range list {
			if r.OrderID == name {
				return r, nil
			}
		}
	}
	return r, err
}

// unknown says that there is no such order.
type unknown scrip.ID // what was named

// Error says where orders are named.
func (u unknown) Error() string {
	return fmt.Sprintf("no receipt of %q in this wallet: name an order as \"wallet receipts\" prints it", string(u))
}

// Is makes it scrip.ErrAbsent.
func (unknown) Is(target error) bool { return target == scrip.ErrAbsent }

// logged asks the broker to prove that its log has a mandate, and believes
// nothing but the proof.
func logged(ctx context.Context, broker api.BrokerClient, info scrip.BrokerInfo, mandate string) (*receipt.Logged, error) {
	digest := jose.Signed{JWS: mandate}.Digest()
	p, err := broker.MessageProof(ctx, digest)
	if err != nil {
		return nil, err
	}
	if _, err := p.Verify(info.ID, info.Ever()); err != nil {
		return nil, err
	}
	if _, err := p.Records(digest, scrip.Records{}.Type()); err != nil {
		return nil, err
	}
	return receipt.LoggedAs(p), nil
}

// ErrNotProven is returned by PrintVerified for a receipt that does not hold.
var ErrNotProven = errors.New("the receipt does not hold")

// PrintVerified says what the receipt bundle, or the signed heads, in a file prove to who trusts
// these keys: a file with the broker's KEYS, or the address of a broker; among
// them must be the fingerprint, if one is given.
func PrintVerified(ctx context.Context, w io.Writer, file, keys, fingerprint string) error {
	text, err := readBounded(file, receipt.MaxBundle)
	if err != nil {
		return err
	}
	if heads := tree.Heads(string(text)); len(heads) > 0 && len(heads) <= maxHeads && !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return printHeads(ctx, w, heads, keys, fingerprint)
	}
	b, err := receipt.Parse(text)
	if err != nil {
		return err
	}
	chain, currency, err := readKeys(ctx, keys, b.Broker)
	if err != nil {
		return err
	}
	if err := chain.Pinned(fingerprint); err != nil {
		return err
	}
	report := b.Verify(chain, currency)
	words := map[receipt.State]string{receipt.Proven: "proven", receipt.Missing: "not proven", receipt.False: "FALSE"}
	for _, f := range report.Findings {
		fmt.Fprintf(w, "%-10s  %s\n", words[f.State], f.Text)
	}
	fmt.Fprintln(w, "\nNo receipt proves:")
	for _, limit := range receipt.Limits() {
		fmt.Fprintf(w, "  %s\n", limit)
	}
	if !report.OK() {
		return ErrNotProven
	}
	fmt.Fprintln(w, "\nThe receipt holds.")
	return nil
}

// maxKeys is, in bytes, more than all KEYS that a broker may have.
const maxKeys = 4 << 20

// readKeys reads the chain of a broker's keys from a file, as /v1/broker/keys shows
// them, or from an address, which tells the broker's currency too.
func readKeys(ctx context.Context, from string, broker scrip.ID) (chain scrip.Chain, currency scrip.Currency, err error) {
	if isAddress(from) {
		peer, err := api.Dial(api.DialConfig{BaseURL: strings.TrimSuffix(from, "/")})
		if err != nil {
			return chain, currency, err
		}
		info, err := peer.Broker().Info(ctx)
		if err != nil {
			return chain, currency, err
		}
		if info.ID != broker {
			return chain, currency, fmt.Errorf("%w with the keys of %s: it is of another broker, %s", ErrNotProven, from, broker)
		}
		chain, err = scrip.Chain{Broker: broker}.Learn(ctx, peer.Broker().Keys)
		return chain, info.Currency, err
	}
	text, err := readBounded(from, maxKeys)
	if err != nil {
		return chain, currency, err
	}
	var said api.BrokerKeys
	if err := jose.Decode(text, &said); err != nil {
		return chain, currency, fmt.Errorf("%s holds no broker's keys as /v1/broker/keys shows them: %w", from, err)
	}
	chain, err = scrip.ReadChain(broker, said.Keys)
	return chain, currency, err
}

func isAddress(keys string) bool {
	return strings.HasPrefix(keys, "http://") || strings.HasPrefix(keys, "https://")
}

// readBounded reads a file of at most limit bytes, and one byte more of a
// longer one, which whoever parses it refuses.
func readBounded(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}
