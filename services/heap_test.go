package services

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestHeapPercent(t *testing.T) {
	for _, test := range []struct {
		live uint64
		want int
	}{
		{0, 6300}, {1 << 20, 6300}, {4 << 20, 1500}, {16 << 20, 300}, {31 << 20, 106}, {32 << 20, 100}, {1 << 30, 100},
	} {
		if got := heapPercent(test.live); got != test.want {
			t.Errorf("heapPercent(%d) = %d, want %d", test.live, got, test.want)
		}
	}
}

// kept is what TestUseHeapRoom keeps.
var kept []byte

// A process of its own collects as rarely as it should: while it keeps little, each 64 MB;
// while it keeps much, when that has doubled; and as the environment says, if that does.
func TestUseHeapRoom(t *testing.T) {
	const garbage = 1 << 30
	if keep := os.Getenv("PEERSCRIP_TEST_KEEP"); keep != "" {
		n, err := strconv.Atoi(keep)
		if err != nil {
			t.Fatal(err)
		}
		UseHeapRoom()
		kept = make([]byte, n)
		runtime.GC()
		time.Sleep(50 * time.Millisecond) // for what follows the collection
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range garbage >> 20 {
			kept[0] += byte(len(make([]byte, 1<<20, 1<<20+int(kept[0])%2)))
		}
		runtime.ReadMemStats(&after)
		os.Stdout.WriteString("collected " + strconv.Itoa(int(after.NumGC-before.NumGC)) + " times\n")
		return
	}
	for _, test := range []struct {
		name, gogc        string
		keep, least, most int
	}{
		{"little", "", 1 << 20, 8, 24},
		{"much", "", 256 << 20, 2, 6},
		{"as the environment says", "100", 1 << 20, 100, 1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := exec.Command(os.Args[0], "-test.run", "^TestUseHeapRoom$", "-test.count=1")
			c.Env = append(os.Environ(), "PEERSCRIP_TEST_KEEP="+strconv.Itoa(test.keep), "GOGC="+test.gogc)
			out, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			_, rest, _ := strings.Cut(string(out), "collected ")
			said, _, _ := strings.Cut(rest, " times")
			got, err := strconv.Atoi(said)
			if err != nil {
				t.Fatalf("said %q: %v", out, err)
			}
			if got < test.least || got > test.most {
				t.Errorf("1 GB of garbage beside %d bytes collected %d times, want %d to %d", test.keep, got, test.least, test.most)
			}
		})
	}
}
