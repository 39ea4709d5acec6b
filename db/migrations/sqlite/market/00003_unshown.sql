-- What a stall offers beyond what the catalogue takes from one stall.

-- +goose Up

ALTER TABLE catalogue_stall ADD COLUMN unshown INTEGER NOT NULL DEFAULT 0;
