package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Machine is what was measured on, and how busy it was with other things.
type Machine struct {
	System string  `json:"system"`
	CPU    string  `json:"cpu"`
	CPUs   int     `json:"cpus"`
	Go     string  `json:"go"`
	Load   float64 `json:"load_before"` // processes that wanted to run in the minute before
	After  float64 `json:"load_after"`
	Sync   float64 `json:"sync_ms"` // one page written and synced to the disk of the temporary folder
}

func (m Machine) String() string {
	return fmt.Sprintf("%s, %d × %s, %s; load %.1f before, %.1f after; a page is on disk after %.2f ms.", m.System, m.CPUs, m.CPU, m.Go, m.Load, m.After, m.Sync)
}

func thisMachine(folder string) (Machine, error) {
	m := Machine{System: runtime.GOOS + "/" + runtime.GOARCH, CPU: cpu(), CPUs: runtime.NumCPU(), Go: runtime.Version(), Load: loadAverage()}
	sync, err := syncCost(folder)
	m.Sync = milliseconds(sync)
	return m, err
}

// cpu is the processor's name, where Linux tells it.
func cpu() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if name, is := strings.CutPrefix(line, "model name"); is {
				return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
			}
		}
	}
	return "CPU"
}

// loadAverage is how many processes wanted to run, where Linux tells it.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return load
}

// syncCost is the time in which a page is written and synced, the median of some.
func syncCost(folder string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(folder, "sync"))
	if err != nil {
		return 0, err
	}
	var waits []time.Duration
	page := make([]byte, 4096)
	for i := range int64(50) {
		start := time.Now()
		if _, err := f.WriteAt(page, i*4096); err != nil {
			return 0, errors.Join(err, f.Close())
		}
		if err := f.Sync(); err != nil {
			return 0, errors.Join(err, f.Close())
		}
		waits = append(waits, time.Since(start))
	}
	return middle(waits), errors.Join(f.Close(), os.Remove(f.Name()))
}

// ownTime is the processor time that this process has used, in user and system mode.
func ownTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only for an argument that is not ours
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// costOf is the processor time of one call, of as many as fit into a while.
func costOf(while time.Duration, do func() error) (time.Duration, error) {
	if err := do(); err != nil {
		return 0, err
	}
	before, n := ownTime(), 0
	for start := time.Now(); time.Since(start) < while; n++ {
		if err := do(); err != nil {
			return 0, err
		}
	}
	return (ownTime() - before) / time.Duration(n), nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// kept is what a process holds.
type kept struct {
	megabytes, peak float64 // resident now, and at most
	handles         int
}

// keptBy asks Linux what a process holds.
func keptBy(pid int) (k kept, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return k, fmt.Errorf("ask what a process holds: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.ParseFloat(fields[1], 64)
		switch fields[0] {
		case "VmRSS:":
			k.megabytes = kib / 1024
		case "VmHWM:":
			k.peak = kib / 1024
		}
	}
	handles, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	k.handles = len(handles)
	return k, err
}
