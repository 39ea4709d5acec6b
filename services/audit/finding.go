package audit

import (
	"fmt"
	"strings"

	"peerscrip/services/scrip"
)

// Kind is what a finding says, without its values: a sentence of the closed list
// below, in English, with the names of the values in it. Pages say it in other
// languages by its English (web/locales); their test reads this list.
type Kind string

// The kinds of findings, by invariant of protocol section 6. A stall is a
// scrip.VendorID, a sum scrip.Money, a count an int, and a Fault one of db's.
const (
	// I1
	booksSum    Kind = "bank, outstanding, floats, reserves, held, earned and credit sum to {{.Sum}}; came in minus went out: {{.CameIn}}"
	booksReplay Kind = "the log's postings replay into the books' balances"
	takenBack   Kind = "purchases of which buyers had something back: {{.Count}}, with {{.Amount}}; by the log: {{.Logged}}"
	// I2
	shelfCovered   Kind = "stall {{.Stall}}: float and reserve {{.Covers}}, accounts: {{.Accounts}}, not as they must be: {{.Short}}; VendorScrip {{.Live}}, of which paid out {{.PaidOut}}, sold and not recorded {{.Unrecorded}}, refunds not collected {{.Due}}, under way {{.UnderWay}}, rescued {{.Rescued}}"
	accountCovered Kind = "stall {{.Stall}}: account \"{{.Account}}\" has float and reserve {{.Covers}}; VendorScrip {{.Live}}, of which paid out {{.PaidOut}}, sold and not recorded {{.Unrecorded}}, refunds not collected {{.Due}}, under way {{.UnderWay}}, rescued {{.Rescued}}"
	shelfElsewhere Kind = "stall {{.Stall}}: float {{.Float}}; its book is elsewhere and was not looked at"
	// I3
	liveScrip Kind = "outstanding {{.Outstanding}}, held and in reserve already {{.Withheld}}; live BrokerScrip {{.Live}}, pieces: {{.Pieces}}"
	reserved  Kind = "reserves {{.Reserves}}; asked of merchants and not answered {{.Asked}}"
	mostOfOne Kind = "the most BrokerScrip one account holds: {{.Most}}"
	// I4
	booksClean Kind = "nothing of dead BrokerScrip is left in the books"
	booksDirty Kind = "of dead BrokerScrip there is left in the books: replies {{.Replies}}, announcements {{.Announced}}, secrets {{.Secrets}}, not overwritten {{.Residue}}"
	shelfClean Kind = "stall {{.Stall}}: nothing of dead VendorScrip is left"
	shelfDirty Kind = "stall {{.Stall}}: of dead VendorScrip there is left: replies {{.Replies}}, announcements {{.Announced}}, secrets {{.Secrets}}, not overwritten {{.Residue}}"
	// I5
	purseLive Kind = "a wallet's {{.Pieces}} scrip: {{.Dead}} not live at their issuers, {{.Elsewhere}} of stalls that are elsewhere"
	// I6
	openHolds Kind = "open holds: {{.Count}}, by the log {{.Logged}}; not as the log has them: {{.Wrong}}"
	stallHeld Kind = "stall {{.Stall}}: held {{.Held}}; left of its holds {{.Left}}"
	allHeld   Kind = "held {{.Held}}; left of open holds {{.Left}}"
	// log
	logWhole      Kind = "{{.Records}} records, tree head {{.Root}}"
	logContinued  Kind = "{{.Records}} records, of which an earlier audit checked {{.Before}}, tree head {{.Root}}"
	logStaged     Kind = "{{.Staged}} records more have no place in the tree yet"
	recordWrong   Kind = "record {{.Record}} {{.Fault}}"
	headForged    Kind = "the kept head of {{.Records}} records is not as the broker signed it"
	headsUnseen   Kind = "{{.Heads}} signed heads were not looked at: the broker's keys.json is not beside its books"
	headsHeld     Kind = "{{.Held}} of {{.Heads}} signed heads are of this log"
	headElsewhere Kind = "the head of {{.Records}} records that was kept elsewhere is of this log"
	signedCut     Kind = "a head of {{.Records}} records was signed; the log has {{.Has}}: it was cut off"
	keptCut       Kind = "a head of {{.Records}} records was kept elsewhere; the log has {{.Has}}: it was cut off"
	signedOther   Kind = "the first {{.Records}} records are not those of the head that was signed: one was changed, taken out, put in or moved"
	keptOther     Kind = "the first {{.Records}} records are not those of the head that was kept elsewhere: one was changed, taken out, put in or moved"
	silentStalls  Kind = "{{.Stalls}} stalls do not answer the broker; by the log {{.Logged}}"
	ratedSales    Kind = "purchases that are rated, as published: {{.Purchases}}; by the log {{.Logged}}"
	otherKeys     Kind = "the book knows of other keys of the broker than those in its keys.json"
)

// Values are what is put into a Kind, by name: scrip.Money, scrip.VendorID,
// scrip.AccountID, int, Fault, or a string that is the same in all languages.
type Values map[string]any

// Fault is what is wrong with a record of the log, of db's closed list: English,
// told in other languages as a Kind is.
type Fault string

// Finding is what an audit has to say about one invariant.
type Finding struct {
	Invariant string `json:"invariant"` // "I1" to "I6", or "log"
	OK        bool   `json:"ok"`
	Kind      Kind   `json:"-"`
	Values    Values `json:"-"`
	Text      string `json:"text"` // the Kind with its Values, in English: for the command and the log
}

func (r *Report) say(invariant string, ok bool, kind Kind, values Values) {
	r.Findings = append(r.Findings, Finding{invariant, ok, kind, values, r.text(kind, values)})
}

func (r *Report) text(kind Kind, values Values) string {
	var pairs []string
	for name, value := range values {
		said := fmt.Sprint(value)
		if m, is := value.(scrip.Money); is {
			said = r.amount(m)
		}
		pairs = append(pairs, "{{."+name+"}}", said)
	}
	return strings.NewReplacer(pairs...).Replace(string(kind))
}
