package services_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"testing"

	"peerscrip/db"
	"peerscrip/services"
	"peerscrip/services/audit"
	"peerscrip/services/demo"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// TestPeople: before a new demo opens, its people have bought, rated, disputed and
// reclaimed, in books and purses that close; started again, they do nothing more.
func TestPeople(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	data := folder.At(t.TempDir())
	config := services.Config{
		Role: services.Demo, Listen: "127.0.0.1:0", Data: data.Path(), Document: document, People: true, PrivateStalls: true,
		Log: slog.New(slog.DiscardHandler),
	}
	persons, deals, err := demo.Deals()
	if err != nil {
		t.Fatal(err)
	}
	folders := []string{data.Path()}
	for _, p := range persons {
		folders = append(folders, data.Person(p.Key).Path())
	}
	var first audit.Totals
	for start := range 2 {
		p, err := services.Start(t.Context(), config)
		if err != nil {
			t.Fatalf("start %d: %v", start, err)
		}
		if start == 0 {
			wantReadmesQueries(t, p.URL)
		}
		if err := p.Stop(); err != nil {
			t.Fatalf("stop %d: %v", start, err)
		}
		report, err := audit.Folders(t.Context(), folders)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range report.Findings {
			if !f.OK {
				t.Errorf("audit: %s %s", f.Invariant, f.Text)
			}
		}
		if start == 0 {
			first = report.Totals
		} else if report.Totals != first {
			t.Errorf("after the second start: got %+v, want as after the first %+v", report.Totals, first)
		}
	}
	want := map[string]int{}
	for _, d := range deals {
		acts := map[demo.Act]bool{}
		for _, s := range d.Steps {
			acts[s.Do] = true
		}
		switch {
		case acts[demo.Decide]:
			want["decided"]++
		case acts[demo.Dispute]:
			want["disputed"]++
		}
		if acts[demo.Rate] {
			want["rated"]++
		}
	}
	got := standing(t, data)
	for _, state := range []string{"decided", "disputed", "rated"} {
		if got[state] != want[state] || want[state] == 0 {
			t.Errorf("%s: got %d, want %d", state, got[state], want[state])
		}
	}
}

// standing counts in the books what became of purchases.
func standing(t *testing.T, data folder.Folder) map[string]int {
	t.Helper()
	database, err := db.Open(t.Context(), data.Books(), db.Broker)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	}()
	books, err := db.NewBooks(database)
	if err != nil {
		t.Fatal(err)
	}
	decided, err := books.Decided(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	disputed, err := books.Disputed(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	shelves, err := data.Shelves()
	if err != nil {
		t.Fatal(err)
	}
	rated := 0
	for vendor := range shelves {
		ratings, err := books.Ratings(t.Context(), scrip.RatingPage{Vendor: vendor}, 100)
		if err != nil {
			t.Fatal(err)
		}
		rated += len(ratings)
	}
	return map[string]int{"decided": len(decided), "disputed": len(disputed), "rated": rated}
}

// wantReadmesQueries asks what README.md asks of a demo's catalogue, and wants something found.
func wantReadmesQueries(t *testing.T, base string) {
	t.Helper()
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile(`curl 'http://127.0.0.1:8080(/v1/market/listings\?[^']+)'`).FindAllSubmatch(page, -1)
	if len(queries) == 0 {
		t.Error("README.md asks nothing of the catalogue")
	}
	for _, q := range queries {
		answer, err := http.Get(base + string(q[1]))
		if err != nil {
			t.Fatal(err)
		}
		var found struct {
			Total int `json:"total"`
		}
		err = json.NewDecoder(answer.Body).Decode(&found)
		if err := errors.Join(err, answer.Body.Close()); err != nil || found.Total == 0 {
			t.Errorf("%s: got %d found, %s, %v, want some", q[1], found.Total, answer.Status, err)
		}
	}
}
