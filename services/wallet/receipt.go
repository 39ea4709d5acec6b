package wallet

import (
	"context"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Receipt is what is kept of a purchase: what both sides signed, so that anyone
// can verify it, and the few words of it that people read.
type Receipt struct {
	Tx       scrip.ID       `json:"tx"`
	At       int64          `json:"at"` // unix seconds: when T11 came
	Vendor   scrip.VendorID `json:"vendor"`
	Stall    string         `json:"stall"` // the seller's name
	Lines    []Line         `json:"lines"` // what was bought
	OrderID  scrip.ID       `json:"order_id"`
	Price    scrip.Money    `json:"price"` // paid in all
	Delivery scrip.Delivery `json:"delivery"`
	Wish     string         `json:"wish,omitempty"` // the buyer's note

	Sent int64  `json:"sent,omitempty"` // unix seconds: when the seller sent it; 0 until the wallet heard so
	Note string `json:"note,omitempty"` // the seller's, with that

	Protect *scrip.Protect `json:"protect,omitempty"` // as the mandate asks for it; nil for none
	Held    *held          `json:"held,omitempty"`    // the broker's last word on its money; nil until there is one

	Rated  string   `json:"rated,omitempty"`  // RATE's JWS, which the broker noted; empty for none
	Rating *request `json:"rating,omitempty"` // a RATE written down and not answered

	Certificate string `json:"certificate"` // the broker's, for the seller
	Mandate     string `json:"mandate"`     // T10's JWS
	Order       string `json:"order"`       // the disclosure of the order in T10
	Paid        string `json:"paid"`        // T11's JWS
}

// Line is one thing of a purchase.
type Line struct {
	Title    string      `json:"title"`
	Price    scrip.Money `json:"price"` // of one
	Quantity int         `json:"quantity"`
	JWS      string      `json:"offer"` // the offer, as the seller signed it
}

// Title names what was bought, as scrip.Summary does.
func (r Receipt) Title() string {
	var titles []string
	for _, l := range r.Lines {
		titles = append(titles, l.Title)
	}
	return scrip.Summary(titles)
}

// Quantity is how many pieces were bought.
func (r Receipt) Quantity() int {
	n := 0
	for _, l := range r.Lines {
		n += l.Quantity
	}
	return n
}

// Offers are what was bought, as the seller signed it.
func (r Receipt) Offers() []string {
	var list []string
	for _, l := range r.Lines {
		list = append(list, l.JWS)
	}
	return list
}

// sealReceipt is the receipt as the purse keeps it.
func (w *Wallet) sealReceipt(ctx context.Context, it Item, p purchase, t11 scrip.Opened[scrip.Paid]) (SealedReceipt, error) {
	known, err := w.knownStall(ctx, it.Vendor)
	if err != nil {
		return SealedReceipt{}, err
	}
	receipt := Receipt{
		Tx: it.Tx, At: w.now(), Vendor: it.Vendor, Stall: known.Name, Lines: p.Lines, OrderID: t11.Body.OrderID,
		Price: it.Amount, Delivery: p.Order.Delivery, Wish: p.Order.Note, Protect: p.Protect,
		Certificate: known.Certificate, Mandate: p.T10.Signed.JWS, Paid: t11.JWS,
	}
	for _, d := range p.T10.Signed.Attachments {
		if jose.Digest([]byte(d)) == p.OrderDigest {
			receipt.Order = d
		}
	}
	return w.seal(receipt)
}

// seal is a receipt as the purse keeps it.
func (w *Wallet) seal(r Receipt) (SealedReceipt, error) {
	by, ok := protectedBy(r)
	sealed, err := w.vault.put(placeOfReceipt(r.Tx), r)
	return SealedReceipt{Tx: r.Tx, At: r.At, Protected: ok, Open: ok && by.Open(), Sealed: sealed}, err
}

// Receipt returns the receipt of one purchase: scrip.ErrAbsent when it is not
// finished.
func (w *Wallet) Receipt(ctx context.Context, tx scrip.ID) (Receipt, error) {
	sealed, err := w.cfg.Purse.Receipt(ctx, tx)
	if err != nil {
		return Receipt{}, fmt.Errorf("look up a receipt: %w", err)
	}
	return w.openReceipt(sealed)
}

// Receipts lists purchases, the newest first, from the offset on.
func (w *Wallet) Receipts(ctx context.Context, offset, limit int) ([]Receipt, error) {
	list, err := w.cfg.Purse.Receipts(ctx, offset, limit)
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	return w.openReceipts(list)
}

func (w *Wallet) openReceipts(list []SealedReceipt) (receipts []Receipt, err error) {
	receipts = make([]Receipt, len(list))
	for i, sealed := range list {
		if receipts[i], err = w.openReceipt(sealed); err != nil {
			return nil, err
		}
	}
	return receipts, nil
}

func (w *Wallet) openReceipt(sealed SealedReceipt) (Receipt, error) {
	var r Receipt
	return r, w.vault.take(placeOfReceipt(sealed.Tx), sealed.Sealed, &r)
}

// History lists every item the wallet ever began, the newest first, from the
// offset on.
func (w *Wallet) History(ctx context.Context, offset, limit int) ([]Item, error) {
	list, err := w.cfg.Purse.History(ctx, offset, limit)
	if err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	for i := range list {
		list[i].Sealed = nil
	}
	return list, nil
}
