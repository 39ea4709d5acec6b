// Package relay lets a stall be reached on a machine that takes no connections, behind
// the router of a home. The machine connects out to a relay ([Node]); the relay ([Relay]) has
// an address that everybody reaches, which the stall's certificate names, and hands each
// request that comes for the stall through that connection to the machine.
//
// A relay is a wire. What it carries is sealed to the stall and signed by it: it sees that
// somebody asks, when, and how much, and can neither read, change, answer nor use it twice. It
// can be silent, as any wire can.
//
// A machine that sleeps is answered for with unavailable. What its stall can answer at
// any later time (TELL, COLLECT, T16) is kept meanwhile, in memory and within bounds, and handed over
// when it is back; its sender asks again in any case, and finds the answer. So a relay that
// is lost loses nothing.
//
// The wire is yamux over a WebSocket, so that it passes whatever passes HTTP. A connection opens
// with three texts: the relay's [challenge], the node's [proof], the relay's [welcome].
package relay
