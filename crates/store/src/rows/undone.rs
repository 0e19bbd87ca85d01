//! What an id at a source brought to an artist, for when a person says that the id is not the artist's.
//!
//! The same text for both databases: SQLite, too, takes `$1` for a parameter.

use sixpotify_core::Source;

/// Ids of tracks and albums that `source` brought to `artist`, as a pattern that they fit and one that they do not; `None` where ids do
/// not tell: tracks of a user's table have Spotify's ids, and are the table's.
pub(crate) fn own_ids(artist: &str, source: Source) -> Option<(String, &'static str)> {
    match source {
        Source::Spotify if artist.starts_with("csv:") => None,
        // Its ids stand as they are.
        Source::Spotify => Some(("%".to_owned(), "%:%")),
        other => Some((format!("{other}:%"), "")),
    }
}

/// Whose facts hang on ids at `source`: ListenBrainz speaks of artists by their ids at MusicBrainz.
pub(crate) fn speaks_by(source: Source) -> &'static [Source] {
    match source {
        Source::MusicBrainz => &[Source::MusicBrainz, Source::ListenBrainz],
        Source::Spotify => &[Source::Spotify],
        Source::ListenBrainz => &[Source::ListenBrainz],
        Source::Deezer => &[Source::Deezer],
        Source::ReccoBeats => &[Source::ReccoBeats],
        Source::LastFm => &[Source::LastFm],
        Source::Csv => &[Source::Csv],
        Source::User => &[Source::User],
    }
}

/// Which statement takes the values of a profile back that `source` may have given; its parameters are the artist and the time. The
/// columns do not say whose they are, the marks of the profile do; where several sources gave some, more goes than need be, and the
/// others are asked again.
pub(crate) fn profile_of(source: Source) -> Option<&'static str> {
    macro_rules! take_back {
        ($set:literal, $given:literal) => {
            Some(concat!(
                "update artists set ",
                $set,
                ", updated_at = $2 where id = $1 and exists (
                     select 1 from facets f
                     where f.artist_id = artists.id and f.facet = 'profile' and f.state = 'ok' and ",
                $given,
                ")"
            ))
        };
    }
    match source {
        Source::Spotify => take_back!(
            "followers = null, popularity = null, image_url = null,
             url = case when url like 'https://open.spotify.com/%' then null else url end",
            "f.source = 'spotify'"
        ),
        Source::MusicBrainz => {
            take_back!("url = null", "f.source = 'musicbrainz' and artists.url like 'https://musicbrainz.org/%'")
        }
        // Their marks say whether they gave anything.
        Source::Deezer => {
            take_back!("followers = null, image_url = null", "f.source = 'deezer' and f.how = 'filled'")
        }
        Source::ListenBrainz => take_back!("popularity = null", "f.source = 'listenbrainz' and f.how = 'filled'"),
        Source::ReccoBeats | Source::LastFm | Source::Csv | Source::User => None,
    }
}

/// Lets the others be asked again who the artist is; the parameter is the artist.
pub(crate) const ASK_AGAIN: &str = "delete from facets where artist_id = $1 and facet in ('profile', 'links')";

/// Tracks, albums and places in lists that nobody else has to do with. Parameters: the artist, and [`own_ids`].
pub(crate) const GOES: [&str; 3] = [
    "delete from tracks
     where id in (select track_id from track_artist where artist_id = $1) and id like $2 and id not like $3
       and not exists (select 1 from track_artist o where o.track_id = tracks.id and o.artist_id <> $1)
       and not exists (select 1 from top_tracks o where o.track_id = tracks.id)",
    "delete from albums
     where id in (select album_id from album_artist where artist_id = $1) and id like $2 and id not like $3
       and not exists (select 1 from album_artist o where o.album_id = albums.id and o.artist_id <> $1)
       and not exists (select 1 from tracks k where k.album_id = albums.id)",
    // Without a position it was in the artist's list only, and no credit.
    "delete from album_artist where artist_id = $1 and album_id like $2 and album_id not like $3 and position is null",
];

/// Credits, which are those of the one whose id it is. Parameters: the artist, [`own_ids`], and the id as that of an artist.
pub(crate) const GOES_TO_ITS_OWNER: [&str; 4] = [
    "insert into album_artist (album_id, artist_id, artist_name, position, album_group)
     select c.album_id, $4, c.artist_name, c.position, null from album_artist c
     where c.artist_id = $1 and c.album_id like $2 and c.album_id not like $3
     on conflict (album_id, artist_id) do nothing",
    "delete from album_artist where artist_id = $1 and album_id like $2 and album_id not like $3 and artist_id <> $4",
    "insert into track_artist (track_id, artist_id, artist_name, position)
     select c.track_id, $4, c.artist_name, c.position from track_artist c
     where c.artist_id = $1 and c.track_id like $2 and c.track_id not like $3
     on conflict (track_id, artist_id) do nothing",
    "delete from track_artist where artist_id = $1 and track_id like $2 and track_id not like $3 and artist_id <> $4",
];
