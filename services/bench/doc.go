// Package bench measures the program on the machine it runs on, in one run: [Run] starts
// the program's own roles as processes in temporary folders, on loopback addresses alone,
// puts them under load by thin clients (package load), and says of each figure what is
// wanted, what it came to, and what the machine's cryptography and disk cost at the least
// in the same minutes. [Peers] compares brokers by simulation, at unit costs that it
// measures first. Everything is bounded in count and time, ends by itself, and is cleaned
// away.
//
// Nothing here is a test: no figure fails a build. Processor time is steadier than the
// clock on a machine that does other things too, so goals are ratios where they can be.
package bench
