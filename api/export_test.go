package api

// Doors for the tests.
var (
	ParseProblem = parseProblem
	Load         = load
	Prose        = prose
)

// MaxBody is maxBody.
const MaxBody = maxBody

// Words lists the table: word and status.
func Words() map[string]int {
	words := map[string]int{}
	for word, say := range table {
		words[word] = say.Status
	}
	return words
}
