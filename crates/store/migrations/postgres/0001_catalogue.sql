-- The catalogue: artists, what they made, what was asked about them, and their neighbours.
-- Same tables, columns and keys as the SQLite file of the same name. SQL of PostgreSQL 12, no extensions.
--
-- Text that is a key or is searched compares in byte order (collate "C"), as Rust and SQLite do. Names are reached through
-- hash indexes: they are looked up by equality only, and a hash index has no limit on the length of a value.

-- Followers change with every refresh. Room for the new version of a row in its own page (fillfactor) leaves the indexes
-- alone: updating every row then takes about three quarters of the time.
create table artists (
    id          text collate "C" primary key,
    name        text collate "C" not null,
    followers   bigint,
    popularity  int,
    url         text,
    image_url   text,
    name_key    text collate "C" not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null
) with (fillfactor = 70);
create index artists_name on artists using hash (name);
create index artists_name_key on artists using hash (name_key);

create table artist_genre (
    artist_id   text collate "C" not null references artists on delete cascade,
    genre       text collate "C" not null,
    source      text collate "C" not null,
    primary key (artist_id, genre)
);
create index artist_genre_genre on artist_genre (genre);

create table artist_link (
    artist_id   text collate "C" not null references artists on delete cascade,
    source      text collate "C" not null,
    source_id   text collate "C" not null,
    primary key (source, source_id)
);
create index artist_link_artist on artist_link (artist_id);

create table albums (
    id                      text collate "C" primary key,
    name                    text not null,
    album_type              text,
    release_date            text collate "C",
    release_date_precision  text,
    total_tracks            bigint,
    url                     text,
    image_url               text
);

-- Credits, and the lists of an artist's albums (rows with an album_group). Who is credited need not be in artists.
create table album_artist (
    album_id    text collate "C" not null references albums on delete cascade,
    artist_id   text collate "C" not null,
    artist_name text,
    position    int,
    album_group text,
    primary key (album_id, artist_id)
);
create index album_artist_artist on album_artist (artist_id);

-- release_date: of the track itself, where a source gives it apart from the album's.
create table tracks (
    id                      text collate "C" primary key,
    name                    text not null,
    album_id                text collate "C" references albums on delete set null,
    release_date            text collate "C",
    release_date_precision  text,
    duration_ms             bigint,
    explicit                boolean,
    isrc                    text,
    popularity              int,
    url                     text,
    preview_url             text
);
create index tracks_album on tracks (album_id);

create table track_artist (
    track_id    text collate "C" not null references tracks on delete cascade,
    artist_id   text collate "C" not null,
    artist_name text not null,
    position    int not null,
    primary key (track_id, artist_id)
);
create index track_artist_artist on track_artist (artist_id, track_id);

create table top_tracks (
    artist_id   text collate "C" not null references artists on delete cascade,
    market      text collate "C" not null,
    rank        int not null,
    track_id    text collate "C" not null references tracks on delete cascade,
    source      text collate "C" not null,
    primary key (artist_id, market, source, rank)
);
create index top_tracks_track on top_tracks (track_id);

-- A row without any value says: asked, and the source has none.
create table audio_features (
    track_id            text collate "C" primary key references tracks on delete cascade,
    danceability        real,
    energy              real,
    key                 smallint,
    loudness            real,
    mode                smallint,
    speechiness         real,
    acousticness        real,
    instrumentalness    real,
    liveness            real,
    valence             real,
    tempo               real,
    time_signature      smallint,
    duration_ms         bigint,
    source              text collate "C" not null
);

create table related_artists (
    artist_id   text collate "C" not null references artists on delete cascade,
    rank        int not null,
    related_id  text collate "C" not null references artists on delete cascade,
    distance    real not null check (distance between 0 and 1),
    why         text not null,
    primary key (artist_id, rank)
);
create index related_artists_related on related_artists (related_id);

create table facets (
    artist_id   text collate "C" not null references artists on delete cascade,
    facet       text collate "C" not null,
    source      text collate "C" not null,
    market      text collate "C" not null,
    state       text collate "C" not null,
    fetched_at  timestamptz not null,
    retry_at    timestamptz,
    attempts    bigint not null,
    error       text,
    primary key (artist_id, facet, source, market)
);

-- artist_id has no foreign key: what became of a name stays known when the artist goes.
create table ingest_names (
    list        text collate "C" not null,
    name        text collate "C" not null,
    name_key    text collate "C" not null,
    state       text collate "C" not null,
    artist_id   text collate "C",
    how         text,
    candidates  jsonb,
    attempts    bigint not null,
    retry_at    timestamptz,
    updated_at  timestamptz not null,
    primary key (list, name)
);
create index ingest_names_name on ingest_names (name);

create table runs (
    id          bigint generated by default as identity primary key,
    job         text not null,
    method      text,
    started_at  timestamptz not null,
    finished_at timestamptz,
    outcome     text,
    counts      jsonb
);
