//! A catalogue of any size, made up on the fly: everything follows from the number of an artist, nothing is stored.

mod ids;
mod names;
mod search;
#[cfg(test)]
mod tests;
mod things;

use std::borrow::Cow;
use std::cmp::Reverse;

pub use names::{artist_name, artist_names};

use crate::catalogue::query::Query;
use crate::catalogue::{Album, Artist, Catalogue, Credit, Group, Slice, Span, Track, derive};
use crate::id::Id;
use crate::sample::Features;
use ids::{Thing, id_of, thing_of};
use things::{AlbumFacts, ArtistFacts, Place, TrackFacts};

/// The most artists that a generated catalogue can have.
pub const MOST: u64 = 1_000_000_000;

/// Top tracks are chosen among those of so many albums.
const TOP_ALBUMS: u64 = 12;

/// A generated catalogue of so many artists, namesakes not counted.
pub(crate) struct Generated {
    artists: u64,
}

impl Generated {
    pub(crate) fn new(artists: u64) -> Self {
        Self { artists }
    }

    /// The thing with this id, if it is part of this catalogue.
    fn thing(&self, id: Id) -> Option<Thing> {
        let thing = thing_of(id)?;
        let is_there = match thing {
            Thing::Artist(artist) => artist < self.artists,
            Thing::Namesake(artist) => artist < self.artists && ArtistFacts::of(artist).namesake().is_some(),
            Thing::Album(place) => place.artist < self.artists && place.album < ArtistFacts::of(place.artist).albums,
            Thing::Track(place) => {
                place.artist < self.artists
                    && place.album < ArtistFacts::of(place.artist).albums
                    && place.track < AlbumFacts::of(place).tracks
            }
        };
        is_there.then_some(thing)
    }

    fn show_artist(&self, artist: u64) -> Artist<'static> {
        let facts = ArtistFacts::of(artist);
        Artist {
            id: id_of(Thing::Artist(artist)),
            followers: facts.followers,
            popularity: facts.popularity,
            genres: facts.genres().into_iter().map(Cow::Borrowed).collect(),
            image: derive::artist_image(&facts.name, facts.popularity),
            name: Cow::Owned(facts.name),
        }
    }

    fn show_namesake(&self, artist: u64) -> Option<Artist<'static>> {
        let facts = ArtistFacts::of(artist);
        let namesake = facts.namesake()?;
        Some(Artist {
            id: id_of(Thing::Namesake(artist)),
            followers: namesake.followers,
            popularity: namesake.popularity,
            genres: Vec::new(),
            image: None,
            name: Cow::Owned(facts.name),
        })
    }

    fn credit(&self, artist: u64) -> Credit<'static> {
        Credit { id: id_of(Thing::Artist(artist)), name: Cow::Owned(artist_name(artist)) }
    }

    fn show_album(&self, place: Place) -> Album<'static> {
        let facts = AlbumFacts::of(place);
        let id = id_of(Thing::Album(place));
        Album {
            id,
            kind: facts.kind,
            total_tracks: u32::try_from(facts.tracks).unwrap_or(u32::MAX),
            released: derive::released(id, &facts.name),
            name: Cow::Owned(facts.name),
            artists: vec![self.credit(place.artist)],
            image: facts.image,
            popularity: ArtistFacts::of(place.artist).popularity,
        }
    }

    fn show_track(&self, place: Place) -> Track<'static> {
        let facts = TrackFacts::of(place);
        let id = id_of(Thing::Track(place));
        let guest = self.guest_of(place.artist).filter(|_| (place.album, place.track) == things::GUEST_TRACK);
        Track {
            id,
            name: Cow::Owned(facts.name),
            album: self.show_album(place),
            artists: std::iter::once(place.artist).chain(guest).map(|artist| self.credit(artist)).collect(),
            duration_ms: facts.duration_ms,
            explicit: facts.explicit,
            isrc: derive::isrc(id),
            popularity: facts.popularity,
            track_number: u32::try_from(place.track + 1).unwrap_or(u32::MAX),
        }
    }

    /// Who plays on the first album of an artist, for some artists.
    fn guest_of(&self, artist: u64) -> Option<u64> {
        let guest = (artist + self.artists / 2) % self.artists;
        (guest != artist && ArtistFacts::of(artist).has_guest).then_some(guest)
    }

    /// On whose first album an artist plays.
    fn host_of(&self, guest: u64) -> Option<u64> {
        let host = (guest + self.artists - self.artists / 2) % self.artists;
        (self.guest_of(host) == Some(guest)).then_some(host)
    }

    /// All albums on which an artist is, with how.
    fn listed(&self, artist: u64) -> Vec<(Group, Place)> {
        let own = (0..ArtistFacts::of(artist).albums).map(|album| {
            let place = Place { artist, album, track: 0 };
            (AlbumFacts::of(place).group(), place)
        });
        let other = self.host_of(artist).map(|host| (Group::AppearsOn, Place { artist: host, album: 0, track: 0 }));
        let mut albums: Vec<_> = own.chain(other).collect();
        albums.sort_by_key(|(group, place)| {
            let id = id_of(Thing::Album(*place));
            (*group, Reverse(derive::released(id, &AlbumFacts::of(*place).name)), id)
        });
        albums
    }

    /// The tracks of the first albums of an artist.
    fn own_tracks(&self, artist: u64, albums: u64) -> Vec<Place> {
        let albums = (0..ArtistFacts::of(artist).albums.min(albums)).map(|album| Place { artist, album, track: 0 });
        albums.flat_map(|place| (0..AlbumFacts::of(place).tracks).map(move |track| Place { track, ..place })).collect()
    }
}

impl Catalogue for Generated {
    fn artist(&self, id: Id) -> Option<Artist<'_>> {
        match self.thing(id)? {
            Thing::Artist(artist) => Some(self.show_artist(artist)),
            Thing::Namesake(artist) => self.show_namesake(artist),
            _ => None,
        }
    }

    fn album(&self, id: Id) -> Option<Album<'_>> {
        match self.thing(id)? {
            Thing::Album(place) => Some(self.show_album(place)),
            _ => None,
        }
    }

    fn track(&self, id: Id) -> Option<Track<'_>> {
        match self.thing(id)? {
            Thing::Track(place) => Some(self.show_track(place)),
            _ => None,
        }
    }

    fn features(&self, id: Id) -> Option<(Features, u32)> {
        match self.thing(id)? {
            Thing::Track(place) => {
                let facts = TrackFacts::of(place);
                Some((facts.features(&ArtistFacts::of(place.artist))?, facts.duration_ms))
            }
            _ => None,
        }
    }

    fn albums_of(&self, id: Id, groups: &[Group], span: Span) -> Option<Slice<(Group, Album<'_>)>> {
        let mut albums = match self.thing(id)? {
            Thing::Artist(artist) => self.listed(artist),
            Thing::Namesake(_) => Vec::new(),
            _ => return None,
        };
        albums.retain(|(group, _)| groups.contains(group));
        let items = span.of(&albums).iter().map(|(group, place)| (*group, self.show_album(*place))).collect();
        Some(Slice { total: albums.len(), items })
    }

    fn top_tracks(&self, id: Id) -> Option<Vec<Track<'_>>> {
        let mut tracks = match self.thing(id)? {
            Thing::Artist(artist) => self.own_tracks(artist, TOP_ALBUMS),
            Thing::Namesake(_) => Vec::new(),
            _ => return None,
        };
        tracks.sort_by_cached_key(|place| (Reverse(TrackFacts::of(*place).popularity), id_of(Thing::Track(*place))));
        tracks.truncate(10);
        Some(tracks.into_iter().map(|place| self.show_track(place)).collect())
    }

    fn album_tracks(&self, id: Id, span: Span) -> Option<Slice<Track<'_>>> {
        let Thing::Album(place) = self.thing(id)? else {
            return None;
        };
        let tracks: Vec<u64> = (0..AlbumFacts::of(place).tracks).collect();
        let items = span.of(&tracks).iter().map(|track| self.show_track(Place { track: *track, ..place })).collect();
        Some(Slice { total: tracks.len(), items })
    }

    fn search_artists(&self, query: &Query, span: Span) -> Slice<Artist<'_>> {
        let hits = self.rank_artists(query);
        Slice { total: hits.len(), items: span.of(&hits).to_vec() }
    }

    fn search_tracks(&self, query: &Query, span: Span) -> Slice<Track<'_>> {
        let hits = self.rank_tracks(query);
        let items = span.of(&hits).iter().map(|place| self.show_track(*place)).collect();
        Slice { total: hits.len(), items }
    }
}
