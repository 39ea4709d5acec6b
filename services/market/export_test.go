package market

// Words is words.
func Words(text string) []string { return words(text) }
