package market

// WordList is words.
func WordList(text string) []string { return words(text) }
