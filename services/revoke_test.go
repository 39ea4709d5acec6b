package services_test

import (
	"errors"
	"testing"

	"peerscrip/services"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// A stall is revoked in the data folder of its broker, while that runs.
func TestRevokeInFolder(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	if name, err := services.Revoke(t.Context(), storage.Config{Data: r.Data}, string(s.Vendor())); err != nil || name != "Attic" {
		t.Errorf("Revoke: got %q, %v, want Attic", name, err)
	}
	if entry, err := r.Broker.Stall(t.Context(), s.Vendor()); err != nil || !entry.Revoked {
		t.Errorf("directory: got %+v, %v, want it revoked", entry, err)
	}
	if _, err := services.Revoke(t.Context(), storage.Config{Data: r.Data}, string(s.Vendor())); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("once more: got %v, want %v", err, scrip.StallRevoked)
	}
	if _, err := services.Revoke(t.Context(), storage.Config{Data: t.TempDir()}, string(s.Vendor())); err == nil {
		t.Error("a folder without a broker: got no error, want one")
	}
}
