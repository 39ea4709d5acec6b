package services

import (
	"context"
	"time"

	"peerscrip/db"
	"peerscrip/jose"
	"peerscrip/services/audit"
	"peerscrip/services/broker"
	"peerscrip/services/scrip"
)

// addBroker opens the broker's books, or reaches the broker elsewhere.
func (h *house) addBroker(ctx context.Context) error {
	if !h.Role.hasBroker() {
		return h.reachBroker(ctx)
	}
	database, err := h.readyBooks(ctx)
	if err != nil {
		return err
	}
	keys, err := h.folder.BrokerKeys(h.Random, h.Clock().Unix())
	if err != nil {
		return err
	}
	chain, err := h.folder.BrokerChain()
	if err != nil {
		return inWords(err)
	}
	currency, err := h.ownCurrency()
	if err != nil {
		return err
	}
	if err := h.folder.KeepBank(h.Money.kind()); err != nil {
		return err
	}
	books, err := h.openBooks(ctx, database, keys.ID)
	if err != nil {
		return err
	}
	banking, err := h.openBank(books, currency)
	if err != nil {
		return err
	}
	stalls := merchants{h, h.outward()}
	witnesses, err := h.witnesses()
	if err != nil {
		return err
	}
	local := broker.New(broker.Config{
		Identity: scrip.BrokerInfo{
			ID: keys.ID, Name: h.Name, BaseURL: h.BaseURL, Currency: currency, Chain: chain,
			MaxCharge: h.MaxCharge, ScripLifetime: int64(h.ScripLifetime / time.Second),
		},
		Signing: keys.Signing, Envelope: append([]jose.EnvelopeKey{keys.Envelope}, keys.Opens...), Keys: keys.Keys, Books: books, Bank: banking, Merchants: stalls, Witnesses: witnesses,
		Clock: h.Clock, Random: h.Random, LockTime: h.LockTime, ExtendTime: h.ExtendTime, Rounds: h.rounds(), Requests: h.Rate, Logged: h.Rate,
		Log: h.Log, Look: h.lookAtKeys, Followed: func(info scrip.BrokerInfo) { h.issuer.known.Store(&info) },
	})
	h.useBroker(local, books, banking, len(witnesses) > 0)
	heads, err := audit.ReadHeads(h.Heads)
	if err != nil {
		return err
	}
	return inWords(local.Recognize(ctx, heads...))
}

// useBroker has the broker's work go on in the background, and all else of the process use it.
func (h *house) useBroker(local *broker.Broker, books *db.Books, banking bankOfBroker, witnessed bool) {
	h.run(h.alone(jobRounds, local.Run))
	h.run(local.FollowKeys)
	if witnessed {
		h.witnessStates = local.WitnessStates
		h.run(h.alone(jobCosigning, local.Cosigning))
	}
	if h.Role.hasMarket() {
		h.run(h.tellHeads)
	}
	h.silent = local.Silent
	h.broker, h.banking, h.books = local, banking, books
	h.judge = broker.Judge{Books: books, ID: local.Identity.ID, Signing: local.Signer, Clock: h.Clock, Random: h.Random}
	h.api.Broker, h.api.Bank = local, banking
	h.issuer.known.Store(&local.Identity)
}

// lookAtKeys reads the broker's keys as they are now.
func (h *house) lookAtKeys(context.Context) (broker.Keyring, error) {
	keys, err := h.folder.KnownBrokerKeys()
	if err != nil {
		return broker.Keyring{}, err
	}
	chain, err := scrip.ReadChain(keys.ID, keys.Keys)
	return broker.Keyring{
		Chain: chain, Keys: keys.Keys, Signing: keys.Signing, Envelope: append([]jose.EnvelopeKey{keys.Envelope}, keys.Opens...),
	}, err
}

// ownCurrency is the currency of the broker's books, which is kept beside them and
// never becomes another.
func (h *house) ownCurrency() (scrip.Currency, error) {
	currency, err := scrip.ParseCurrency(h.Currency)
	if err != nil {
		return scrip.Currency{}, err
	}
	fill(&h.MaxCharge, currency.Units(defaultMaxCharge))
	return currency, h.folder.KeepCurrency(currency)
}

// readyBooks refuses a broker of which half is missing. Where its books are in a database
// that several processes share, its keys are there, too: it returns that, open.
func (h *house) readyBooks(ctx context.Context) (*db.DB, error) {
	if !h.storage.Apart(db.Broker) {
		return nil, h.folder.WholeBroker()
	}
	database, err := h.open(ctx, h.folder.Books(), db.Broker)
	if err != nil {
		return nil, err
	}
	if err := h.joinOthers(database); err != nil {
		return nil, err
	}
	if h.folder, err = h.storage.Beside(database); err != nil {
		return nil, err
	}
	return database, h.folder.KeepElsewhere(h.storage.Shown())
}

// sharedRounds is how often a broker looks for work of which another of its processes knows.
const sharedRounds = 5 * time.Second

// rounds is how often the broker looks for work of which nobody told it; zero for its default.
func (h *house) rounds() time.Duration {
	if h.lessee == nil {
		return 0
	}
	return sharedRounds
}

// joinOthers makes this process one of those that share the database.
func (h *house) joinOthers(database *db.DB) error {
	owner, err := scrip.NewID(h.Random)
	if err != nil {
		return err
	}
	h.lessee = &lessee{db: database, owner: string(owner), log: h.Log, every: leaseAgain}
	return nil
}

// alone is a job as it goes on in one process of those that share the database; in a
// process that has its books to itself it goes on here.
func (h *house) alone(job string, do func(context.Context)) func(context.Context) {
	if h.lessee == nil {
		return do
	}
	return h.lessee.alone(job, do)
}

// openBooks opens the broker's books, unless they are open. They must be of the broker that
// the keys are of. From then on keys and books belong together.
func (h *house) openBooks(ctx context.Context, database *db.DB, id scrip.ID) (_ *db.Books, err error) {
	if database == nil {
		if database, err = h.open(ctx, h.folder.Books(), db.Broker); err != nil {
			return nil, err
		}
	}
	if err := belong(ctx, database, h.folder.Books(), string(id)); err != nil {
		return nil, err
	}
	books, err := db.NewBooks(database)
	if err != nil {
		return nil, err
	}
	h.bookStore = database
	return books, h.folder.BrokerBegun()
}
