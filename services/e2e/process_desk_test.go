package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// seller is a person with a browser at the desk of a stall.
type seller struct {
	t      testing.TB
	url    string
	client *http.Client
}

func newSeller(t testing.TB, url string) *seller {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &seller{t: t, url: url, client: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// send makes a request as a page of the same site would, and returns the path
// it ended at with what is there.
func (s *seller) send(method, path, contentType string, body io.Reader) (string, []byte) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: got %s, want 200\n%s", method, path, answer.Status, b)
	}
	return answer.Request.URL.Path, b
}

var deskLink = regexp.MustCompile(`your desk \(a link that works once; keep it to yourself\): http://[^/]+(/desk/key/\S+)`)

// enterDesk goes to the desk of a stand-alone stall by the link its process
// printed.
func enterDesk(p *process) *seller {
	p.t.Helper()
	var found []string
	eventually(p.t, 5*time.Second, "the link to the desk is printed", func() bool {
		found = deskLink.FindStringSubmatch(p.stdout.String())
		return found != nil
	})
	s := newSeller(p.t, p.url)
	s.enter(found[1])
	return s
}

// enter follows a link to the desk and presses its button.
func (s *seller) enter(link string) {
	s.t.Helper()
	s.send("GET", link, "", nil)
	if at, _ := s.send("POST", link, "application/x-www-form-urlencoded", nil); at != "/desk" {
		s.t.Fatalf("the link leads to %s, want /desk", at)
	}
}

// hostStall opens a hosted stall for a buyer, as the sell page does: a draft,
// the broker's certificate (R3, R4), the opening, LOGIN.
func hostStall(b *buyer, url, name string) (*seller, scrip.VendorID) {
	b.t.Helper()
	s := newSeller(b.t, url)
	draft := s.draft(b, name)
	vendor := s.finish(draft.Draft, b.certify(name, draft))
	s.login(b, vendor, draft.Envelope)
	return s, vendor
}

// drafted is what a host answers who is to open a stall.
type drafted struct {
	Draft      string         `json:"draft"`
	Signing    jose.VerifyKey `json:"signing"`
	Envelope   jose.SealKey   `json:"envelope"`
	BaseURL    string         `json:"base_url"`
	Possession string         `json:"possession"`
}

func (s *seller) draft(of *buyer, name string) (d drafted) {
	s.t.Helper()
	s.json("/desk/stall", map[string]any{"name": name, "about": "", "account": of.Account(), "key": of.Key().Public()}, &d)
	return d
}

// certify has the broker certify a draft (R3, R4) and returns the certificate.
func (b *buyer) certify(name string, d drafted) string {
	b.t.Helper()
	return b.openStall(scrip.StallRequest{
		Name: name, Signing: d.Signing, Envelope: d.Envelope, BaseURL: d.BaseURL, Possession: d.Possession,
	})
}

func (s *seller) finish(draft, certificate string) scrip.VendorID {
	s.t.Helper()
	var finished struct {
		Vendor scrip.VendorID `json:"vendor"`
	}
	s.json("/desk/stall/finish", map[string]any{"draft": draft, "certificate": certificate}, &finished)
	return finished.Vendor
}

// login enters the desk of a hosted stall with the key of its owner's account.
func (s *seller) login(b *buyer, vendor scrip.VendorID, to jose.SealKey) {
	s.t.Helper()
	s.enterAs(b.Account(), b.Key(), vendor, to)
}

func (s *seller) enterAs(account scrip.AccountID, key jose.SigningKey, vendor scrip.VendorID, to jose.SealKey) {
	s.t.Helper()
	var asked struct {
		Challenge string `json:"challenge"`
	}
	_, answer := s.send("GET", "/desk/challenge", "", nil)
	if err := json.Unmarshal(answer, &asked); err != nil {
		s.t.Fatal(err)
	}
	body := scrip.Login{Vendor: vendor, Challenge: asked.Challenge}
	m := scrip.Compose(string(account), string(vendor), rig.NewID(s.t), time.Now().Unix(), body, scrip.Attachments{})
	envelope, err := jose.Seal(rand.Reader, m, key, to)
	if err != nil {
		s.t.Fatalf("seal LOGIN: %v", err)
	}
	var entered struct {
		Vendor scrip.VendorID `json:"vendor"`
		Desk   string         `json:"desk"`
	}
	s.json("/desk/login", map[string]any{"envelope": envelope}, &entered)
}

// openStall is R3 and R4.
func (b *buyer) openStall(request scrip.StallRequest) string {
	b.t.Helper()
	info, err := b.broker.Info(b.t.Context())
	if err == nil {
		info.Chain, err = scrip.Chain{Broker: info.ID}.Learn(b.t.Context(), b.broker.Keys)
	}
	b.must("ask who the broker is", err)
	reply, err := jose.NewReplyKey(rand.Reader)
	b.must("draw a reply key", err)
	tx, account := rig.NewID(b.t), string(b.Account())
	m := scrip.Compose(account, string(info.ID), tx, time.Now().Unix(), request, scrip.Attachments{ReplyKey: &reply})
	envelope, err := jose.Seal(rand.Reader, m, b.Key(), info.Envelope)
	b.must("seal R3", err)
	answer, err := b.broker.Send(b.t.Context(), "R3", scrip.Sealed{Envelope: envelope})
	b.must("send R3", err)
	r4, err := scrip.OpenReply[scrip.StallOpened](answer.Envelope, reply, account, tx, info.Signer())
	b.must("open R4", err)
	return r4.Body.Certificate
}

func (s *seller) json(path string, in, out any) {
	s.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		s.t.Fatal(err)
	}
	_, answer := s.send("POST", path, "application/json", bytes.NewReader(body))
	if err := json.Unmarshal(answer, out); err != nil {
		s.t.Fatalf("POST %s: %v in %s", path, err, answer)
	}
}

// goods is one thing to list.
type goods struct {
	title, price, postage, quantity string
}

// collected is the other way in which a thing goes: what costs no postage can be
// collected as well.
func collected(g goods) string {
	if g.postage == "0" {
		return "collect"
	}
	return ""
}

// list lists a thing, with a photo, by the form of the desk.
func (s *seller) list(g goods) {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{
		{"title", g.title}, {"description", "As the picture shows."}, {"category", "tools-garden"}, {"condition", "good"},
		{"price", g.price}, {"way-0", "post"}, {"price-0", g.postage}, {"way-1", collected(g)}, {"send-within", "5"}, {"check-within", "3"}, {"quantity", g.quantity}, {"alt-new-0", "A pattern"}, {"cover", "new-0"},
	} {
		if err := form.WriteField(field[0], field[1]); err != nil {
			s.t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("photos", "photo.jpg")
	if err == nil {
		err = jpeg.Encode(file, pattern(), nil)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if at, page := s.send("POST", "/desk/new", form.FormDataContentType(), &body); at != "/desk" {
		s.t.Fatalf("listing %q leads to %s, want /desk\n%s", g.title, at, page)
	}
}

// pattern is a picture of nothing.
func pattern() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for x := range 320 {
		for y := range 240 {
			m.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x ^ y), 255})
		}
	}
	return m
}

// shelf is what a stall's book says, read beside its process or after it.
type shelf struct {
	sales    []scrip.Sale
	listings []scrip.Listing
}

func (s shelf) recorded() bool {
	for _, sale := range s.sales {
		if !sale.Recorded {
			return false
		}
	}
	return true
}

// shelfOf is whose the book at a path is.
func shelfOf(t testing.TB, path string) scrip.VendorID {
	t.Helper()
	in := filepath.Dir(path)
	if own := folder.At(filepath.Dir(in)); own.OwnShelf() == path {
		kept, err := own.Certificate()
		if err != nil {
			t.Fatal(err)
		}
		return kept.Vendor
	}
	return scrip.VendorID(filepath.Base(in))
}

// readShelf opens a stall's book: of a stand-alone stall, or of a hosted one.
func readShelf(t testing.TB, path string) shelf {
	t.Helper()
	database, err := db.OpenReadOnly(context.Background(), path, db.Merchant)
	if err != nil {
		t.Fatalf("read a stall's book: %v", err)
	}
	defer database.Close()
	return readShelfIn(t, database, shelfOf(t, path))
}

// readShelfIn reads a stall's book in a database that is open.
func readShelfIn(t testing.TB, database *db.DB, vendor scrip.VendorID) shelf {
	t.Helper()
	book, err := db.NewShelf(database, vendor)
	if err != nil {
		t.Fatal(err)
	}
	var s shelf
	if s.listings, err = book.Listings(context.Background()); err != nil {
		t.Fatalf("read listings: %v", err)
	}
	if s.sales, err = book.Sales(context.Background(), 0, 1_000_000); err != nil {
		t.Fatalf("read sales: %v", err)
	}
	return s
}
