// Package web is what people see: HTML pages for browsing, reading, selling and the sandbox bank, all of which work
// without JavaScript, and the shells of the wallet's pages, which the modules in static/wallet fill.
//
// Call New with a Config. Pages are one .go and one .templ file each: the handler asks a party by one of the interfaces
// in parties.go, flattens the answer into a view model, and the template prints it. All routes stand in routes.go. A
// handler returns an error; problem.go turns a scrip.Refusal into the status and the words people see, and everything else
// into a page that shows the request's id and nothing more.
//
// The package decides nothing about money: it parses and formats amounts, and passes them on.
package web

//go:generate go run ./generate
