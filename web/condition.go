package web

import (
	"context"
	"slices"

	"peerscrip/services/scrip"
)

// conditions says what each condition means, in the order of scrip.Conditions.
var conditions = []string{
	phrase("never used, as it came from the shop"),
	phrase("hardly used, without a mark"),
	phrase("used, with small marks; all of it works"),
	phrase("clearly worn, or with a flaw that the description names; it works"),
	phrase("broken or incomplete: to repair, or to take parts from"),
}

// conditionMeans says what a condition means.
func conditionMeans(ctx context.Context, condition string) string {
	i := slices.Index(scrip.Conditions(), condition)
	if i < 0 {
		return ""
	}
	return tr(ctx, conditions[i])
}

// conditionChoices are all conditions with what they mean, for a form.
func conditionChoices(ctx context.Context, chosen string) []option {
	all := choices(ctx, scrip.Conditions(), chosen)
	for i, word := range scrip.Conditions() {
		all[i].Name += ": " + conditionMeans(ctx, word)
	}
	return all
}
