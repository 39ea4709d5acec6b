// Package load puts a running broker and its market under load over HTTP, by thin
// clients: they keep no purse and only sign, seal and open, so that what is measured is
// the server. The server is a process of its own ([Start]), whose processor time is told
// apart from that of its clients ([Server.Used]). What a purchase costs at the least is
// measured in the same run ([MeasureFloor]).
//
// A client that is refused, or has no answer, ends the run with an error: nothing that
// is measured was left out.
package load
