-- +goose Up
-- 6.5 spends two scrip: its stake is the BrokerScrip, and beside it the
-- VendorScrip. Empty for every other transaction.
ALTER TABLE step ADD COLUMN beside TEXT NOT NULL DEFAULT '';
CREATE INDEX step_beside ON step (beside) WHERE sealed IS NOT NULL AND beside <> '';
