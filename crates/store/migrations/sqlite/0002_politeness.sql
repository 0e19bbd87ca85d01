-- What processes that share a catalogue keep there for each other, what was settled by hand, and what is due.
-- Same tables, columns and keys as the PostgreSQL file of the same name.

alter table facets add column how text;

-- What is due, the longest waiting first: facets that go stale, and facets that wait to be asked for again. Of these it
-- depends on how many are due which index is the better one: all of them in their order, or the due ones in any order.
create index facets_fetched on facets (source, facet, market, fetched_at, artist_id) where state = 'ok';
create index facets_waiting on facets (source, facet, market, fetched_at, artist_id) where state <> 'ok';
create index facets_retry on facets (source, facet, market, coalesce(retry_at, ''), fetched_at, artist_id)
    where state <> 'ok';
-- What failed, in the order in which it is tried again.
create index facets_failed on facets (retry_at, artist_id, facet, source, market) where state = 'failed';
create index ingest_names_failed on ingest_names (retry_at, list, name) where state = 'failed';
-- Names of an artist that goes or becomes another one.
create index ingest_names_artist on ingest_names (artist_id);

-- One row per key at a source. fingerprint: hash of the client id, never of the secret; empty where there are no keys.
-- withheld: object of what the source withholds, with the time at which that was seen.
create table source_state (
    source          text not null,
    fingerprint     text not null,
    blocked_until   text,
    reason          text,
    withheld        text not null default '{}',
    window_estimate bigint,
    paced_until     text,
    primary key (source, fingerprint)
) without rowid;

-- Requests by the minute in which they were due.
create table source_usage (
    source      text not null,
    fingerprint text not null,
    minute      text not null,
    requests    bigint not null,
    primary key (source, fingerprint, minute)
) without rowid;

-- The process that works on the catalogue: the one that holds the lock on the file beside it. Numbers are not used again.
create table workers (
    id          integer primary key autoincrement,
    started_at  text not null,
    seen_at     text not null
);

-- Who works on what. worker_id has no foreign key: a claim of a worker that is gone is free, with or without its row.
create table claims (
    scope       text not null,
    key         text not null,
    worker_id   bigint not null,
    claimed_at  text not null,
    primary key (scope, key)
) without rowid;

-- Artists that are kept out.
create table forgotten_artists (
    artist_id       text not null primary key,
    name            text,
    forgotten_at    text not null
) without rowid;
