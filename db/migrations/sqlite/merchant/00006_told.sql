-- COLLECTED tells buyers which orders were sent, and what the seller notes.
-- A note from before (told = 0) was for the seller alone.

-- +goose Up

ALTER TABLE sale ADD COLUMN told INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1));
CREATE INDEX sale_sent ON sale (pseudonym, sent_at, seq) WHERE sent_at > 0;
