package api_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"peerscrip/api"
	"peerscrip/docs"
	"peerscrip/services/scrip"
)

// TestRefuseListsAreComplete: the text of each step names the refusals that
// docs/protocol.md lists for its message, and no others.
func TestRefuseListsAreComplete(t *testing.T) {
	doc := loaded(t)
	listed := map[string][]string{} // by typ
	for _, row := range docs.Protocol("refusal", "meaning", "REFUSE to") {
		to, _, _ := strings.Cut(row["REFUSE to"], ":")
		for typ := range strings.SplitSeq(to, ", ") {
			listed[typ] = append(listed[typ], docs.Words(row["refusal"])...)
		}
	}
	for _, step := range api.Steps() {
		path := doc.Paths.Value(step.Path())
		if path == nil || path.Post == nil {
			continue // TestStepsAreDocumented tells
		}
		text := path.Post.Description
		var named []string
		for _, word := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(text, -1) {
			if scrip.Refusal(word[1]).Valid() && !slices.Contains(named, word[1]) {
				named = append(named, word[1])
			}
		}
		want := slices.Clone(listed[requestType(step)])
		if step.To == api.B {
			want = append(want, listed[requestType(step)+" (broker)"]...) // of two issuers, this one
		}
		slices.Sort(named)
		slices.Sort(want)
		if !slices.Equal(named, want) {
			t.Errorf("%s: the document names %q, protocol.md lists %q", step.Operation, named, want)
		}
	}
}

// requestType is the typ of what a step answers: of the part that the receiver
// opens, where the message is in parts.
func requestType(step api.Step) string {
	switch {
	case step.Takes.Envelope != "":
		return step.Message()
	case step.To == api.B:
		return step.Message() + "-payment"
	}
	return step.Message() + "-order"
}

// TestEveryRequestHasAStep: what docs/protocol.md sends over HTTP, the table of
// steps carries, from whom and to whom it says; T26 goes to either issuer.
func TestEveryRequestHasAStep(t *testing.T) {
	carried := map[string]string{} // ways by message
	for _, step := range api.Steps() {
		carried[step.Message()] += string(step.From) + "→" + string(step.To) + " "
	}
	for _, row := range docs.Protocol("typ", "way", "attached") {
		message, _, _ := strings.Cut(row["typ"], "-")
		if !slices.Contains(docs.Words(row["attached"]), "reply_key") {
			continue // an answer, or what stands alone
		}
		way := strings.Fields(row["way"])[0]
		wanted := []string{way}
		if strings.HasSuffix(way, "I") {
			wanted = []string{"C→B", "C→M"}
		}
		for _, way := range wanted {
			if !strings.Contains(carried[message], way) && !strings.Contains(row["way"], "through") {
				t.Errorf("%s: docs/protocol.md sends it %s, the steps %q", row["typ"], way, carried[message])
			}
		}
	}
}
