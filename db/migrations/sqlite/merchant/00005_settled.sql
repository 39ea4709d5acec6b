-- When the broker blessed a settled exchange, by its clock: the last of each
-- pseudonym are remembered.

-- +goose Up

ALTER TABLE exchange ADD COLUMN blessed INTEGER NOT NULL DEFAULT 0;
UPDATE exchange SET blessed = received WHERE settled = 1;
CREATE INDEX exchange_settled ON exchange (pseudonym, blessed, seq) WHERE settled = 1;
