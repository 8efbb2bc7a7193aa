-- The tables are those of internal/sqlite. No sequence, no SERIAL, no extension: what is
-- here, other engines with PostgreSQL's protocol take as well.
--
-- No foreign key to head: nothing is inserted but by the statement that moves the head, and
-- the check would be paid for each entry.
CREATE TABLE head (
	log    bigint NOT NULL CONSTRAINT head_pkey PRIMARY KEY,
	origin text   NOT NULL CONSTRAINT head_origin UNIQUE,
	epoch  bigint NOT NULL CHECK (epoch >= 1),
	size   bigint NOT NULL CHECK (size >= 0),
	sealed bigint NOT NULL,
	keys   bigint NOT NULL, -- how often data keys were changed
	root   bytea  NOT NULL,
	edge   bytea  NOT NULL
);

CREATE TABLE fact (
	log      bigint NOT NULL,
	idx      bigint NOT NULL,
	leaf     bytea  NOT NULL,
	envelope bytea  NOT NULL,
	chain    bytea  NOT NULL,
	seq      bigint NOT NULL,
	CONSTRAINT fact_pkey PRIMARY KEY (log, idx),
	CONSTRAINT fact_chain UNIQUE (log, chain, seq)
);

CREATE TABLE payload (
	log    bigint NOT NULL,
	idx    bigint NOT NULL,
	sealed bytea  NOT NULL,
	CONSTRAINT payload_pkey PRIMARY KEY (log, idx)
);

CREATE TABLE idempotency (
	log    bigint NOT NULL,
	key    bytea  NOT NULL,
	idx    bigint NOT NULL,
	digest bytea  NOT NULL,
	CONSTRAINT idempotency_pkey PRIMARY KEY (log, key)
);

CREATE TABLE tile (
	log    bigint NOT NULL,
	level  bigint NOT NULL,
	number bigint NOT NULL,
	hashes bytea  NOT NULL,
	root   bytea  NOT NULL,
	CONSTRAINT tile_pkey PRIMARY KEY (log, level, number)
);

CREATE TABLE checkpoint (
	log  bigint NOT NULL,
	size bigint NOT NULL,
	note bytea  NOT NULL,
	CONSTRAINT checkpoint_pkey PRIMARY KEY (log, size)
);

CREATE TABLE cosignature (
	log     bigint NOT NULL,
	size    bigint NOT NULL,
	witness text   NOT NULL,
	line    text   NOT NULL,
	CONSTRAINT cosignature_pkey PRIMARY KEY (log, size, witness)
);

CREATE TABLE data_key (
	log     bigint NOT NULL,
	tag     bytea  NOT NULL,
	master  text   NOT NULL,
	wrapped bytea  NOT NULL,
	CONSTRAINT data_key_pkey PRIMARY KEY (log, tag)
);
