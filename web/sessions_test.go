package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestEndedSessionsStayEnded: a request that was under way when its session ended, or got another token, saves it no more; and one
// that only reads saves nothing, so that it undoes nothing.
func TestEndedSessionsStayEnded(t *testing.T) {
	for name, end := range map[string]func(s *server, r *http.Request) error{
		"left":    func(s *server, r *http.Request) error { return s.deskSessions.Destroy(r.Context()) },
		"renewed": func(s *server, r *http.Request) error { return s.deskSessions.RenewToken(r.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := newServer(newShop(t).config())
			if err != nil {
				t.Fatal(err)
			}
			began, ended := make(chan bool), make(chan bool)
			asks := func(do http.HandlerFunc, with []*http.Cookie) []*http.Cookie {
				r, w := httptest.NewRequest("GET", "/desk", nil), httptest.NewRecorder()
				for _, c := range with {
					r.AddCookie(c)
				}
				s.deskSessions.LoadAndSave(do).ServeHTTP(w, r)
				return w.Result().Cookies()
			}
			open := ""
			reads := func(_ http.ResponseWriter, r *http.Request) { open = s.deskSessions.GetString(r.Context(), keyDesks) }
			session := asks(func(_ http.ResponseWriter, r *http.Request) { s.use(r.Context(), "attic") }, nil)
			if set := asks(reads, session); open != "attic" || len(set) > 0 {
				t.Fatalf("reading: got the desk %q and cookies %v, want the attic and none", open, set)
			}
			saved := make(chan bool)
			go func() {
				defer close(saved)
				asks(func(_ http.ResponseWriter, r *http.Request) {
					close(began)
					<-ended
					s.deskSessions.Put(r.Context(), keyFlash, "Saved.")
				}, session)
			}()
			<-began
			asks(func(_ http.ResponseWriter, r *http.Request) {
				if err := end(s, r); err != nil {
					t.Error(err)
				}
			}, session)
			close(ended)
			<-saved
			if asks(reads, session); open != "" {
				t.Errorf("under the token of before: got the desk %q, want none", open)
			}
		})
	}
}
