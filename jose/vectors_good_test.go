package jose_test

import (
	"strings"

	"peerscrip/jose"
)

// group is a list of spoils tried on each of a list of scenarios.
type group struct {
	scenarios []string
	spoils    []spoil
}

// vectorPlan says which vectors stand in which file.
func vectorPlan(w world) map[string][]group {
	sealed := []string{"request", "reply"}
	inner := []string{"reply", "mandate"}
	return map[string][]group{
		"good.json": {
			{[]string{"request", "purchase", "reply", "refusal", "mandate", "receipt", "order", "payment", "exchange", "possession", "pseudonym", "opening"}, plain()},
			{inner, spelling()},
			{[]string{"reply"}, kinds()},
		},
		"envelope.json": {
			{sealed, badEnvelope()},
			{sealed, badSealHeader()},
			{[]string{"request"}, badRequestHeader(w)},
			{[]string{"reply"}, badReplyHeader(w)},
			{sealed, badPlaintext()},
		},
		"signature.json": {
			{inner, badSigned()},
			{inner, badSignHeader(w)},
			{[]string{"reply"}, badKeyed(w)},
			{[]string{"mandate", "purchase"}, badSelfKeyed(w)},
			{inner, badSignature(w)},
		},
		"claims.json": {
			{inner, badPayload()},
			{[]string{"reply"}, badReplyClaims(w)},
			{[]string{"mandate", "purchase"}, badMandateClaims(w)},
		},
		"attachments.json": {
			{[]string{"reply", "purchase"}, badAttachments()},
		},
		"pair.json": {
			{[]string{"order", "payment"}, badPair(w)},
		},
	}
}

func plain() []spoil {
	return []spoil{{name: "good"}}
}

// spelling is freedom that JSON leaves and the protocol does not take away.
func spelling() []spoil {
	return []spoil{
		{name: "white space in an attachment", about: "it means nothing there", hook: func(f *forgery) {
			f.disclosure = replace(`",`, `" , `)
		}},
		{name: "as long as its type may be", hook: func(f *forgery) { f.most = func(jws int) int { return jws } }},
		{name: "order of members", about: "the order of members means nothing", hook: func(f *forgery) {
			f.signHeader = reverseMembers
			f.payload = reverseMembers
		}},
		{name: "no body members, nothing attached", about: "body and attached are there and empty", hook: func(f *forgery) {
			f.message.Body, f.message.Attach = map[string]any{}, nil
		}},
		{name: "beyond ASCII", about: "UTF-8, escapes, a surrogate pair", hook: func(f *forgery) {
			f.message.Body = map[string]any{"title": "Žižkov — 自転車 🚲 <b>&amp;</b> \u2028 \" \\ /"}
			f.payload = replace("🚲", `🚲\ud83d\ude80\/\u0000`)
		}},
		{name: "latest time", about: "2^53-1 is the largest iat", hook: func(f *forgery) { f.message.Iat = jose.MaxTime }},
	}
}

// kinds is attachments of every JSON type.
func kinds() []spoil {
	return []spoil{{name: "attachments of every type", hook: func(f *forgery) {
		f.message.Attach = map[string]any{
			"string": "s", "number": 12.5, "true": true, "list": []any{1, "a", []any{}}, "object": map[string]any{"a": map[string]any{}},
			"empty": "", strings.Repeat("n", jose.MaxAttachmentName): "longest name",
		}
	}}}
}

// reverseMembers writes the top-level members of a JSON object in reverse order.
func reverseMembers(s string) string {
	var members []string
	depth, start, quoted := 0, 1, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				members = append([]string{s[start:i]}, members...)
			}
		case c == ',' && depth == 1:
			members, start = append([]string{s[start:i]}, members...), i+1
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}
