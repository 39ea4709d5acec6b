package cli

import "peerscrip/api"

// StatusOf is the HTTP status of a word.
func StatusOf(word string) int {
	if own, is := ownStatuses[word]; is {
		return own.code
	}
	code, _ := api.StatusOf(word)
	return code
}
