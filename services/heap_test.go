package services

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestHeapPercent(t *testing.T) {
	for _, test := range []struct {
		live uint64
		want int
	}{
		{0, 1500}, {1 << 20, 1500}, {4 << 20, 1500}, {16 << 20, 300}, {31 << 20, 106}, {32 << 20, 100}, {1 << 30, 100},
	} {
		if got := heapPercent(test.live); got != test.want {
			t.Errorf("heapPercent(%d) = %d, want %d", test.live, got, test.want)
		}
	}
}

// kept is what TestUseHeapRoom keeps.
var kept []byte

// A process of its own may let its heap grow by many times what it keeps while that is
// little, to twice of what is much, and by many times again; or by what the environment
// says, if it does.
func TestUseHeapRoom(t *testing.T) {
	const asked = "PEERSCRIP_TEST_HEAP"
	if os.Getenv(asked) != "" {
		UseHeapRoom()
		if os.Getenv("GOGC") != "" {
			awaitPercent(t, 150, 150)
			return
		}
		awaitPercent(t, 300, 1500)
		kept = make([]byte, 256<<20)
		awaitPercent(t, 100, 100)
		kept = nil
		awaitPercent(t, 300, 1500)
		return
	}
	for _, gogc := range []string{"", "150"} {
		c := exec.Command(os.Args[0], "-test.run", "^TestUseHeapRoom$", "-test.count=1")
		c.Env = append(os.Environ(), asked+"=1", "GOGC="+gogc)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("GOGC=%s: %v: %s", gogc, err, out)
		}
	}
}

// awaitPercent collects garbage until the heap may grow by so much.
func awaitPercent(t *testing.T, least, most uint64) {
	t.Helper()
	percent := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		runtime.GC()
		metrics.Read(percent)
		got := percent[0].Value.Uint64()
		if least <= got && got <= most {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("beside %d bytes: the heap may grow by %d %%, want %d to %d", len(kept), got, least, most)
		}
	}
}
