-- +goose Up
CREATE TABLE head (
	log    INTEGER PRIMARY KEY,
	origin TEXT    NOT NULL UNIQUE,
	epoch  INTEGER NOT NULL CHECK (epoch >= 1),
	size   INTEGER NOT NULL CHECK (size >= 0),
	sealed INTEGER NOT NULL,
	keys   INTEGER NOT NULL DEFAULT 0, -- how often data keys were changed
	root   BLOB    NOT NULL,
	edge   BLOB    NOT NULL
) STRICT;

CREATE TABLE fact (
	log      INTEGER NOT NULL REFERENCES head (log),
	idx      INTEGER NOT NULL,
	leaf     BLOB    NOT NULL,
	envelope BLOB    NOT NULL,
	chain    BLOB    NOT NULL,
	seq      INTEGER NOT NULL,
	PRIMARY KEY (log, idx)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX fact_chain ON fact (log, chain, seq);

CREATE TABLE payload (
	log    INTEGER NOT NULL,
	idx    INTEGER NOT NULL,
	sealed BLOB    NOT NULL,
	PRIMARY KEY (log, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
	log    INTEGER NOT NULL,
	key    BLOB    NOT NULL,
	idx    INTEGER NOT NULL,
	digest BLOB    NOT NULL,
	PRIMARY KEY (log, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE tile (
	log    INTEGER NOT NULL,
	level  INTEGER NOT NULL,
	number INTEGER NOT NULL,
	hashes BLOB    NOT NULL,
	root   BLOB    NOT NULL,
	PRIMARY KEY (log, level, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
	log  INTEGER NOT NULL,
	size INTEGER NOT NULL,
	note BLOB    NOT NULL,
	PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;

CREATE TABLE cosignature (
	log     INTEGER NOT NULL,
	size    INTEGER NOT NULL,
	witness TEXT    NOT NULL,
	line    TEXT    NOT NULL,
	PRIMARY KEY (log, size, witness)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_key (
	log     INTEGER NOT NULL,
	tag     BLOB    NOT NULL,
	master  TEXT    NOT NULL,
	wrapped BLOB    NOT NULL,
	PRIMARY KEY (log, tag)
) STRICT, WITHOUT ROWID;

-- What was recorded is never altered or removed. Against whoever may drop a trigger this is
-- no defence; against a mistake it is.
CREATE TRIGGER fact_update BEFORE UPDATE ON fact BEGIN SELECT RAISE(ABORT, 'an entry is never altered'); END;
CREATE TRIGGER fact_delete BEFORE DELETE ON fact BEGIN SELECT RAISE(ABORT, 'an entry is never removed'); END;
CREATE TRIGGER tile_update BEFORE UPDATE ON tile BEGIN SELECT RAISE(ABORT, 'a tile is never altered'); END;
CREATE TRIGGER tile_delete BEFORE DELETE ON tile BEGIN SELECT RAISE(ABORT, 'a tile is never removed'); END;
CREATE TRIGGER idempotency_update BEFORE UPDATE ON idempotency BEGIN SELECT RAISE(ABORT, 'a key is never altered'); END;
CREATE TRIGGER idempotency_delete BEFORE DELETE ON idempotency BEGIN SELECT RAISE(ABORT, 'a key is never removed'); END;
CREATE TRIGGER checkpoint_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never altered'); END;
CREATE TRIGGER checkpoint_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'a checkpoint is never removed'); END;
CREATE TRIGGER cosignature_update BEFORE UPDATE ON cosignature BEGIN SELECT RAISE(ABORT, 'a cosignature is never altered'); END;
CREATE TRIGGER cosignature_delete BEFORE DELETE ON cosignature BEGIN SELECT RAISE(ABORT, 'a cosignature is never removed'); END;
CREATE TRIGGER head_delete BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'a head is never removed'); END;
CREATE TRIGGER head_back BEFORE UPDATE ON head WHEN NEW.size < OLD.size OR NEW.epoch < OLD.epoch OR NEW.origin <> OLD.origin
BEGIN SELECT RAISE(ABORT, 'a head never goes back'); END;
