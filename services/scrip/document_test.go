package scrip_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// documented is a message as a row of docs/protocol.md section 4 has it.
type documented struct {
	members             []string // of its body
	attached, mayAttach []string // always; under the condition that the row tells
	selfKeyed, dual     bool
}

// documentedMessages are the tables of messages, by typ.
func documentedMessages(t testing.TB) map[string]documented {
	t.Helper()
	all := map[string]documented{}
	for _, row := range docs.Protocol("typ", "signed by", "body", "attached") {
		d := documented{
			members:   slices.Sorted(slices.Values(docs.Words(row["body"]))),
			selfKeyed: strings.Contains(row["signed by"], "self-keyed"),
			dual:      strings.Contains(row["signed by"], "dual"),
		}
		always, sometimes := row["attached"], ""
		if at := strings.Index(always, "if "); at >= 0 {
			always, sometimes = always[:at], always[at:]
		}
		d.attached = slices.Sorted(slices.Values(docs.Words(always)))
		d.mayAttach = slices.Sorted(slices.Values(docs.Words(sometimes)))
		typ := row["typ"]
		if before, twice := all[typ]; twice && fmt.Sprint(before) != fmt.Sprint(d) {
			t.Errorf("%s: got %+v and %+v, want the same in each of its rows", typ, before, d)
		}
		all[typ] = d
	}
	return all
}

// form is what the document says of the values of a member.
type form struct {
	kind        string // as in the table of forms: "money or 0"
	least, most int    // of a text, a list or a count
	bytes       bool   // least and most count bytes of a text, not characters
	words       []string
	says        []string      // the code spans of what it says
	told        string        // what it says
	refusal     scrip.Refusal // for a value of the right JSON type that is not of the form
	mayMiss     bool
}

// member names a place in a body: "value" of "T2", or "price" in "reports".
type member struct{ of, name string }

// documentedMembers are the tables of members. Of an empty "of" is every
// message that has no row of its own.
func documentedMembers(t testing.TB) map[member]form {
	t.Helper()
	refusals := map[string]scrip.Refusal{}
	for _, row := range docs.Protocol("form", "is", "else") {
		for kind := range strings.SplitSeq(row["form"], ", ") {
			if word := docs.Words(row["else"]); len(word) == 1 {
				refusals[kind] = scrip.Refusal(word[0])
			}
		}
	}
	members := map[member]form{}
	for _, row := range docs.Protocol("member", "of", "form") {
		f := formOf(t, row)
		f.refusal = cmp.Or(f.refusal, refusals[f.kind])
		for _, name := range docs.Words(row["member"]) {
			for of := range strings.SplitSeq(row["of"], ", ") {
				members[member{strings.Trim(strings.TrimPrefix(of, "in "), "`"), name}] = f
			}
		}
	}
	return members
}

var (
	bounds    = regexp.MustCompile(`^(.+?)(?:, | of )([0-9]+) to ([0-9]+)( bytes)?$`)
	otherwise = regexp.MustCompile("\\(else `([a-z-]+)`\\)")
)

func formOf(t testing.TB, row docs.Row) form {
	t.Helper()
	f := form{kind: row["form"], told: row["what it says"], says: docs.Words(row["what it says"]), mayMiss: strings.Contains(row["what it says"], "may be left out")}
	if m := bounds.FindStringSubmatch(f.kind); m != nil {
		f.kind, f.bytes = m[1], m[4] != ""
		f.least, _ = strconv.Atoi(m[2])
		f.most, _ = strconv.Atoi(m[3])
	}
	if m := otherwise.FindStringSubmatch(row["what it says"]); m != nil {
		f.refusal = scrip.Refusal(m[1])
	}
	if f.kind == "word" {
		f.words = docs.Words(row["what it says"])
	}
	if f.kind == "word" && len(f.words) == 0 {
		f.words = documentedRefusals()
		if row["member"] == "`sub`" {
			f.words = documentedSubs()
		}
	}
	return f
}

// documentedSubs are the subs of all categories, in the order of the table.
func documentedSubs() []string {
	var words []string
	for _, row := range docs.Protocol("category", "sub", "attributes") {
		words = append(words, docs.Words(row["sub"])...)
	}
	return words
}

// documentedRefusals are the words of the table of refusals, in its order.
func documentedRefusals() []string {
	var words []string
	for _, row := range docs.Protocol("refusal", "meaning") {
		words = append(words, docs.Words(row["refusal"])...)
	}
	return words
}

// declaredMessages are the types of messages in the source, by typ: receivers of
// a method Type that returns a literal.
func declaredMessages(t testing.TB) map[string]string {
	t.Helper()
	declared := map[string]string{}
	method := regexp.MustCompile(`(?m)^func \((?:\w+ )?(\w+)\) Type\(\) string +\{ return "([^"]+)" \}$`)
	for _, source := range sources(t) {
		for _, m := range method.FindAllStringSubmatch(source, -1) {
			declared[m[2]] = m[1]
		}
	}
	return declared
}

// sources are the files of this package, tests apart, by name.
func sources(t testing.TB) map[string]string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			all[name] = string(must(os.ReadFile(name)))
		}
	}
	return all
}

// A message that scrip declares has a row in the document, and is one of the
// messages that the tests of this package try; and nothing else is.
func TestEveryMessageIsDocumentedAndTried(t *testing.T) {
	rows, tried := documentedMessages(t), map[string]bool{}
	for _, k := range newWorld().kinds() {
		tried[k.typ()] = true
	}
	declared := declaredMessages(t)
	if len(declared) < 40 {
		t.Fatalf("declared messages: got %d, want them all", len(declared))
	}
	for typ, name := range declared {
		if _, ok := rows[typ]; !ok {
			t.Errorf("%s (scrip.%s) has no row in docs/protocol.md section 4", typ, name)
		}
		if !tried[typ] {
			t.Errorf("%s (scrip.%s) is not in kinds_test.go", typ, name)
		}
	}
	for typ := range rows {
		if declared[typ] == "" {
			t.Errorf("docs/protocol.md describes a message %s, which scrip does not declare", typ)
		}
	}
}

// A message's body, attachments and signer are what its row says.
func TestMessagesAreAsDocumented(t *testing.T) {
	w, rows := newWorld(), documentedMessages(t)
	for _, k := range w.kinds() {
		d := rows[k.typ()]
		if got := slices.Sorted(maps.Keys(fieldsOf(reflect.TypeOf(k.body)))); !slices.Equal(got, d.members) {
			t.Errorf("%s: the body has %q, its row says %q", k.typ(), got, d.members)
		}
		m := w.message(k)
		if m.SelfKeyed != d.selfKeyed || isPart(k.typ()) != d.dual {
			t.Errorf("%s: self-keyed %t, a part %t; its row says %t, %t", k.typ(), m.SelfKeyed, isPart(k.typ()), d.selfKeyed, d.dual)
		}
		got := slices.Sorted(maps.Keys(m.Attach))
		all := slices.Sorted(slices.Values(slices.Concat(d.attached, d.mayAttach)))
		if !slices.Equal(got, d.attached) && !slices.Equal(got, all) {
			t.Errorf("%s: %q are attached, its row says %q and sometimes %q", k.typ(), got, d.attached, d.mayAttach)
		}
		if scrip.MayChange(k.body) != (len(d.mayAttach) > 0) {
			t.Errorf("%s: scrip comes with it under a condition: %t; its row says %q", k.typ(), scrip.MayChange(k.body), d.mayAttach)
		}
	}
}

// Every member of every body has one form in the document, of which its field's
// type is one way to write it; and every form there is used.
func TestMembersAreAsDocumented(t *testing.T) {
	w, members, used := newWorld(), documentedMembers(t), map[member]bool{}
	for name, f := range members {
		if len(goTypes[f.kind]) == 0 {
			t.Errorf("%s of %s: %q is no form of docs/protocol.md section 3", name.name, name.of, f.kind)
		}
	}
	for _, k := range w.kinds() {
		checkMembers(t, members, used, k.typ(), "", reflect.TypeOf(k.body))
	}
	checkMembers(t, members, used, "scrip", "scrip", reflect.TypeFor[scrip.Scrip]())
	checkMembers(t, members, used, "order", "order", reflect.TypeFor[scrip.Order]())
	for _, typ := range []string{"T3", "T10"} { // all there is
		for name := range w.message(w.find(t, typ)).Attach {
			used[member{"attached", name}] = true
		}
	}
	used[member{"attached", "photo"}] = true // TestPhotoIsAttached
	for name := range members {
		if !used[name] {
			t.Errorf("docs/protocol.md gives %q of %q a form, which no message has", name.name, name.of)
		}
	}
}

// The closed lists of an offer are in the document as they are in the source.
func TestListsAreDocumented(t *testing.T) {
	members := documentedMembers(t)
	for name, list := range map[string][]string{"category": scrip.Categories(), "condition": scrip.Conditions()} {
		if told := members[member{"OFFER", name}].words; !slices.Equal(told, list) {
			t.Errorf("%s: docs/protocol.md lists %q, scrip %q", name, told, list)
		}
	}
	rows := docs.Protocol("category", "sub", "attributes")
	if len(rows) != len(scrip.Categories()) {
		t.Errorf("got %d rows of categories, want %d", len(rows), len(scrip.Categories()))
	}
	for i, row := range rows {
		want, _ := scrip.CategoryOf(scrip.Categories()[i])
		got := scrip.Category{Name: strings.Trim(row["category"], "`"), Subs: docs.Words(row["sub"]), Attributes: docs.Words(row["attributes"])}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got the row %q, want %q", got, want)
		}
	}
}

// goTypes are the types that a field of a form may have.
var goTypes = map[string][]string{
	"ID": {"scrip.ID", "scrip.AccountID", "scrip.VendorID"}, "thumbprint": {"scrip.Pseudonym", "string"},
	"digest": {"string"}, "secret": {"string"}, "JWS": {"string"}, "text": {"string"}, "word": {"string", "scrip.Refusal", "scrip.HoldState", "scrip.Side"},
	"money": {"scrip.Money"}, "money or 0": {"scrip.Money", "*scrip.Money"}, "time": {"int64"}, "time or 0": {"int64"}, "counter": {"int64", "*int64"},
	"count": {"int", "*int"}, "binary": {"[]byte"}, "signing key": {"jose.VerifyKey"}, "envelope key": {"jose.SealKey"}, "country": {"string"}, "list": {"slice"}, "object": {"struct", "ptr"},
}

func checkMembers(t *testing.T, members map[member]form, used map[member]bool, typ, in string, body reflect.Type) {
	t.Helper()
	for name, field := range fieldsOf(body) {
		key, f, ok := find(members, typ, in, name)
		if !ok {
			t.Errorf("%s: %s in %q has no form in docs/protocol.md", typ, name, in)
			continue
		}
		used[key] = true
		inner := field.Type
		if f.kind == "object" && inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		written := field.Type.String()
		if kind := inner.Kind().String(); kind == "slice" || f.kind == "object" {
			written = kind
		}
		if !slices.Contains(goTypes[f.kind], written) {
			t.Errorf("%s: %s is a %s, and documented as %s", typ, name, field.Type, f.kind)
		}
		if f.mayMiss != strings.Contains(field.Tag.Get("json"), ",omitempty") {
			t.Errorf("%s: %s has the tag %q; the document says that it may be left out: %t", typ, name, field.Tag, f.mayMiss)
		}
		switch {
		case f.kind == "list" && inner.Elem().Kind() == reflect.Struct && inner.Elem() != reflect.TypeFor[jose.VerifyKey]():
			checkParts(t, f, typ, name, inner.Elem())
			checkMembers(t, members, used, typ, name, inner.Elem())
		case f.kind == "object" && inner.Kind() == reflect.Pointer:
			checkParts(t, f, typ, name, inner.Elem())
			checkMembers(t, members, used, typ, name, inner.Elem())
		case f.kind == "object":
			checkParts(t, f, typ, name, inner)
			checkMembers(t, members, used, typ, name, inner)
		}
	}
}

// checkParts: the row of a list or an object names each member that there is in it:
// those whose form is the same everywhere have no other row that says so.
func checkParts(t *testing.T, f form, typ, name string, of reflect.Type) {
	t.Helper()
	for part := range fieldsOf(of) {
		if !slices.Contains(f.says, part) {
			t.Errorf("%s: the row of %s names %q in docs/protocol.md, and not %q", typ, name, f.says, part)
		}
	}
}

// find looks a member up: in a list or an object by its name, in a body by the
// message's, and else among those that are of one form everywhere.
func find(members map[member]form, typ, in, name string) (member, form, bool) {
	for _, key := range []member{{cmp.Or(in, typ), name}, {"", name}} {
		if f, ok := members[key]; ok {
			return key, f, true
		}
	}
	return member{}, form{}, false
}

// fieldsOf are the fields of a body by their names on the wire.
func fieldsOf(body reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, field := range reflect.VisibleFields(body) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		fields[name] = field
	}
	return fields
}
