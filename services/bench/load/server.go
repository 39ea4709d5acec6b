package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Server is a process of the program under load.
type Server struct {
	URL string
	PID int

	command *exec.Cmd
	ended   chan error // its end, once
}

// How long a process may take to be ready, and to end.
const (
	startPatience = time.Minute
	stopPatience  = 20 * time.Second
)

// Start starts a program in one of its roles, with the role's own flags, on a port of
// this machine that it chooses itself, and waits until it is ready. Limits on requests
// are off: all clients come from one address. log is where it writes what it logs; nil
// drops it.
func Start(ctx context.Context, program, role, data string, log io.Writer, flags ...string) (*Server, error) {
	args := append([]string{role, "--listen=127.0.0.1:0", "--data=" + data, "--rate=0", "--posts=0"}, flags...)
	s := &Server{command: exec.Command(program, args...), ended: make(chan error, 1)}
	s.command.Stderr = log
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	s.PID = s.command.Process.Pid
	ready := make(chan string, 1)
	go func() {
		said := bufio.NewScanner(out)
		for said.Scan() {
			if at, is := strings.CutPrefix(said.Text(), "peerscrip "+role+" is ready: "); is {
				ready <- at
			}
		}
		s.ended <- s.command.Wait()
	}()
	select {
	case s.URL = <-ready:
		return s, nil
	case err := <-s.ended:
		return nil, fmt.Errorf("%s ended before it was ready: %w", role, errors.Join(err, errors.New("see its log")))
	case <-time.After(startPatience):
		err = fmt.Errorf("%s is not ready after %v", role, startPatience)
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, errors.Join(err, s.Stop())
}

// Stop has the process end as its operator would, and waits for it.
func (s *Server) Stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.ended:
		return err
	case <-time.After(stopPatience):
		return errors.Join(errors.New("it did not end by itself"), s.command.Process.Kill())
	}
}

// tick is the unit of processor time in /proc (USER_HZ), which Linux fixes for programs.
const tick = 10 * time.Millisecond

// Used is the processor time that the process used since it was started, in user and
// system mode, of all its threads. Known on Linux alone, to a hundredth of a second.
func (s *Server) Used() (time.Duration, error) { return used(s.PID) }

func used(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read a process's time: %w", err)
	}
	// The second field is the name, in brackets, and may hold spaces.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	const user, system = 11, 12 // fields 14 and 15 of proc(5), two of which are cut off
	if len(fields) <= system {
		return 0, errors.New("read a process's time: /proc/PID/stat is too short")
	}
	var all time.Duration
	for _, field := range []string{fields[user], fields[system]} {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read a process's time: %w", err)
		}
		all += time.Duration(ticks) * tick
	}
	return all, nil
}
