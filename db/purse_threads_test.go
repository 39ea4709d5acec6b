package db_test

import (
	"context"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// purseThreads: a thread is replaced by what was made of it, and by nothing else.
func purseThreads(p purse) {
	ctx := context.Background()
	first := wallet.SealedThread{Tx: id(), Vendor: scrip.VendorID(id()), Version: 1, At: now, Sealed: []byte("one")}
	got, err := p.Thread(ctx, first.Tx)
	absentFrom(p.t, "Thread", got, err)
	p.want(nil, wallet.PurseChange{Thread: &first})
	p.want(wallet.ErrConflict, wallet.PurseChange{Thread: &first})
	second := first
	second.Version, second.At, second.Sealed = 2, now+1, []byte("two")
	p.want(nil, wallet.PurseChange{Thread: &second})
	p.want(wallet.ErrConflict, wallet.PurseChange{Thread: &second})
	got, err = p.Thread(ctx, first.Tx)
	same(p.t, "Thread", got, err, second)
	list, err := p.Threads(ctx)
	same(p.t, "Threads", list, err, []wallet.SealedThread{second})
	p.want(wallet.ErrConflict, wallet.PurseChange{Unasked: &first})
	p.want(nil, wallet.PurseChange{Unasked: &second})
	list, err = p.Threads(ctx)
	same(p.t, "Threads without one that was forgotten", list, err, []wallet.SealedThread{})
}
