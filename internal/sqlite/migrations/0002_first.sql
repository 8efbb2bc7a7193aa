-- +goose Up
-- The first entry of each chain, by index: without it every command that reads cases goes over all entries.
CREATE INDEX fact_first ON fact (log, idx, chain) WHERE seq = 0;
