package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"peerscrip/services/scrip"
)

// programsPath is where a seller lets programs in.
const programsPath = "/desk/programs"

// programsView is what a seller's programs may do.
type programsView struct {
	Vendor, Flash string
	Made          string // a key that was just made: it is shown this once
	MadeName      string
	Name          string // as it was typed
	Faults        faults
	Scopes        []scopeChoice
	Keys          []keyRow
	Secret        string // of an address that was just added: it is shown this once
	URL           string // as it was typed
	Webhooks      []webhookRow
}

func (v programsView) fault(field string) string { return v.Faults[field] }

// scopeChoice is one thing that a key may do.
type scopeChoice struct {
	Scope, Label, Hint string
	Chosen             bool
}

// keyRow is a key that programs have.
type keyRow struct {
	ID, Name string
	May      []string
	Made     stamp
	Used     stamp // zero: never
}

// scopeTexts says what each scope lets a program do.
var scopeTexts = []struct {
	scope       scrip.Scope
	label, hint string
}{
	{scrip.ListingsWrite, phrase("Listings"), phrase("Make, change and end listings, and upload photos.")},
	{scrip.OrdersRead, phrase("Orders, to read"), phrase("See orders with the buyers’ addresses and what was written, and hear of new ones.")},
	{scrip.OrdersWrite, phrase("Orders, to answer"), phrase("Say that an order is sent, write to buyers, and give them money back.")},
	{scrip.MoneyRead, phrase("Money, to read"), phrase("See what was taken, for your books. No program can pay anything out.")},
}

func scopeChoices(ctx context.Context, chosen []string) (all []scopeChoice) {
	for _, t := range scopeTexts {
		all = append(all, scopeChoice{string(t.scope), tr(ctx, t.label), tr(ctx, t.hint), slices.Contains(chosen, string(t.scope))})
	}
	return all
}

func (s *server) programs(w http.ResponseWriter, r *http.Request, d Desk) error {
	return s.showPrograms(w, r, http.StatusOK, d, programsView{Flash: s.deskSessions.PopString(r.Context(), keyFlash), Scopes: scopeChoices(r.Context(), nil)})
}

func (s *server) showPrograms(w http.ResponseWriter, r *http.Request, status int, d Desk, v programsView) error {
	keys, err := d.SellerKeys(r.Context())
	if err != nil {
		return fmt.Errorf("list a seller's keys: %w", err)
	}
	v.Vendor = string(d.Current().Vendor)
	for _, k := range keys {
		row := keyRow{ID: string(k.ID), Name: k.Name, Made: day(k.MadeAt)}
		for _, t := range scopeTexts {
			if k.May(t.scope) {
				row.May = append(row.May, tr(r.Context(), t.label))
			}
		}
		if k.UsedAt > 0 {
			row.Used = moment(k.UsedAt)
		}
		v.Keys = append(v.Keys, row)
	}
	hooks, err := d.SellerWebhooks(r.Context())
	if err != nil {
		return fmt.Errorf("list webhooks: %w", err)
	}
	for _, hook := range hooks {
		v.Webhooks = append(v.Webhooks, webhookRow{Href: webhookPath(hook.ID), URL: hook.URL, Off: hook.OffAt > 0})
	}
	return s.render(w, r, status, programsPage(s.head("sell", tr(r.Context(), "Programs")), v))
}

// addKey makes a key and shows it in the answer to its form, so that it is written down nowhere: a page that is loaded
// again makes another, which its seller sees in the list.
func (s *server) addKey(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	ctx, chosen := r.Context(), r.PostForm["scope"]
	v := programsView{Name: scrip.CleanLine(r.PostForm.Get("name")), Faults: faults{}, Scopes: scopeChoices(r.Context(), chosen)}
	v.Faults.want("name", validKeyName(v.Name), tr(ctx, "Give the key a name of up to 60 characters, so that you know later what it is for."))
	v.Faults.want("scope", len(chosen) > 0, tr(ctx, "Choose what the program may do."))
	if len(v.Faults) > 0 {
		return s.showPrograms(w, r, http.StatusUnprocessableEntity, d, v)
	}
	scopes := make([]scrip.Scope, len(chosen))
	for i, scope := range chosen {
		scopes[i] = scrip.Scope(scope)
	}
	token, err := d.AddSellerKey(ctx, v.Name, scopes)
	if errors.Is(err, scrip.TooMany) {
		v.Faults.want("name", false, tr(ctx, "There are {{.Most}} keys already. Take one back that is not used any more.", "Most", scrip.MaxSellerKeys))
		return s.showPrograms(w, r, http.StatusUnprocessableEntity, d, v)
	}
	if err != nil {
		return fmt.Errorf("make a seller's key: %w", err)
	}
	return s.showPrograms(w, r, http.StatusOK, d, programsView{Made: token, MadeName: v.Name, Scopes: scopeChoices(ctx, nil)})
}

func validKeyName(name string) bool {
	n := len([]rune(name))
	return n > 0 && n <= scrip.MaxKeyName
}

// revokeKey takes a key back. One that is gone already is as good.
func (s *server) revokeKey(w http.ResponseWriter, r *http.Request, d Desk) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read the form: %w", err)
	}
	if err := d.RevokeSellerKey(r.Context(), scrip.ID(r.PostForm.Get("key"))); err != nil && !errors.Is(err, scrip.NotFound) {
		return fmt.Errorf("take a seller's key back: %w", err)
	}
	s.deskSessions.Put(r.Context(), keyFlash, tr(r.Context(), "The key is taken back. Programs that have it are let in no more."))
	http.Redirect(w, r, programsPath, http.StatusSeeOther)
	return nil
}
