package e2e_test

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"peerscrip/services"
)

// outside wants that a visitor who asks for the desk is led to the way in.
func (s *seller) outside(who string) {
	s.t.Helper()
	if at, _ := s.send("GET", "/desk", "", nil); at != "/sell" {
		s.t.Errorf("%s asks for the desk: got to %s, want /sell", who, at)
	}
}

// TestDeskTwin: who knows the account, the key and the name of a stall that is
// being opened, as the broker does, gets another draft for them, and by finishing
// either enters no desk.
func TestDeskTwin(t *testing.T) {
	t.Parallel()
	p := start(t, services.Config{Role: services.Serve})
	b := newBuyer(t, p.URL, 1, nil)
	owner, thief := newSeller(t, p.URL), newSeller(t, p.URL)
	mine, twin := owner.draft(b, "The Ironmonger"), thief.draft(b, "The Ironmonger")
	if twin.Draft == mine.Draft || twin.Signing == mine.Signing {
		t.Fatalf("the twin: got draft %s, want another than the owner's", twin.Draft)
	}
	if again := owner.draft(b, "The Ironmonger"); again.Draft != mine.Draft {
		t.Errorf("the owner asks again: got draft %s, want %s", again.Draft, mine.Draft)
	}
	certificate := b.certify("The Ironmonger", mine)
	vendor := thief.finish(mine.Draft, certificate)
	thief.outside("the thief")
	if again := owner.finish(mine.Draft, certificate); again != vendor {
		t.Errorf("finished again: got stall %s, want %s", again, vendor)
	}
	owner.outside("the owner, before LOGIN,")
	owner.login(b, vendor, mine.Envelope)
	owner.list(goods{"Hinge", "5.00", "0", "1"})
}

// TestDeskLink: the link to a node's desk is told once and works once; the
// command makes the next, beside the running process.
func TestDeskLink(t *testing.T) {
	t.Parallel()
	broker := startProcess(t, "broker")
	stall := startProcess(t, "stall", "--broker-url="+broker.url, "--name=The Corner Stall")
	enterDesk(stall).list(goods{"Lamp", "20.00", "0", "1"})
	used := deskLink.FindStringSubmatch(stall.stdout.String())[1]
	newSeller(t, stall.url).turnedAway(used)

	stall.stop()
	stall.start()
	if links := deskLink.FindAllString(stall.stdout.String(), -1); len(links) != 1 {
		t.Errorf("two starts: got links %q, want one", links)
	}
	newSeller(t, stall.url).turnedAway(used)
	before, next := stall.newLink(), stall.newLink()
	newSeller(t, stall.url).turnedAway(before)
	s := newSeller(t, stall.url)
	s.enter(next)
	s.list(goods{"Vase", "20.00", "0", "1"})
	newSeller(t, stall.url).turnedAway(next)
}

// turnedAway wants that a link lets nobody in.
func (s *seller) turnedAway(link string) {
	s.t.Helper()
	s.send("GET", link, "", nil) // a browser that keeps cookies
	answer, err := s.client.Post(s.url+link, "application/x-www-form-urlencoded", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		s.t.Errorf("a link that is used up: got %s, want 404", answer.Status)
	}
	s.outside("who has a link that is used up")
}

// newLink is the path of a link that the command makes.
func (p *process) newLink() string {
	p.t.Helper()
	out, err := exec.CommandContext(p.t.Context(), program(p.t), "desk", "--data", p.data).Output()
	if err != nil {
		p.t.Fatalf("peerscrip desk: %v", err)
	}
	path, here := strings.CutPrefix(strings.TrimSpace(string(out)), p.url)
	if !here {
		p.t.Fatalf("peerscrip desk: got %s, want a link at %s", out, p.url)
	}
	return path
}
