-- What similarity is computed from besides tracks and genres.
-- Same tables, columns and keys as the SQLite file of the same name. SQL of PostgreSQL 12, no extensions.

-- What a file or dump says of an artist as a whole: means over n_tracks tracks (null: it does not say of how many).
create table artist_features (
    artist_id           text collate "C" not null references artists on delete cascade,
    source              text collate "C" not null,
    n_tracks            bigint,
    danceability        real,
    energy              real,
    key                 real,
    loudness            real,
    mode                real,
    speechiness         real,
    acousticness        real,
    instrumentalness    real,
    liveness            real,
    valence             real,
    tempo               real,
    time_signature      real,
    duration_ms         real,
    primary key (artist_id, source)
);

-- What sources say of relatedness: their lists, best first. Who is named need not be in artists.
create table source_related (
    artist_id           text collate "C" not null references artists on delete cascade,
    source              text collate "C" not null,
    rank                int not null,
    related_source_id   text collate "C",
    related_name        text,
    score               real,
    primary key (artist_id, source, rank)
);

-- Who heard whom how often. user_key: hash of the source's name for the user, never that name.
create table listens (
    user_key    text collate "C" not null,
    artist_id   text collate "C" not null references artists on delete cascade,
    source      text collate "C" not null,
    plays       bigint not null,
    primary key (user_key, artist_id, source)
);
create index listens_artist on listens (artist_id);

-- What the names of listeners are hashed with: one row, made once. Without it nobody can tell who a user_key is.
create table listener_salt (
    only_row    int primary key check (only_row = 1),
    salt        text collate "C" not null
);
