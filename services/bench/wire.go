package bench

import (
	"io"
	"net"
	"sync/atomic"
)

// wire stands between a server and who speaks to it, and counts the bytes that go over it,
// both ways.
type wire struct {
	url    string
	bytes  atomic.Int64
	far    atomic.Pointer[string]
	listen net.Listener
}

func listenWire() (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{url: "http://" + l.Addr().String(), listen: l}
	go w.accept()
	return w, nil
}

// to says where the server is.
func (w *wire) to(address string) { w.far.Store(&address) }

// close ends it; what goes over it ends with either side.
func (w *wire) close() { _ = w.listen.Close() } // nobody is left to be told

func (w *wire) accept() {
	for {
		near, err := w.listen.Accept()
		if err != nil {
			return // it was closed
		}
		go w.carry(near)
	}
}

func (w *wire) carry(near net.Conn) {
	address := w.far.Load()
	if address == nil {
		_ = near.Close()
		return
	}
	far, err := net.Dial("tcp", *address)
	if err != nil {
		_ = near.Close()
		return
	}
	for _, way := range [2][2]net.Conn{{near, far}, {far, near}} {
		go func() {
			_, _ = io.Copy(meter{way[0], w}, way[1]) // either side's end is the end of both
			_ = near.Close()
			_ = far.Close()
		}()
	}
}

type meter struct {
	to   io.Writer
	wire *wire
}

func (c meter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.wire.bytes.Add(int64(n))
	return n, err
}
