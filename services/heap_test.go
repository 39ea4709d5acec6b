package services

import (
	"fmt"
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
// little; to twice of what is much; and by what the environment says, if it does.
func TestUseHeapRoom(t *testing.T) {
	if keep := os.Getenv("PEERSCRIP_TEST_KEEP"); keep != "" {
		var n int
		var least, most uint64
		if _, err := fmt.Sscan(keep, &n, &least, &most); err != nil {
			t.Fatal(err)
		}
		UseHeapRoom()
		kept = make([]byte, n)
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
	for _, test := range []struct{ name, gogc, keep string }{
		{"little", "", "1048576 300 1500"},
		{"much", "", "268435456 100 100"},
		{"as the environment says", "150", "1048576 150 150"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := exec.Command(os.Args[0], "-test.run", "^TestUseHeapRoom$", "-test.count=1")
			c.Env = append(os.Environ(), "PEERSCRIP_TEST_KEEP="+test.keep, "GOGC="+test.gogc)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}
