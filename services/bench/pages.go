package bench

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"peerscrip/services/bench/load"
)

// read is the body of an answer, whole.
func read(answer *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	err = errors.Join(err, answer.Body.Close())
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Request.URL, answer.Status)
	}
	return body, err
}

// got is something that was asked for as a browser asks: compressed.
type got struct {
	text []byte
	sent int // bytes of its body, as they went
}

func ask(address string) (g got, err error) {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return g, err
	}
	request.Header.Set("Accept-Encoding", "gzip") // said by hand, so that what comes is what was sent
	answer, err := http.DefaultClient.Do(request)
	sent, err := read(answer, err)
	if err != nil {
		return g, err
	}
	g.text, g.sent = sent, len(sent)
	if answer.Header.Get("Content-Encoding") == "gzip" {
		reader, err := gzip.NewReader(strings.NewReader(string(sent)))
		if err != nil {
			return g, err
		}
		g.text, err = io.ReadAll(reader)
		return g, err
	}
	return g, nil
}

// linked are what a page has a browser ask for: its sheets, scripts, symbols and pictures.
var linked = regexp.MustCompile(`<(?:link|script|img|use|source)\b[^>]*?\b(?:href|src|srcset)="([^"#? ]+)`)

// parts are the addresses that a page has a browser ask for, each once.
func parts(page []byte) (addresses []string) {
	for _, m := range linked.FindAllSubmatch(page, -1) {
		address := string(m[1])
		if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") && !slices.Contains(addresses, address) && !slices.ContainsFunc(
			[]string{"rel=\"canonical\"", "rel=\"alternate\""}, func(kind string) bool { return strings.Contains(string(m[0]), kind) }) {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// pages are the market's pages as a browser without a wallet asks for them.
func (r *run) pages() error {
	m, err := r.open(4, 50)
	if err != nil {
		return err
	}
	base := m.servers[0].URL
	if err := shown(base, "Thing 1"); err != nil {
		return err
	}
	home, err := ask(base + "/")
	if err != nil {
		return err
	}
	requests, scripts, all := 1, 0, home.sent
	for _, address := range parts(home.text) {
		part, err := ask(base + address)
		if err != nil {
			return err
		}
		requests, all = requests+1, all+part.sent
		if strings.HasSuffix(address, ".js") {
			scripts += part.sent
		}
	}
	r.add(Row{What: "home", Reached: float64(requests), Unit: "requests", Goal: &Goal{Most: 25}, Note: "that its HTML asks for, itself included; what scripts ask for later is measured in a browser"})
	r.add(Row{What: "home: scripts, compressed", Reached: float64(max(scripts, 1)) / 1000, Unit: "KB", Goal: &Goal{Most: 60}, Note: fmt.Sprintf("of %.1f KB in all", float64(all)/1000)})
	for _, page := range [][2]string{{"home", "/"}, {"search", "/search?q=thing"}, {"category, sorted", "/search?category=Home&sort=price"}, {"stalls", "/stalls"}} {
		var waits []time.Duration
		processor, err := m.servers[0].Used()
		if err != nil {
			return err
		}
		count := max(r.Size.Checkouts, 10)
		for range count {
			began := time.Now()
			if _, err := ask(base + page[1]); err != nil {
				return err
			}
			waits = append(waits, time.Since(began))
		}
		after, err := m.servers[0].Used()
		if err != nil {
			return err
		}
		r.add(Row{What: page[0] + ": half of them within", Reached: milliseconds(middle(waits)), Unit: "ms", Note: fmt.Sprintf("over HTTP, compressed; server's processor %.1f ms each", milliseconds(after-processor)/float64(count))})
	}
	return nil
}

// shown waits until the catalogue shows something.
func shown(base, what string) error {
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(50 * time.Millisecond) {
		page, err := ask(base + "/search?q=" + strings.ReplaceAll(what, " ", "+"))
		if err != nil {
			return err
		}
		if strings.Contains(string(page.text), what) {
			return nil
		}
	}
	return fmt.Errorf("the market does not show %q after a minute", what)
}

// photo is a JPEG that follows from a number, as large as phones' are when they are shrunk
// for a page.
func photo(n int) ([]byte, error) {
	picture := image.NewRGBA(image.Rect(0, 0, 800, 600))
	colours := drawn("photo", n)
	for i := range picture.Pix {
		picture.Pix[i] = colours[(i/4)%len(colours)] ^ byte(i>>8)
	}
	var file bytes.Buffer
	err := jpeg.Encode(&file, picture, nil)
	return file.Bytes(), err
}

// hosted is a market process with many stalls, whose listings show photos: what it holds when nobody comes, and how
// soon it is ready again.
func (r *run) hosted() error {
	data := r.data()
	s, err := r.start("serve", data, fmt.Sprintf("--max-stalls=%d", r.Size.Stalls+1))
	if err != nil {
		return err
	}
	m := market{servers: []*load.Server{s}}
	began := time.Now()
	for i := range r.Size.Stalls {
		picture, err := photo(i)
		if err != nil {
			return err
		}
		if err := r.openStall(&m, s.URL, s.URL, fmt.Sprintf("Stall %d", i), 3, picture); err != nil {
			return err
		}
	}
	opened := time.Since(began)
	if err := r.end(s); err != nil {
		return err
	}
	began = time.Now()
	if s, err = r.start("serve", data, fmt.Sprintf("--max-stalls=%d", r.Size.Stalls+1), "--base-url="+s.URL); err != nil {
		return err
	}
	ready := time.Since(began)
	if err := r.rest(s)(r.ctx); err != nil {
		return err
	}
	select {
	case <-time.After(r.Size.Rest):
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	if err := r.rest(s)(r.ctx); err != nil {
		return err
	}
	held, err := keptBy(s.PID)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("%s stalls: ", figure(float64(r.Size.Stalls)))
	r.add(Row{What: what + "opened, each", Reached: milliseconds(opened) / float64(r.Size.Stalls), Unit: "ms", Note: "R1, R3, the market's part, a photo, and a file of three listings that show it"})
	r.add(Row{What: what + "ready after", Reached: ready.Seconds(), Unit: "s", Goal: &Goal{Most: 2}})
	r.add(Row{What: what + "memory at rest", Reached: held.megabytes, Unit: "MB", Goal: &Goal{Most: 300}, Note: fmt.Sprintf("%.0f MB at most since it started", held.peak)})
	r.add(Row{What: what + "at rest", Reached: float64(held.handles), Unit: "file handles", Goal: &Goal{Most: 500}})
	return nil
}
