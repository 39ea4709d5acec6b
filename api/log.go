package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// logged writes one line for each request once it is answered: method, route,
// status, duration, bytes and id; the problem's word if there was one, and the
// error behind it. No body, path, query, header or address is ever in it.
func logged(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
			r, n := withNote(r)
			next.ServeHTTP(ww, r)

			attrs := []slog.Attr{
				slog.String("request", n.id), slog.String("method", method(r)), slog.String("route", n.pattern(r)),
				slog.Int("status", ww.Status()), slog.Duration("took", time.Since(start)), slog.Int("bytes", ww.BytesWritten()),
			}
			if n.word != "" {
				attrs = append(attrs, slog.String("problem", n.word))
			}
			if n.err != nil {
				attrs = append(attrs, slog.String("error", n.err.Error()))
			}
			log.LogAttrs(r.Context(), level(n, ww.Status()), "api", attrs...)
		})
	}
}

func level(n *noted, status int) slog.Level {
	switch {
	case status == http.StatusInternalServerError:
		return slog.LevelError
	case n.err != nil || status >= 500:
		return slog.LevelWarn
	case n.route == "/healthz" || n.route == "/readyz":
		return slog.LevelDebug
	}
	return slog.LevelInfo
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
