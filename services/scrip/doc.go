// Package scrip is the protocol: the words every party shares and the rules
// that need nobody else to decide them.
//
// It holds money ([Money]), identities ([ID]), the scrip itself and its
// certificate ([Scrip], [Live]), each message as a type that is made valid
// once, when it is opened ([Acquire] is protocol T1, and so on), the
// closed list of refusals ([Refusal]), and the value every step of the
// protocol computes: a [Change], applied by a [Book] whole or not at all.
//
// The package is pure. It does no I/O, reads no clock and knows neither SQL
// nor HTTP; time, randomness and keys are handed to it.
//
// The specification is docs/protocol.md; "protocol T5" in a comment names the
// fifth of its 27 messages.
package scrip
