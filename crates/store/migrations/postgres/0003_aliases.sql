-- Other names of artists: from sources, and from the user.
-- Same tables, columns and keys as the SQLite file of the same name. SQL of PostgreSQL 12, no extensions.

-- source: who says so; `user` where a person does. alias_key: the alias, folded.
create table artist_alias (
    artist_id   text collate "C" not null references artists on delete cascade,
    alias       text collate "C" not null,
    locale      text collate "C",
    alias_key   text collate "C" not null,
    source      text collate "C" not null,
    primary key (artist_id, alias, source)
);
create index artist_alias_key on artist_alias using hash (alias_key);
