//! From the rows of the sample to artists, albums and tracks that know each other.

use std::collections::{BTreeSet, HashMap};

use super::{AlbumRow, ArtistRow, Place, Sampled, TrackRow};
use crate::catalogue::index::{IndexBuilder, field};
use crate::catalogue::{AlbumType, Group, Image, derive};
use crate::fold::words;
use crate::hash::{below, hash};
use crate::id::Id;
use crate::sample::SampleTrack;

/// Whom albums with tracks of many artists credit.
const VARIOUS: &str = "Various Artists";
/// An album name under which this many different first artists have tracks is one album by [`VARIOUS`].
const VARIOUS_FROM: usize = 3;
/// So many artists with most tracks get derived singles ...
const PROLIFIC: usize = 4;
/// ... until they have this many albums and singles of their own, more than any page holds.
const PROLIFIC_ALBUMS: usize = 64;
/// What the derived singles are called after the real title.
const VERSIONS: [&str; 3] = ["Live", "Acoustic", "Instrumental"];
/// Words by which one artist's collection is recognised.
const COLLECTION: [&str; 6] = ["greatest hits", "best of", "the very best", "essential", "anthology", "collection"];

/// An album before it has a type: its first artist (`None`: various) and its name.
type AlbumKey = (Option<u32>, String);

#[derive(Default)]
struct Builder {
    artists: Vec<ArtistRow>,
    by_name: HashMap<String, u32>,
    albums: Vec<AlbumRow>,
    by_album: HashMap<AlbumKey, u32>,
    tracks: Vec<TrackRow>,
}

impl Sampled {
    /// The catalogue of these tracks.
    pub(crate) fn new(sample: Vec<SampleTrack>) -> Self {
        let mut builder = Builder::default();
        let various = names_of_various(&sample);
        for track in sample {
            builder.add(track, &various);
        }
        builder.describe_albums();
        builder.describe_artists();
        builder.add_versions();
        builder.list_albums();
        builder.add_namesakes();
        builder.finish()
    }
}

/// The names of albums by various artists.
fn names_of_various(sample: &[SampleTrack]) -> BTreeSet<String> {
    let mut firsts: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for track in sample {
        firsts.entry(&track.album).or_default().insert(&track.artists[0]);
    }
    let names = firsts.into_iter().filter(|(name, firsts)| firsts.len() >= VARIOUS_FROM && !is_generic(name));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// Whether many artists have an album of their own of this name.
fn is_generic(album: &str) -> bool {
    COLLECTION.contains(&words(album).join(" ").as_str())
}

fn is_collection(album: &str) -> bool {
    let folded = words(album).join(" ");
    COLLECTION.iter().any(|phrase| folded.contains(phrase))
}

impl Builder {
    fn artist(&mut self, name: &str) -> u32 {
        if let Some(at) = self.by_name.get(name) {
            return *at;
        }
        let at = push(&mut self.artists, ArtistRow::named(name, Id::derived("artist", name)));
        self.by_name.insert(name.to_owned(), at);
        at
    }

    /// A track of the sample, its artists and its album.
    fn add(&mut self, track: SampleTrack, various: &BTreeSet<String>) {
        let Some(id) = Id::parse(&track.id) else {
            panic!("bundled sample: `{}` is no id", track.id);
        };
        let artists: Vec<u32> = track.artists.iter().map(|name| self.artist(name)).collect();
        for artist in &artists {
            let genres = &mut self.artists[*artist as usize].genres;
            for genre in track.genres.iter().flat_map(|genre| with_parents(genre)) {
                if !genres.iter().any(|known| known == genre) {
                    genres.push(genre.to_owned());
                }
            }
        }
        let first = (!various.contains(&track.album)).then_some(artists[0]);
        let album = self.album(first, &track.album, &artists);
        self.push_track(TrackRow {
            id,
            name: track.name,
            album,
            artists,
            duration_ms: track.duration_ms,
            explicit: track.explicit,
            popularity: track.popularity,
            features: Some(track.features),
            track_number: 0,
        });
    }

    /// The album of this name by this first artist. Its artists are those whom all its tracks credit.
    fn album(&mut self, first: Option<u32>, name: &str, artists: &[u32]) -> u32 {
        let key = (first, name.to_owned());
        if let Some(at) = self.by_album.get(&key) {
            if first.is_some() {
                self.albums[*at as usize].artists.retain(|artist| artists.contains(artist));
            }
            return *at;
        }
        let by = first.map_or(VARIOUS, |at| &self.artists[at as usize].name);
        let id = Id::derived("album", &format!("{by}\n{name}"));
        let artists = if first.is_some() { artists.to_vec() } else { vec![self.artist(VARIOUS)] };
        let at = push(
            &mut self.albums,
            AlbumRow {
                id,
                name: name.to_owned(),
                kind: if first.is_some() { AlbumType::Album } else { AlbumType::Compilation },
                released: derive::released(id, name),
                artists,
                tracks: Vec::new(),
                popularity: 0,
            },
        );
        self.by_album.insert(key, at);
        at
    }

    fn push_track(&mut self, mut track: TrackRow) {
        let at = u32::try_from(self.tracks.len()).unwrap_or(u32::MAX);
        let album = &mut self.albums[track.album as usize];
        album.tracks.push(at);
        track.track_number = u32::try_from(album.tracks.len()).unwrap_or(u32::MAX);
        for artist in &track.artists {
            self.artists[*artist as usize].tracks.push(at);
        }
        self.tracks.push(track);
    }

    /// Type and popularity of the albums, once all their tracks are known.
    fn describe_albums(&mut self) {
        for album in &mut self.albums {
            let tracks = || album.tracks.iter().map(|at| &self.tracks[*at as usize]);
            album.popularity = tracks().map(|track| track.popularity).max().unwrap_or(0) / 10 * 9;
            if album.kind == AlbumType::Album && is_collection(&album.name) {
                album.kind = AlbumType::Compilation;
            } else if album.kind == AlbumType::Album
                && album.tracks.len() <= 3
                && tracks().any(|track| core_of(&track.name) == core_of(&album.name))
            {
                album.kind = AlbumType::Single;
            }
        }
    }

    /// Popularity, followers, genres and pictures of the artists, once all their tracks are known.
    fn describe_artists(&mut self) {
        for artist in &mut self.artists {
            let popularities = artist.tracks.iter().map(|at| self.tracks[*at as usize].popularity).collect();
            artist.popularity = derive::artist_popularity(&artist.name, popularities);
            artist.followers = derive::followers(&artist.name, artist.popularity);
            artist.image = derive::artist_image(&artist.name, artist.popularity);
            if derive::is_unclassified(&artist.name, artist.popularity) {
                artist.genres.clear();
            }
        }
    }

    /// Singles such as "Title - Live" for the artists with most tracks of their own.
    fn add_versions(&mut self) {
        let mut own: HashMap<u32, Vec<u32>> = HashMap::new();
        for (at, track) in (0..).zip(&self.tracks) {
            own.entry(track.artists[0]).or_default().push(at);
        }
        let mut prolific: Vec<_> = own.into_iter().collect();
        prolific.sort_by_key(|(artist, tracks)| (std::cmp::Reverse(tracks.len()), *artist));
        for (artist, tracks) in prolific.into_iter().take(PROLIFIC) {
            let listed = self.albums.iter().filter(|a| a.artists.contains(&artist) && a.kind != AlbumType::Compilation);
            let mut missing = PROLIFIC_ALBUMS.saturating_sub(listed.count());
            for version in VERSIONS {
                for track in &tracks {
                    if missing > 0 && self.add_version(*track, version) {
                        missing -= 1;
                    }
                }
            }
        }
    }

    /// One derived single; `false` if there is one of that name already.
    fn add_version(&mut self, original: u32, version: &str) -> bool {
        let track = &self.tracks[original as usize];
        let (name, artists) = (format!("{} - {version}", track.name), track.artists.clone());
        if self.by_album.contains_key(&(Some(artists[0]), name.clone())) {
            return false;
        }
        let row = TrackRow {
            id: Id::derived("track", &format!("{}\n{version}", track.id)),
            name: name.clone(),
            album: 0,
            artists: artists.clone(),
            duration_ms: track.duration_ms + u32::try_from(below(hash("longer", &name), 30_000)).unwrap_or(0),
            explicit: track.explicit,
            popularity: 0,
            features: None,
            track_number: 0,
        };
        let album = self.album(Some(artists[0]), &name, &artists);
        self.albums[album as usize].kind = AlbumType::Single;
        self.push_track(TrackRow { album, ..row });
        true
    }

    /// The albums of each artist: own ones by type, then those of others it plays on; newest first.
    fn list_albums(&mut self) {
        for (at, album) in (0..).zip(&self.albums) {
            let guests = album.tracks.iter().flat_map(|track| &self.tracks[*track as usize].artists);
            for artist in guests.chain(&album.artists).copied().collect::<BTreeSet<u32>>() {
                let group = match album.kind {
                    _ if !album.artists.contains(&artist) => Group::AppearsOn,
                    AlbumType::Album => Group::Album,
                    AlbumType::Single => Group::Single,
                    AlbumType::Compilation => Group::Compilation,
                };
                self.artists[artist as usize].albums.push((group, at));
            }
        }
        for artist in &mut self.artists {
            artist.albums.sort_by_key(|(group, at)| {
                let album = &self.albums[*at as usize];
                (*group, std::cmp::Reverse(album.released), album.id)
            });
        }
    }

    /// A second artist of exactly the same name for some: nearly unknown for most of them,
    /// about as well known for a few, so that nobody can tell who is meant.
    fn add_namesakes(&mut self) {
        let mut twins = Vec::new();
        for artist in self.artists.iter().filter(|artist| artist.name != VARIOUS) {
            let Some(namesake) = derive::namesake(&artist.name, artist.followers, artist.popularity) else {
                continue;
            };
            let mut twin = ArtistRow::named(&artist.name, Id::derived("namesake", &artist.name));
            twin.followers = namesake.followers;
            twin.popularity = namesake.popularity;
            if namesake.rivals {
                twin.image = Some(Image(hash("namesake's image", &artist.name)));
                twin.genres = artist.genres.iter().take(1).cloned().collect();
            }
            twins.push(twin);
        }
        self.artists.extend(twins);
    }

    fn finish(self) -> Sampled {
        let mut ids = HashMap::new();
        let (mut by_key, mut artist_index, mut track_index) =
            (HashMap::<String, Vec<u32>>::new(), IndexBuilder::default(), IndexBuilder::default());
        for (at, artist) in (0..).zip(&self.artists) {
            ids.insert(artist.id, Place::Artist(at));
            by_key.entry(artist.key.clone()).or_default().push(at);
            artist_index.add(at, field::NAME, words(&artist.name));
        }
        for (at, album) in (0..).zip(&self.albums) {
            ids.insert(album.id, Place::Album(at));
        }
        for (at, track) in (0..).zip(&self.tracks) {
            ids.insert(track.id, Place::Track(at));
            track_index.add(at, field::NAME, words(&track.name));
            track_index.add(at, field::ALBUM, words(&self.albums[track.album as usize].name));
            for artist in &track.artists {
                track_index.add(at, field::ARTIST, words(&self.artists[*artist as usize].name));
            }
        }
        assert_eq!(
            ids.len(),
            self.artists.len() + self.albums.len() + self.tracks.len(),
            "two things of the sample have the same id"
        );
        Sampled {
            artists: self.artists,
            albums: self.albums,
            tracks: self.tracks,
            ids,
            by_key,
            artist_index: artist_index.build(),
            track_index: track_index.build(),
        }
    }
}

impl ArtistRow {
    fn named(name: &str, id: Id) -> Self {
        Self {
            id,
            name: name.to_owned(),
            key: words(name).concat(),
            popularity: 0,
            followers: 0,
            genres: Vec::new(),
            image: None,
            tracks: Vec::new(),
            albums: Vec::new(),
        }
    }
}

/// A genre of the data set and the wider ones that it is part of.
fn with_parents(genre: &str) -> impl Iterator<Item = &str> {
    let parents: &[&str] = match genre {
        "deep-house" => &["house", "electronic"],
        "dubstep" => &["electronic"],
        _ => &[],
    };
    std::iter::once(genre).chain(parents.iter().copied())
}

/// A title without what follows in brackets or after a dash.
fn core_of(title: &str) -> &str {
    let end = [" (", " [", " - "].iter().filter_map(|mark| title.find(mark)).min().unwrap_or(title.len());
    &title[..end]
}

fn push<T>(rows: &mut Vec<T>, row: T) -> u32 {
    rows.push(row);
    u32::try_from(rows.len() - 1).unwrap_or(u32::MAX)
}
