package services

// What a process keeps open: each hosted stall at which something happens has a
// database with its write-ahead log and several readers, and there must be some for
// connections. The books of the others are closed.
const (
	handlesOfStall = 8
	handlesBeside  = 256
	busyStalls     = 64 // at one time
)

// enoughHandles reports how many files the hosted stalls need, and whether as many
// may be open. Where the system does not say, it is enough.
func enoughHandles(stalls int, limit func() (uint64, error)) (needed uint64, enough bool) {
	needed = uint64(min(stalls, busyStalls))*handlesOfStall + handlesBeside
	most, err := limit()
	return needed, err != nil || most >= needed
}

// sayHandles says at the start, and not when the first database does not open,
// that the process may not open as many files as its stalls need when many of them
// are busy.
func (h *house) sayHandles(stalls int) {
	if needed, enough := enoughHandles(stalls, openFiles); !enough {
		h.Log.Error("too few files may be open for the stalls hosted here: raise the limit (ulimit -n) before more are opened", "stalls", stalls, "needed", needed)
	}
}
