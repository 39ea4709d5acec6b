package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// Served is what there is to say of a request that was answered. Each of its words is
// one of a closed list, but for the tx.
type Served struct {
	Route   string // as openapi.yaml writes it; "none" where there is no such
	Step    *Step  // nil for what takes no message
	Status  int
	Problem string // the word of the problem, if it was one
	Refused string // the word of a sealed REFUSE, if it was one
	Again   bool   // the same message had been answered before
	Tx      string // of the message, see [scrip.Trail]; empty: none was opened
	Took    time.Duration
}

// logged writes one line for each request once it is answered: method, route,
// status, duration, bytes and id; of a message its name and tx (see [scrip.Trail]), and
// the word of a sealed REFUSE; the problem's word if there was one, and the error behind
// it. No body, path, query, header or address is ever in it. Messages are at level INFO;
// what is only read, and what strangers ask for in vain, at DEBUG. Then served is told.
func logged(log *slog.Logger, served func(context.Context, Served)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			r, n := withNote(r)
			next.ServeHTTP(ww, r)

			took := time.Since(start)
			if served != nil {
				served(r.Context(), Served{
					Route: n.pattern(r), Step: n.step, Status: ww.Status(), Problem: n.word, Refused: string(n.trail.Refused),
					Again: n.trail.Again, Tx: string(n.trail.Tx), Took: took,
				})
			}
			if level := level(n, ww.Status()); log.Enabled(r.Context(), level) {
				log.LogAttrs(r.Context(), level, "api", n.attrs(r, ww, took)...)
			}
		})
	}
}

// attrs are what a line of the log says.
func (n *noted) attrs(r *http.Request, w middleware.WrapResponseWriter, took time.Duration) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("request", n.id), slog.String("method", method(r)), slog.String("route", n.pattern(r)),
		slog.Int("status", w.Status()), slog.Duration("took", took), slog.Int("bytes", w.BytesWritten()),
	}
	if n.step != nil {
		attrs = append(attrs, slog.String("message", n.step.Message()))
	}
	if n.trail.Tx != "" {
		attrs = append(attrs, slog.String("tx", string(n.trail.Tx)))
	}
	if len(n.trail.Of) > 0 {
		attrs = append(attrs, slog.Any("of", n.trail.Of))
	}
	if n.trail.Refused != "" {
		attrs = append(attrs, slog.String("refused", string(n.trail.Refused)))
	}
	if n.word != "" {
		attrs = append(attrs, slog.String("problem", n.word))
	}
	if n.err != nil {
		attrs = append(attrs, slog.String("error", n.err.Error()))
	}
	return attrs
}

// onlyReads are the messages that move nothing: who waits sends them again and again.
var onlyReads = []string{"WATCH", "STATEMENT"}

func level(n *noted, status int) slog.Level {
	switch {
	case status == http.StatusInternalServerError:
		return slog.LevelError
	case n.err != nil || status >= 500:
		return slog.LevelWarn
	case n.step != nil && n.trail.Tx != "" && !slices.Contains(onlyReads, n.step.Message()):
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// method is the request's method if it is one of HTTP's: a sender can write
// anything there, and the log shall not hold it.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodOptions, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodPatch:
		return r.Method
	}
	return "other"
}

// recovered turns a panic into "internal" and a log line with the stack. The
// panic's value is shown only if the runtime made it; any other may hold
// what a request brought.
func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			what := fmt.Sprintf("%T", v)
			if fault, ok := v.(runtime.Error); ok {
				what = fault.Error()
			}
			refuse(w, r, fmt.Errorf("panic: %s\n%s", what, debug.Stack()))
		}()
		next.ServeHTTP(w, r)
	})
}
