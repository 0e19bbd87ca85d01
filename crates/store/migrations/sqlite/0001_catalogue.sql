-- The catalogue: artists, what they made, what was asked about them, and their neighbours.
-- Same tables, columns and keys as the PostgreSQL file of the same name.
--
-- Times are text, `YYYY-MM-DDTHH:MM:SS.ffffffZ` in UTC, which sorts by time. JSON is text. Tables whose rows are little more
-- than their key are stored in the order of that key (without rowid). No `strict` tables: older tools cannot open them.

create table artists (
    id          text not null primary key,
    name        text not null,
    followers   bigint,
    popularity  int,
    url         text,
    image_url   text,
    name_key    text not null,
    created_at  text not null,
    updated_at  text not null
);
create index artists_name on artists (name);
create index artists_name_key on artists (name_key);

create table artist_genre (
    artist_id   text not null references artists on delete cascade,
    genre       text not null,
    source      text not null,
    primary key (artist_id, genre)
) without rowid;
create index artist_genre_genre on artist_genre (genre);

create table artist_link (
    artist_id   text not null references artists on delete cascade,
    source      text not null,
    source_id   text not null,
    primary key (source, source_id)
) without rowid;
create index artist_link_artist on artist_link (artist_id);

create table albums (
    id                      text not null primary key,
    name                    text not null,
    album_type              text,
    release_date            text,
    release_date_precision  text,
    total_tracks            bigint,
    url                     text,
    image_url               text
);

-- Credits, and the lists of an artist's albums (rows with an album_group). Who is credited need not be in artists.
create table album_artist (
    album_id    text not null references albums on delete cascade,
    artist_id   text not null,
    artist_name text,
    position    int,
    album_group text,
    primary key (album_id, artist_id)
) without rowid;
create index album_artist_artist on album_artist (artist_id);

-- release_date: of the track itself, where a source gives it apart from the album's.
create table tracks (
    id                      text not null primary key,
    name                    text not null,
    album_id                text references albums on delete set null,
    release_date            text,
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
    track_id    text not null references tracks on delete cascade,
    artist_id   text not null,
    artist_name text not null,
    position    int not null,
    primary key (track_id, artist_id)
) without rowid;
create index track_artist_artist on track_artist (artist_id, track_id);

create table top_tracks (
    artist_id   text not null references artists on delete cascade,
    market      text not null,
    rank        int not null,
    track_id    text not null references tracks on delete cascade,
    source      text not null,
    primary key (artist_id, market, source, rank)
) without rowid;
create index top_tracks_track on top_tracks (track_id);

-- A row without any value says: asked, and the source has none.
create table audio_features (
    track_id            text not null primary key references tracks on delete cascade,
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
    source              text not null
) without rowid;

create table related_artists (
    artist_id   text not null references artists on delete cascade,
    rank        int not null,
    related_id  text not null references artists on delete cascade,
    distance    real not null check (distance between 0 and 1),
    why         text not null,
    primary key (artist_id, rank)
) without rowid;
create index related_artists_related on related_artists (related_id);

create table facets (
    artist_id   text not null references artists on delete cascade,
    facet       text not null,
    source      text not null,
    market      text not null,
    state       text not null,
    fetched_at  text not null,
    retry_at    text,
    attempts    bigint not null,
    error       text,
    primary key (artist_id, facet, source, market)
) without rowid;

-- artist_id has no foreign key: what became of a name stays known when the artist goes.
create table ingest_names (
    list        text not null,
    name        text not null,
    name_key    text not null,
    state       text not null,
    artist_id   text,
    how         text,
    candidates  text,
    attempts    bigint not null,
    retry_at    text,
    updated_at  text not null,
    primary key (list, name)
) without rowid;
create index ingest_names_name on ingest_names (name);

create table runs (
    id          integer primary key,
    job         text not null,
    method      text,
    started_at  text not null,
    finished_at text,
    outcome     text,
    counts      text
);
