-- Other names of artists: from sources, and from the user.
-- Same tables, columns and keys as the PostgreSQL file of the same name.

-- source: who says so; `user` where a person does. alias_key: the alias, folded.
create table artist_alias (
    artist_id   text not null references artists on delete cascade,
    alias       text not null,
    locale      text,
    alias_key   text not null,
    source      text not null,
    primary key (artist_id, alias, source)
) without rowid;
create index artist_alias_key on artist_alias (alias_key);
