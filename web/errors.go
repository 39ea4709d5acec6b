package web

// errorView is an error page: what happened, in words, and the id under which the log has the rest.
type errorView struct {
	problem
	RequestID string
}
