-- Several sources: all votes for genres, joins that were undone, and where a dump's import stands.
-- Same tables, columns and keys as the PostgreSQL file of the same name.

-- Every source's genres with their weight there; artist_genre holds those of the source that wins.
create table genre_vote (
    artist_id   text not null references artists on delete cascade,
    genre       text not null,
    source      text not null,
    weight      bigint not null,
    primary key (artist_id, genre, source)
) without rowid;

-- Ids at sources that a person said are not this artist's: no source joins them again.
create table rejected_links (
    artist_id   text not null,
    source      text not null,
    source_id   text not null,
    rejected_at text not null,
    primary key (artist_id, source, source_id)
) without rowid;

-- How far the import of a dump is. dump: what identifies it (its name, date or digest); position: records stored.
create table imports (
    source      text not null,
    dump        text not null,
    dump_date   text,
    position    bigint not null,
    state       text not null,
    updated_at  text not null,
    primary key (source, dump)
) without rowid;
