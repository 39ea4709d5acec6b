package docs_test

import (
	"os/exec"
	"testing"
)

// TestAlerts has promtool check the rules of alerts.yaml, and try them on the figures of
// alerts_test.yaml.
func TestAlerts(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool, of Prometheus, is not installed")
	}
	for _, args := range [][]string{{"check", "rules", "alerts.yaml"}, {"test", "rules", "alerts_test.yaml"}} {
		check := exec.CommandContext(t.Context(), promtool, args...)
		check.Dir = "operations"
		if said, err := check.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", args[0], err, said)
		}
	}
}
