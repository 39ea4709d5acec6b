// Package receipt is the receipt bundle: one file with what a seller and a buyer
// signed of a purchase, which anyone can verify with the broker's public keys
// and nothing else (protocol "The receipt bundle"). It is what a dispute is
// decided from.
//
// [Make] puts one together, [Parse] reads one, [Bundle.Verify] says what it
// proves, in words, and what it does not. Pure: no I/O, no clock.
//
// A bundle holds signed messages without their attachments, so no secret and no
// scrip; the one attachment it may hold is the order. It names the buyer by
// pseudonym, never by account.
package receipt
