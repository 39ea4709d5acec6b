package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// onDisk are the bytes of a database, of a file with what lies beside it.
func (r *run) onDisk(place string) (bytes float64, err error) {
	if db.IsURL(place) {
		size, err := db.Bytes(r.ctx, place)
		return float64(size), err
	}
	files, err := filepath.Glob(place + "*")
	for _, name := range files {
		about, failed := os.Stat(name)
		if err = errors.Join(err, failed); failed == nil {
			bytes += float64(about.Size())
		}
	}
	return bytes, err
}

// log adds records to a broker's log: half of them payments into the sandbox bank, which
// post, and half notices, which hold a signed message.
func (r *run) log(books *db.Books, from, to int) error {
	bank := string(idOf("bank", 0))
	if from == 0 {
		if err := books.Apply(r.ctx, scrip.Change{At: time.Now().Unix(), Broker: &scrip.BrokerChange{Bank: bank}}); err != nil {
			return err
		}
	}
	for from < to {
		n := min(to-from, 1000)
		now, change := time.Now().Unix(), scrip.BrokerChange{}
		for i := from; i < from+n; i++ {
			record := scrip.Record{At: now, Kind: "T9", Tx: idOf("logged", i), Account: scrip.AccountID(idOf("account", 0)), Evidence: []string{evidence(i)}}
			if i%2 == 0 {
				post := scrip.Posting{From: scrip.World, To: scrip.BankOf(bank), Amount: 1}
				record.Kind, record.Evidence, record.Posts = scrip.KindDeposit, nil, []scrip.Posting{post}
				change.Post = append(change.Post, post)
			}
			change.Log = append(change.Log, record)
		}
		if err := books.Apply(r.ctx, scrip.Change{At: now, Broker: &change}); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// audits are looks at longer and longer logs, by the command and by the operator's page:
// the first reads all of it, the next goes on from there.
func (r *run) audits() error {
	data, from := r.data(), 0
	if err := r.grown(data, folder.At(data).Books(), 0, 0); err != nil {
		return err
	}
	for _, n := range r.Size.Records {
		if err := withBooks(r.ctx, folder.At(data).Books(), func(books *db.Books) error { return r.log(books, from, n) }); err != nil {
			return err
		}
		if err := r.looks(data, n); err != nil {
			return err
		}
		from = n
	}
	return nil
}

func (r *run) looks(data string, n int) error {
	what := figure(float64(n)) + " records: "
	first, held, err := r.audit(data)
	if err != nil {
		return err
	}
	r.add(Row{What: what + "audit, first look", Reached: first.Seconds(), Unit: "s", Note: fmt.Sprintf("the command, %.0f MB at most; %.1f µs a record", held, microseconds(first)/float64(n))})
	if err := withBooks(r.ctx, folder.At(data).Books(), func(books *db.Books) error { return books.Apply(r.ctx, noticed(1_000_000+n)) }); err != nil {
		return err
	}
	again, held, err := r.audit(data)
	if err != nil {
		return err
	}
	r.add(Row{What: what + "audit, next look", Reached: again.Seconds(), Unit: "s", Goal: &Goal{Most: 2}, Note: fmt.Sprintf("a record later, %.0f MB at most", held)})
	console, err := freeAddress()
	if err != nil {
		return err
	}
	broker, err := r.start("broker", data, "--operator="+console)
	if err != nil {
		return err
	}
	page, err := r.console(data, console)
	if err != nil {
		return err
	}
	holds, err := keptBy(broker.PID)
	if err != nil {
		return err
	}
	if err := r.end(broker); err != nil {
		return err
	}
	r.add(Row{What: what + "operator's page", Reached: page.Seconds(), Unit: "s", Goal: &Goal{Most: 2}, Note: fmt.Sprintf("after an audit, whole; the broker holds %.0f MB then", holds.megabytes)})
	return nil
}

// audit runs the command and says how long it took and how much memory, in MB, it was seen
// to have at most.
func (r *run) audit(data string) (took time.Duration, peak float64, err error) {
	var said bytes.Buffer
	command := exec.CommandContext(r.ctx, r.Program, "audit", "--data="+data)
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				err = fmt.Errorf("audit: %w: %s", err, bytes.TrimSpace(said.Bytes()))
			}
			return time.Since(began), peak, err
		case <-time.After(10 * time.Millisecond):
			if held, err := keptBy(command.Process.Pid); err == nil { // it may have ended
				peak = max(peak, held.peak)
			}
		}
	}
}

// freeAddress is a port of this machine on which nobody listens now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// console opens the operator's page by a fresh link and says how long the page takes.
func (r *run) console(data, address string) (time.Duration, error) {
	out, err := exec.CommandContext(r.ctx, r.Program, "operator", "--data="+data, "--operator="+address).Output()
	if err != nil {
		return 0, fmt.Errorf("make a link to the operator's console: %w", err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return 0, err
	}
	client := &http.Client{Jar: jar, Timeout: 10 * time.Minute}
	link := strings.TrimSpace(string(out))
	if _, err := read(client.Get(link)); err != nil {
		return 0, err
	}
	began := time.Now()
	page, err := read(client.Post(link, "application/x-www-form-urlencoded", nil)) // which leads to the page
	if err == nil && !bytes.Contains(page, []byte("The books close.")) {
		err = errors.New("the operator's page does not say that the books close")
	}
	return time.Since(began), err
}
