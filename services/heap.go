package services

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapRoom is how large the heap may become, in bytes, before garbage is collected for the
// first time. What most processes keep is a tenth of it: they would else collect every few
// purchases, which takes an eighth of what they can sell.
const heapRoom = 64 << 20

// UseHeapRoom has this process collect garbage only where its heap has reached 64 MB, or
// twice what it keeps if that is more, as ever. What GOGC says in the environment stands
// instead; GOMEMLIMIT holds beside it. Call it once, at the start.
func UseHeapRoom() {
	if os.Getenv("GOGC") != "" {
		return
	}
	afterCollection(0)
}

// collection is what nothing keeps, so that the next collection takes it.
type collection struct{ _ *collection }

// afterCollection sets, for what the last collection left, when the next one is due, where that
// is not the percent set before; and does so after each one.
func afterCollection(before int) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	percent := heapPercent(live[0].Value.Uint64())
	if percent != before {
		debug.SetGCPercent(percent)
	}
	runtime.AddCleanup(&collection{}, afterCollection, percent)
}

// heapPercent is by how much of itself a heap may grow that keeps so many bytes.
func heapPercent(live uint64) int {
	live = max(live, 4<<20) // for less, the runtime collects first at 4 MB by so many percent
	if live >= heapRoom/2 {
		return 100
	}
	return int((heapRoom - live) * 100 / live)
}
