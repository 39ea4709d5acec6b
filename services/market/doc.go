// Package market is the catalogue over many merchants: it lists, searches and
// shows what they offer, and takes no part in paying for it.
//
// A [Market] reads the broker's [Directory] and every certified stall's
// [Source], accepts an offer only under the chain broker -> certificate ->
// offer, and keeps what it accepted in a [Store], from which alone it answers.
// So a page never waits for a stall, shows nothing that no merchant signed, and
// makes no request to a third party: photos too are fetched once, checked
// against the digest in the signed offer, and kept.
//
// What a stall says is not trusted further than its signature reaches: stock is
// told, not signed; counts and sizes are bounded; a stall that does not answer
// stays listed, marked, and is hidden when that goes on for too long. What it
// sells is decided by the stall when it is paid (protocol T10), not here.
package market
