package load

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"sync/atomic"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Price is what each thing of a [Stall] costs, with its way to the buyer: one minor unit,
// so that one load of the bank's money pays for thousands.
const Price = scrip.Money(1)

// Stall is a stall hosted by a market, with things to sell.
type Stall struct {
	Vendor scrip.VendorID

	cert     scrip.Certificate
	listings []scrip.Listing
	sold     atomic.Int64
}

// Hosted opens a stall at a market for a client's account, as the sell page does, and
// lists things, each a thousand times, that show the photos (JPEG), if there are any, in
// turn. It is asked by its market's own address.
func Hosted(ctx context.Context, owner *Client, marketURL, name string, listings int, photos ...[]byte) (*Stall, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	d := desk{url: marketURL, http: &http.Client{Jar: jar, Timeout: time.Minute}}
	vendor, err := d.open(ctx, owner, name)
	if err != nil {
		return nil, fmt.Errorf("open stall %q: %w", name, err)
	}
	var shown []string
	for _, photo := range photos {
		digest, err := d.photo(ctx, photo)
		if err != nil {
			return nil, fmt.Errorf("show a photo at stall %q: %w", name, err)
		}
		shown = append(shown, digest)
	}
	if err := d.list(ctx, listings, shown); err != nil {
		return nil, fmt.Errorf("list things at stall %q: %w", name, err)
	}
	return At(ctx, owner, vendor, marketURL)
}

// At is a stall that is there already, at an address, as a client finds it in the directory.
func At(ctx context.Context, c *Client, vendor scrip.VendorID, address string) (*Stall, error) {
	s := &Stall{Vendor: vendor}
	about, err := c.broker.Stall(ctx, vendor)
	if err != nil {
		return nil, err
	}
	if s.cert, err = scrip.ReadCertificate(about.Certificate, vendor, c.info.Signer()); err != nil {
		return nil, err
	}
	return s, s.read(ctx, address)
}

// Offers are what the stall offers, as it signed it.
func (s *Stall) Offers() (signed []string) {
	for _, l := range s.listings {
		signed = append(signed, l.JWS)
	}
	return signed
}

func (s *Stall) signer() scrip.Keys { return s.cert.Signer() }

// read takes over what the stall offers.
func (s *Stall) read(ctx context.Context, marketURL string) error {
	peer, err := dial(marketURL, transport())
	if err != nil {
		return err
	}
	offers, err := peer.Stall(s.Vendor).Offers(ctx)
	if err != nil {
		return err
	}
	for _, o := range offers {
		m, err := scrip.Verify[scrip.Offer](o.Offer, string(s.Vendor), s.signer())
		if err != nil {
			return err
		}
		s.listings = append(s.listings, scrip.Listing{Offer: m.Body, Version: m.Tx, JWS: o.Offer, Stock: o.Stock})
	}
	return nil
}

// next is the listing of which the next thing is bought: each in turn.
func (s *Stall) next() (scrip.Listing, error) {
	n := int(s.sold.Add(1)) - 1
	if n >= len(s.listings)*scrip.MaxQuantity {
		return scrip.Listing{}, errors.New("everything is sold")
	}
	return s.listings[n%len(s.listings)], nil
}

// desk is a person with a browser at the desk of a hosted stall.
type desk struct {
	url  string
	http *http.Client
}

// open is a draft, the broker's certificate (R3, R4), the opening, and LOGIN.
func (d desk) open(ctx context.Context, owner *Client, name string) (scrip.VendorID, error) {
	var draft struct {
		Draft      string         `json:"draft"`
		Signing    jose.VerifyKey `json:"signing"`
		Envelope   jose.SealKey   `json:"envelope"`
		BaseURL    string         `json:"base_url"`
		Possession string         `json:"possession"`
	}
	err := d.json(ctx, "/desk/stall", map[string]any{"name": name, "about": "", "account": owner.account, "key": owner.key.Public()}, &draft)
	if err != nil {
		return "", err
	}
	r4, err := toBroker[scrip.StallOpened](ctx, owner, scrip.StallRequest{
		Name: name, Signing: draft.Signing, Envelope: draft.Envelope, BaseURL: draft.BaseURL, Possession: draft.Possession,
	}, scrip.Attachments{})
	if err != nil {
		return "", err
	}
	var finished struct {
		Vendor scrip.VendorID `json:"vendor"`
	}
	if err := d.json(ctx, "/desk/stall/finish", map[string]any{"draft": draft.Draft, "certificate": r4.Body.Certificate}, &finished); err != nil {
		return "", err
	}
	return finished.Vendor, d.enter(ctx, owner, finished.Vendor, draft.Envelope)
}

// enter opens the desk with LOGIN.
func (d desk) enter(ctx context.Context, owner *Client, vendor scrip.VendorID, to jose.SealKey) error {
	var asked struct {
		Challenge string `json:"challenge"`
	}
	if err := d.do(ctx, http.MethodGet, "/desk/challenge", "", nil, &asked); err != nil {
		return err
	}
	tx, err := scrip.NewID(rand.Reader)
	if err != nil {
		return err
	}
	m := scrip.Compose(string(owner.account), string(vendor), tx, time.Now().Unix(), scrip.Login{Vendor: vendor, Challenge: asked.Challenge}, scrip.Attachments{})
	envelope, err := jose.Seal(rand.Reader, m, owner.key, to)
	if err != nil {
		return err
	}
	return d.json(ctx, "/desk/login", map[string]any{"envelope": envelope}, &struct{}{})
}

// list lists things by a file of listings.
func (d desk) list(ctx context.Context, n int, photos []string) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("do", "apply"); err != nil {
		return err
	}
	file, err := form.CreateFormFile("file", "listings.csv")
	if err != nil {
		return err
	}
	out := csv.NewWriter(file)
	_ = out.Write([]string{"title", "description", "category", "condition", "price", "quantity", "send_within", "check_within", "town", "country", "way_1", "postage_1", "photos"})
	for i := range n {
		shows := ""
		if len(photos) > 0 {
			shows = photos[i%len(photos)]
		}
		_ = out.Write([]string{
			"Thing " + strconv.Itoa(i), "It is as good as new.", "Home", "good", "0.01", strconv.Itoa(scrip.MaxQuantity), "5", "3", "Utrecht", "NL", scrip.WayPost, "0", shows,
		})
	}
	out.Flush()
	if err := errors.Join(out.Error(), form.Close()); err != nil {
		return err
	}
	var done struct {
		New    int               `json:"new"`
		Faults []json.RawMessage `json:"faults"`
	}
	if err := d.do(ctx, http.MethodPost, "/desk/listings/file", form.FormDataContentType(), &body, &done); err != nil {
		return err
	}
	if done.New != n {
		return fmt.Errorf("%d of %d are listed, and of the others is said: %s", done.New, n, done.Faults)
	}
	return nil
}

// photo has the stall keep a photo, and says by what it is named.
func (d desk) photo(ctx context.Context, jpeg []byte) (string, error) {
	var kept struct {
		Digest string `json:"digest"`
	}
	err := d.do(ctx, http.MethodPost, "/desk/photos", "image/jpeg", bytes.NewReader(jpeg), &kept)
	return kept.Digest, err
}

func (d desk) json(ctx context.Context, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return d.do(ctx, http.MethodPost, path, "application/json", bytes.NewReader(body), out)
}

// do makes a request as a page of the same site would.
func (d desk) do(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, d.url+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Accept", "application/json")
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	answer, err := d.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %.500s", method, path, answer.Status, said)
	}
	return json.Unmarshal(said, out)
}
