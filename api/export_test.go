package api

// Doors for the tests.
var (
	ParseProblem = parseProblem
	Load         = load
	Prose        = prose
)

// MaxBody is maxBody.
const MaxBody = maxBody

// Words lists the statuses: word and code.
func Words() map[string]int {
	words := map[string]int{}
	for word, told := range statuses {
		words[word] = told.Code
	}
	return words
}
