package scrip

// Canonical is what the certificate of a scrip covers.
func (s Scrip) Canonical() []byte { return s.canonical() }

// Wanted lists the attachments a body must come with.
func Wanted(b Body) []string { return wanted(b) }

// MayChange reports whether a body says if scrip comes with it.
func MayChange(b Body) bool {
	_, brings := b.(changer)
	_, presents := b.(presenter)
	_, pictured := b.(pictured)
	return brings || presents || pictured
}
