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
		{0, 1500}, {1 << 20, 1500}, {4 << 20, 1500}, {16 << 20, 300}, {31 << 20, 106}, {32 << 20, 100}, {1 << 30, 100},
	} {
		if got := heapPercent(test.live); got != test.want {
			t.Errorf("heapPercent(%d) = %d, want %d", test.live, got, test.want)
		}
	}
}

// kept is what TestUseHeapRoom keeps, and piece what it throws away.
var kept, piece []byte

// A process of its own collects as rarely as it should: while it keeps little, each 64 MB;
// while it keeps much, when that has doubled; and as the environment says, if that does.
func TestUseHeapRoom(t *testing.T) {
	const garbage = 1 << 29
	if keep := os.Getenv("PEERSCRIP_TEST_KEEP"); keep != "" {
		n, err := strconv.Atoi(keep)
		if err != nil {
			t.Fatal(err)
		}
		UseHeapRoom()
		kept = make([]byte, n)
		if n > heapRoom {
			runtime.GC()
			time.Sleep(50 * time.Millisecond) // for what follows the collection
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range garbage >> 12 {
			piece = make([]byte, 1<<12)
		}
		runtime.ReadMemStats(&after)
		os.Stdout.WriteString("collected " + strconv.Itoa(int(after.NumGC-before.NumGC)) + " times\n")
		return
	}
	for _, test := range []struct {
		name, gogc        string
		keep, least, most int
	}{
		{"little", "", 1 << 20, 5, 12},
		{"much", "", 256 << 20, 1, 3},
		{"as the environment says", "100", 1 << 20, 50, 500},
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
				t.Errorf("512 MB of garbage beside %d bytes collected %d times, want %d to %d", test.keep, got, test.least, test.most)
			}
		})
	}
}
