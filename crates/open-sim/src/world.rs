//! The music that all services know, and what each of them makes of it.

mod derive;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use spotify_sim::derived::{self, Catalogue};
use spotify_sim::fold;
use spotify_sim::hash::{hash, mix, unit};

pub(crate) use derive::{AliasRow, uuid};

/// Whom albums with tracks of many artists credit; no service of these lists it as an artist.
const VARIOUS: &str = "Various Artists";

/// Deezer numbers artists, albums and tracks from these on.
pub(crate) const FIRST_ARTIST: u64 = 1_000_001;
pub(crate) const FIRST_ALBUM: u64 = 20_000_001;
pub(crate) const FIRST_TRACK: u64 = 300_000_001;

/// Artists, albums and tracks of the sample, and the services' views of them.
pub(crate) struct World {
    pub(crate) catalogue: Catalogue,
    /// One for each artist of the catalogue.
    pub(crate) views: Vec<View>,
    by_mbid: HashMap<String, usize>,
    by_word: HashMap<String, Vec<usize>>,
    by_link: HashMap<String, Vec<usize>>,
    track_by_key: HashMap<String, usize>,
}

/// What the services know of one artist.
pub(crate) struct View {
    /// MusicBrainz' id, and one under which it stood before it was merged.
    pub(crate) mbid: String,
    pub(crate) old_mbid: String,
    pub(crate) in_musicbrainz: bool,
    pub(crate) in_deezer: bool,
    pub(crate) in_lastfm: bool,
    /// ReccoBeats' id.
    pub(crate) recco: String,
    pub(crate) aliases: Vec<AliasRow>,
    /// Genres in MusicBrainz' words, with votes.
    pub(crate) votes: Vec<(String, u32)>,
    /// Addresses that MusicBrainz links to, and whether that has ended.
    pub(crate) links: Vec<(String, bool)>,
    /// People who listen to it, and how often they did, at ListenBrainz; `None`: unknown there.
    pub(crate) heard: Option<(u64, u64)>,
    /// Words of the name, folded.
    pub(crate) key: String,
    /// What chance makes of it.
    pub(crate) seed: u64,
}

/// Where each service knows an artist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its id at Spotify, as spotify-sim serves it.
    pub spotify: String,
    /// Its id at MusicBrainz.
    pub mbid: Option<String>,
    /// An id that was merged into it there.
    pub old_mbid: Option<String>,
    /// Its id at Deezer.
    pub deezer: Option<u64>,
    /// Whether Last.fm knows it.
    pub in_lastfm: bool,
    /// Its followers at Spotify.
    pub followers: u64,
    /// Ids of its tracks at Spotify.
    pub tracks: Vec<String>,
}

/// The world, made once for all stand-ins of this process.
pub(crate) fn world() -> Arc<World> {
    static WORLD: LazyLock<Arc<World>> = LazyLock::new(|| Arc::new(World::new(derived::catalogue())));
    WORLD.clone()
}

impl World {
    fn new(catalogue: Catalogue) -> Self {
        let views: Vec<View> = (0..catalogue.artists.len()).map(|at| derive::view(&catalogue, at)).collect();
        let (mut by_mbid, mut by_word, mut by_link) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, view) in views.iter().enumerate().filter(|(_, view)| view.in_musicbrainz) {
            by_mbid.insert(view.mbid.clone(), at);
            by_mbid.insert(view.old_mbid.clone(), at);
            for (link, _) in &view.links {
                by_link.entry(link.clone()).or_insert_with(Vec::new).push(at);
            }
        }
        for (at, view) in views.iter().enumerate() {
            let names = view.aliases.iter().map(|alias| alias.name.as_str());
            for word in names.chain([catalogue.artists[at].name.as_str()]).flat_map(fold::words) {
                let postings: &mut Vec<usize> = by_word.entry(word).or_default();
                if postings.last() != Some(&at) {
                    postings.push(at);
                }
            }
        }
        let mut track_by_key = HashMap::new();
        for (at, track) in catalogue.tracks.iter().enumerate() {
            for key in [Some(track.id.clone()), Some(uuid("recco track", &track.id)), track.isrc.clone()] {
                key.map(|key| track_by_key.entry(key).or_insert(at));
            }
        }
        Self { catalogue, views, by_mbid, by_word, by_link, track_by_key }
    }

    /// The artist with an id at MusicBrainz, old ones included.
    pub(crate) fn by_mbid(&self, mbid: &str) -> Option<usize> {
        self.by_mbid.get(&mbid.to_ascii_lowercase()).copied()
    }

    /// The artists that MusicBrainz links to an address.
    pub(crate) fn by_link(&self, address: &str) -> &[usize] {
        self.by_link.get(address).map_or(&[], Vec::as_slice)
    }

    /// The artist with a number at Deezer.
    pub(crate) fn by_deezer(&self, id: &str) -> Option<usize> {
        let at = usize::try_from(id.parse::<u64>().ok()?.checked_sub(FIRST_ARTIST)?).ok()?;
        self.views.get(at).filter(|view| view.in_deezer).map(|_| at)
    }

    /// The track with an id at Spotify or ReccoBeats, or with a recording code.
    pub(crate) fn track(&self, key: &str) -> Option<usize> {
        self.track_by_key.get(key).or_else(|| self.track_by_key.get(&key.to_ascii_uppercase())).copied()
    }

    /// The best known artist of this name, without case, accents and signs.
    pub(crate) fn by_name(&self, name: &str) -> Option<usize> {
        let key = fold::words(name).concat();
        let hits = self.search(&fold::words(name)).into_iter().map(|(at, _)| at);
        hits.filter(|at| self.views[*at].key == key).max_by_key(|at| self.catalogue.artists[*at].popularity)
    }

    /// Artists by the share of the words that their name or an alias of it has, best first, then by followers.
    pub(crate) fn search(&self, words: &[String]) -> Vec<(usize, f64)> {
        let mut found: HashMap<usize, usize> = HashMap::new();
        for word in words {
            for at in self.by_word.get(word).into_iter().flatten() {
                *found.entry(*at).or_default() += 1;
            }
        }
        let share = |at: usize, hits: usize| {
            let own = fold::words(&self.catalogue.artists[at].name).len().max(words.len()).max(1);
            #[expect(clippy::cast_precision_loss, reason = "counts of words")]
            let share = hits.min(own) as f64 / own as f64;
            share
        };
        let mut ranked: Vec<(usize, f64)> = found.into_iter().map(|(at, hits)| (at, share(at, hits))).collect();
        let followers = |at: usize| self.catalogue.artists[at].followers;
        ranked.sort_by(|a, b| {
            b.1.total_cmp(&a.1).then_with(|| followers(b.0).cmp(&followers(a.0))).then_with(|| a.0.cmp(&b.0))
        });
        ranked
    }

    /// Artists with genres in common, best first, a hundred at most, each with a likeness from 0 to 1. `who` sees it
    /// slightly differently from others.
    pub(crate) fn similar(&self, who: &str, at: usize) -> Vec<(usize, f64)> {
        let artist = &self.catalogue.artists[at];
        let seed = mix(self.views[at].seed ^ hash("taste", who));
        let mut likely: Vec<(usize, f64)> = Vec::new();
        for (other, theirs) in self.catalogue.artists.iter().enumerate() {
            let common = theirs.genres.iter().filter(|genre| artist.genres.contains(genre)).count();
            if other == at || common == 0 || theirs.name == VARIOUS {
                continue;
            }
            let all = artist.genres.len() + theirs.genres.len() - common;
            #[expect(clippy::cast_precision_loss, reason = "counts of genres")]
            let genres = common as f64 / all as f64;
            let known = 1.0 - f64::from(artist.popularity.abs_diff(theirs.popularity)) / 100.0;
            let taste = unit(mix(seed ^ self.views[other].seed));
            likely.push((other, 0.6 * genres + 0.25 * known + 0.15 * taste));
        }
        likely.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        likely.truncate(100);
        likely
    }

    /// The tracks of an artist, most popular first.
    pub(crate) fn top_tracks(&self, at: usize) -> Vec<usize> {
        let mut tracks = self.catalogue.artists[at].tracks.clone();
        tracks.sort_by_key(|at| (std::cmp::Reverse(self.catalogue.tracks[*at].popularity), *at));
        tracks
    }

    pub(crate) fn known(&self, name: &str) -> Option<Known> {
        let at = self.catalogue.artists.iter().position(|artist| artist.name == name)?;
        let (artist, view) = (&self.catalogue.artists[at], &self.views[at]);
        Some(Known {
            name: artist.name.clone(),
            spotify: artist.id.clone(),
            mbid: view.in_musicbrainz.then(|| view.mbid.clone()),
            old_mbid: view.in_musicbrainz.then(|| view.old_mbid.clone()),
            deezer: view.in_deezer.then(|| FIRST_ARTIST + at as u64),
            in_lastfm: view.in_lastfm,
            followers: artist.followers,
            tracks: artist.tracks.iter().map(|track| self.catalogue.tracks[*track].id.clone()).collect(),
        })
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let known = self.catalogue.artists.iter().zip(&self.views).filter(|(_, view)| view.in_musicbrainz);
        let mut names: Vec<String> = known.map(|(artist, _)| artist.name.clone()).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_services_have_gaps() {
        let world = world();
        let mbids: std::collections::HashSet<_> = world.views.iter().map(|view| &view.mbid).collect();
        assert_eq!(mbids.len(), world.views.len());
        let share = |known: fn(&View) -> bool| {
            let known = world.views.iter().filter(|view| known(view)).count();
            known * 100 / world.views.len()
        };
        for share in [share(|v| v.in_musicbrainz), share(|v| v.in_deezer), share(|v| v.in_lastfm)] {
            assert!((85..100).contains(&share), "{share} %");
        }
        assert!(world.views.iter().any(|view| view.heard.is_none()));
    }

    #[test]
    fn the_same_artist_is_found_by_every_key() {
        let world = world();
        let known = world.known("ILLENIUM").unwrap();
        let at = world.by_mbid(known.mbid.as_deref().unwrap()).unwrap();
        assert_eq!(world.by_mbid(known.old_mbid.as_deref().unwrap()), Some(at));
        assert_eq!(world.by_deezer(&known.deezer.unwrap().to_string()), Some(at));
        assert_eq!(world.by_name("illenium"), Some(at));
        assert!(world.track(&known.tracks[0]).is_some());
        let similar = world.similar("x", at);
        assert_eq!(similar.len(), 100);
        assert!(similar.windows(2).all(|two| two[0].1 >= two[1].1) && similar.iter().all(|(other, _)| *other != at));
    }
}
