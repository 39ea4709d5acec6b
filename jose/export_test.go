package jose

// The doors below are for tests only: they say at which step a message was
// refused, which ErrOpen must not.

// OpenStep is Open with the step instead of ErrOpen.
func OpenStep(envelope string, keys []EnvelopeKey, want Expect) (Opened, error) {
	return open(envelope, requestKeys(keys), want)
}

// OpenReplyStep is OpenReply with the step instead of ErrOpen.
func OpenReplyStep(envelope string, key ReplyKey, want Expect) (Opened, error) {
	return open(envelope, replyKey(key), want)
}

// VerifyStep is Verify with the step instead of ErrOpen.
func VerifyStep(jws string, want Expect) (Opened, error) {
	return verify(jws, want)
}

// ParseDisclosure is parseDisclosure.
func ParseDisclosure(d string) (string, []byte, error) { return parseDisclosure(d) }

// WeakPoints are the refused public keys.
func WeakPoints() [][32]byte { return weakPoints[:] }
