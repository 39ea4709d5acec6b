package scrip

// Canonical is what the certificate of a scrip covers.
func (s Scrip) Canonical() []byte { return s.canonical() }

// Wanted lists the attachments a body must come with.
func Wanted(b Body) []string { return wanted(b) }
