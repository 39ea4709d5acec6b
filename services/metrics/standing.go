package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// How often a process is looked at, and how long a look may take.
const (
	lookEvery   = 5 * time.Second
	lookTimeout = 10 * time.Second
)

// Standing is how a process stands at one time. A map that is nil belongs to a role that
// the process does not play, and tells nothing.
type Standing struct {
	Parts    map[string]bool // the parts of the process, and whether each is well
	Queues   map[string]Queue
	Unasked  int // busy stalls beside those whose queues were looked at
	Busy     int // stalls that may have something to tell the broker
	Held     map[string]int
	Disputes Queue
	Suspense Queue // real money for nobody known, or missing

	Ledger   map[string]float64 // sums of the last audit, in minor units of the currency
	Audited  time.Time          // when it was; zero: the first is not over, or there are no books here
	Findings int                // of it that are not as they must be

	Log       *Log               // nil without books here
	Witnesses map[string]Witness // of the log, by name; nil without any

	Elsewhere *Elsewhere // nil where the broker is in this process

	Unreachable map[string]int // stalls that do not answer, by who asks them
	Stalls      map[string]int // stalls that are known, by who knows them

	Relay     *Relayed             // nil but for a relay
	Witnessed map[string]Witnessed // logs that a witness cosigned, by origin; nil but for a witness

	Waiting   map[string]int     // changes that wait for a writer, by kind of database
	Unchecked map[string]float64 // bytes of write-ahead logs, by kind of database
	Free      float64            // bytes of the disk; below zero: nobody knows
	Least     float64            // bytes of the disk below which nothing new is taken
}

// Relayed is what waits at a relay for stalls that are asleep.
type Relayed struct {
	Letters int
	Bytes   int64
}

// Witnessed is how far a witness has cosigned a log.
type Witnessed struct {
	Size        int64     // records under the head that it cosigned last
	At          time.Time // when
	Contradicts int       // heads that the log signed beside one of the same size
}

// Queue is how many wait, and since when the oldest has.
type Queue struct {
	Depth  int
	Oldest time.Time // zero: none waits
}

// Log is the broker's.
type Log struct {
	Size   int64 // records that have their numbers
	Staged int64 // records that have none yet
	Head   int64 // records under the last signed head
	Signed time.Time
}

// Elsewhere is how the log of a broker elsewhere stands to what was seen of it.
type Elsewhere struct {
	Contradicts bool // it does not continue the head that was kept, as far as the broker has proved
	Proven      bool // it signed two heads of one size
}

// Witness is one that cosigns the log's heads.
type Witness struct {
	Cosigned    time.Time // when it did last; zero: never
	Behind      time.Time // when the first head was signed that it has not cosigned; zero: there is none
	Contradicts bool      // it cosigned another log
}

// Look has look looked by whenever somebody asks for figures, at most every lookEvery. What
// fails shows in peerscrip_look_failed, and the rest of it as it was looked at.
func (m *Metrics) Look(look func(ctx context.Context) (Standing, error)) {
	m.registry.MustRegister(&looking{look: look})
}

// looking is the collector of a Standing.
type looking struct {
	look func(ctx context.Context) (Standing, error)

	mu   sync.Mutex
	at   time.Time // under mu
	last Standing  // under mu
	err  error     // under mu
}

// Describe sends nothing: what there is to tell depends on the role.
func (l *looking) Describe(chan<- *prometheus.Desc) {}

// Collect looks, and tells.
func (l *looking) Collect(out chan<- prometheus.Metric) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.at) >= lookEvery {
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		l.last, l.err = l.look(ctx)
		cancel()
		l.at = time.Now()
	}
	tell := teller{out}
	tell.value("peerscrip_look_failed", "1 while some of what stands could not be looked at.", truth(l.err != nil))
	l.last.tell(tell)
}

// teller sends figures.
type teller struct{ out chan<- prometheus.Metric }

func (t teller) value(name, help string, value float64, labels ...string) {
	names := make([]string, 0, len(labels)/2)
	values := make([]string, 0, len(labels)/2)
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	t.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), prometheus.GaugeValue, value, values...)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// age is how long ago a time was, in seconds: 0 for none.
func age(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return max(time.Since(at).Seconds(), 0)
}

// tell sends all of it.
func (s Standing) tell(t teller) {
	for part, well := range s.Parts {
		t.value("peerscrip_part_well", "1 while a part of the process is well, as readiness sees it.", truth(well), "part", part)
	}
	s.tellQueues(t)
	s.tellBooks(t)
	if e := s.Elsewhere; e != nil {
		const help = "1 while the log of the broker elsewhere contradicts a head that it signed before; proven: by itself, else the broker has not proved that one continues the other."
		t.value("peerscrip_broker_log_contradicts", help, truth(e.Contradicts && !e.Proven), "proven", "false")
		t.value("peerscrip_broker_log_contradicts", help, truth(e.Proven), "proven", "true")
	}
	for by, n := range s.Stalls {
		t.value("peerscrip_stalls_known", "Stalls, by who knows them.", float64(n), "by", by)
	}
	for by, n := range s.Unreachable {
		t.value("peerscrip_stalls_unreachable", "Stalls that do not answer, by who asks them.", float64(n), "by", by)
	}
	if s.Relay != nil {
		t.value("peerscrip_relay_letters", "Messages that wait at a relay for stalls that are asleep.", float64(s.Relay.Letters))
		t.value("peerscrip_relay_letter_bytes", "Bytes of these messages.", float64(s.Relay.Bytes))
	}
	for log, of := range s.Witnessed {
		t.value("peerscrip_witnessed_records", "Records under the head of a log that this witness cosigned last.", float64(of.Size), "log", log)
		t.value("peerscrip_witnessed_age_seconds", "How long ago that was.", age(of.At), "log", log)
		t.value("peerscrip_witnessed_contradictions", "Heads that a log signed beside another one of the same size: 0, and it showed this witness one history.", float64(of.Contradicts), "log", log)
	}
	for kind, n := range s.Waiting {
		t.value("peerscrip_changes_waiting", "Changes that wait for the writer, by kind of database.", float64(n), "database", kind)
	}
	for kind, n := range s.Unchecked {
		t.value("peerscrip_wal_bytes", "Bytes of write-ahead logs, by kind of database.", n, "database", kind)
	}
	if s.Free >= 0 {
		t.value("peerscrip_disk_free_bytes", "Bytes that may still be written on the disk of the data folder.", s.Free)
	}
	t.value("peerscrip_disk_least_bytes", "Bytes of free disk below which nothing new is taken.", s.Least)
}

// tellQueues tells what waits.
func (s Standing) tellQueues(t teller) {
	for message, q := range s.Queues {
		t.value("peerscrip_queue_depth", "What stalls of this process have told the broker without an answer, by message; aside: set aside.", float64(q.Depth), "message", message)
		t.value("peerscrip_queue_oldest_seconds", "How long the oldest of a queue has waited.", age(q.Oldest), "message", message)
	}
	if s.Queues != nil {
		t.value("peerscrip_queue_stalls", "Stalls that may have something to tell the broker.", float64(s.Busy))
		t.value("peerscrip_queue_stalls_unasked", "Of these, those whose queues were not looked at.", float64(s.Unasked))
	}
	for message, n := range s.Held {
		t.value("peerscrip_holds", "Transactions that hold money for a stall, by the message that does.", float64(n), "message", message)
	}
}

// tellBooks tells of the broker's books and its log.
func (s Standing) tellBooks(t teller) {
	if s.Log == nil {
		return
	}
	t.value("peerscrip_log_records", "Records of the log.", float64(s.Log.Size))
	t.value("peerscrip_log_staged", "Records that have no number yet.", float64(s.Log.Staged))
	t.value("peerscrip_log_head_records", "Records under the last signed head.", float64(s.Log.Head))
	t.value("peerscrip_log_head_lag", "Records that the last signed head does not cover.", float64(s.Log.Size-s.Log.Head))
	t.value("peerscrip_log_head_age_seconds", "How long ago the last head was signed.", age(s.Log.Signed))
	for name, w := range s.Witnesses {
		t.value("peerscrip_witness_cosigned_age_seconds", "How long ago a witness cosigned a head.", age(w.Cosigned), "witness", name)
		t.value("peerscrip_witness_behind_seconds", "How long the oldest head has waited that a witness has not cosigned.", age(w.Behind), "witness", name)
		t.value("peerscrip_witness_contradicts", "1 where a witness cosigned another log than this.", truth(w.Contradicts), "witness", name)
	}
	t.value("peerscrip_disputes_waiting", "Disputes that wait for a decision.", float64(s.Disputes.Depth))
	t.value("peerscrip_disputes_oldest_seconds", "How long the oldest dispute has waited.", age(s.Disputes.Oldest))
	t.value("peerscrip_suspense_waiting", "Sums of real money that came in for nobody known, or are missing, and wait for the operator.", float64(s.Suspense.Depth))
	t.value("peerscrip_suspense_oldest_seconds", "How long the oldest of these has waited.", age(s.Suspense.Oldest))
	if s.Audited.IsZero() {
		return
	}
	for account, sum := range s.Ledger {
		t.value("peerscrip_ledger_minor_units", "Sums of the ledger at the last audit, by kind of account.", sum, "account", account)
	}
	t.value("peerscrip_audit_age_seconds", "How long ago the last audit was.", age(s.Audited))
	t.value("peerscrip_audit_findings", "What the last audit found that is not as it must be: 0, and the books close.", float64(s.Findings))
}
