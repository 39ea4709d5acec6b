-- When a picture was added, and which listings show it: what none shows is
-- erased after a while.

-- +goose Up

ALTER TABLE photo ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0; -- or added again
CREATE TABLE listing_photo (
    offer  TEXT NOT NULL REFERENCES listing (offer) ON DELETE CASCADE,
    digest TEXT NOT NULL REFERENCES photo (digest),
    PRIMARY KEY (offer, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_photo_digest ON listing_photo (digest);
INSERT INTO listing_photo (offer, digest)
    SELECT DISTINCT l.offer, p.value ->> 'digest' FROM listing l, json_each(l.photos) p
    WHERE p.value ->> 'digest' IN (SELECT digest FROM photo);
CREATE INDEX sale_offer ON sale (offer);
CREATE INDEX listing_for_sale ON listing (offer) WHERE ended = 0 AND stock > 0;
