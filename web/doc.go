// Package web is what people see: HTML pages for browsing, reading, selling and the sandbox bank, all of which work
// without JavaScript, and the shells of the wallet's pages, which the modules in static/wallet fill.
//
// Call New with a Config. Pages are one .go and one .templ file each: the handler asks a party by one of the interfaces
// in parties.go, flattens the answer into a view model, and the template prints it. All routes stand in routes.go. A
// handler returns an error; problem.go turns a scrip.Refusal into the status and the words people see, and everything else
// into a page that shows the request's id and nothing more.
//
// Pages are in English or German, as the browser asks or its visitor chose (language.go). What a page says goes through tr,
// or sentence where elements stand in it: { tr(ctx, "Posted within {{.Days}} from {{.Place}}", "Days", d, "Place", p) }. The
// English text is the ID, and its German stands in locales/active.de.json, one text on a line, sorted by
// go test ./web -run TestTexts -sort. Tables mark their texts by phrase. TestTexts, TestTemplates and TestHandlers find what is
// missing. Sums, stamps and numbers are put into texts as they are, and written there as the language has them.
//
// The package decides nothing about money: it parses and formats amounts, and passes them on.
package web

//go:generate go run ./generate
