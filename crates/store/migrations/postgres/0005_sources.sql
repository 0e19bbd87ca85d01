-- Several sources: all votes for genres, joins that were undone, and where a dump's import stands.
-- Same tables, columns and keys as the SQLite file of the same name. SQL of PostgreSQL 12, no extensions.

-- Every source's genres with their weight there; artist_genre holds those of the source that wins.
create table genre_vote (
    artist_id   text collate "C" not null references artists on delete cascade,
    genre       text collate "C" not null,
    source      text collate "C" not null,
    weight      bigint not null,
    primary key (artist_id, genre, source)
);

-- Ids at sources that a person said are not this artist's: no source joins them again.
create table rejected_links (
    artist_id   text collate "C" not null,
    source      text collate "C" not null,
    source_id   text collate "C" not null,
    rejected_at timestamptz not null,
    primary key (artist_id, source, source_id)
);

-- How far the import of a dump is. dump: what identifies it (its name, date or digest); position: records stored.
create table imports (
    source      text collate "C" not null,
    dump        text collate "C" not null,
    dump_date   timestamptz,
    position    bigint not null,
    state       text collate "C" not null,
    updated_at  timestamptz not null,
    primary key (source, dump)
);
