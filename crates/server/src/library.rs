//! The catalogue as the conversation sees it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sixpotify_bot::learning::Learner;
use sixpotify_bot::{
    ArtistBrief, Asker, Found, Learned, Library, LibraryError, Link, LinkKind, Listen, OfGenre, Page, Profile,
    SimilarArtist, SimilarSong, Song, Unfurled, Wanted,
};
use sixpotify_core::{Artist, ArtistId, FacetState, Source, TrackId};
use sixpotify_pipeline::Resolver;
use sixpotify_resolve::{Candidate, How, Verdict};
use sixpotify_similar::{Reason, decode};
use sixpotify_store::{ArtistDetail, SharedStore, TrackDetail};
use url::Url;

use crate::best_known::BestKnown;
use crate::shelf::{Shelf, title_key};

type Result<T, E = LibraryError> = std::result::Result<T, E>;

/// How long a look-up is waited for before that is said.
const PATIENCE: Duration = Duration::from_secs(2);

/// Titles whose slips cost hardly more than the nearest one's could as well be meant.
const AS_NEAR: f32 = 0.15;

/// The catalogue as the conversation sees it.
pub struct StoreLibrary {
    store: SharedStore,
    resolver: Arc<Resolver>,
    shelf: Arc<Shelf>,
    best_known: BestKnown,
    learner: Option<Learner>,
}

impl StoreLibrary {
    /// The music of `store`. Without a learner, what is not there is not looked up.
    pub fn new(store: SharedStore, resolver: Arc<Resolver>, shelf: Arc<Shelf>, learner: Option<Learner>) -> Self {
        let best_known = BestKnown::new(store.clone());
        Self { store, resolver, shelf, best_known, learner }
    }

    /// Whether it is being looked up, on whatever server. It is stored before it is related: as long as that takes it counts as
    /// unknown, so that whoever asks waits for all of it. To be asked after the catalogue: what was there before the look-up
    /// ended may be half of it.
    async fn is_learning(&self, wanted: &Wanted) -> Result<bool> {
        match &self.learner {
            Some(learner) => learner.is_at(wanted).await,
            None => Ok(false),
        }
    }

    async fn detail(&self, id: &ArtistId) -> Result<Option<ArtistDetail>> {
        Ok(self.store.artist_details(std::slice::from_ref(id)).await?.pop())
    }

    /// Candidates with what tells them apart.
    async fn briefs(&self, candidates: &[Candidate]) -> Result<Vec<ArtistBrief>> {
        let ids: Vec<ArtistId> = candidates.iter().map(|candidate| candidate.id.clone()).collect();
        let details = self.store.artist_details(&ids).await?;
        let of = |id: &ArtistId| details.iter().find(|detail| detail.artist.id == *id);
        Ok(ids.iter().filter_map(of).map(brief).collect())
    }

    /// Of a song whose sound is not known (yet): the best known song of each of its artist's neighbours.
    async fn songs_of_neighbours(&self, id: &TrackId, count: usize) -> Result<Page<SimilarSong>> {
        let credits = self.store.tracks(std::slice::from_ref(id)).await?.pop().map(|track| track.artists);
        let mut related = Vec::new();
        for credit in credits.into_iter().flatten() {
            related = self.store.related(&credit.id, count).await?;
            if !related.is_empty() {
                break;
            }
        }
        let artists: Vec<ArtistId> = related.into_iter().map(|related| related.artist.id).collect();
        let details = self.store.artist_details(&artists).await?;
        let best = |id: &ArtistId| {
            let detail = details.iter().find(|detail| detail.artist.id == *id)?;
            Some(crate::songs::distinct(&detail.top_tracks).first()?.id.clone())
        };
        let mut ids: Vec<TrackId> = Vec::new();
        for song in artists.iter().filter_map(best) {
            if song != *id && !ids.contains(&song) {
                ids.push(song);
            }
        }
        let songs = self.songs_in_order(&ids).await?.into_iter();
        let items = songs.map(|track| SimilarSong { song: song(track), why: vec![Reason::RelatedArtists] }).collect();
        Ok(Page { items, more: false })
    }

    /// Songs in the order of `ids`.
    async fn songs_in_order(&self, ids: &[TrackId]) -> Result<Vec<TrackDetail>> {
        let mut found = self.store.tracks(ids).await?;
        let place = |track: &TrackDetail| ids.iter().position(|id| *id == track.id);
        found.sort_by_key(place);
        Ok(found)
    }
}

#[async_trait]
impl Library for StoreLibrary {
    async fn find_artist(&self, name: &str) -> Result<Found> {
        let answer = self.resolver.resolve(name).await?;
        if answer.verdict != Verdict::NotFound && self.is_learning(&Wanted::Name(name.to_owned())).await? {
            return Ok(Found::Unknown);
        }
        match answer.verdict {
            Verdict::Found(how) => {
                let accepted = answer.candidates.get(..1).unwrap_or_default();
                // Gone between two questions: then nobody is meant.
                let artist = self.briefs(accepted).await?.pop();
                Ok(artist.map_or(Found::Unknown, |artist| Found::Artist { artist, certain: is_certain(how) }))
            }
            Verdict::Ambiguous => Ok(Found::Ambiguous(self.briefs(&answer.candidates).await?)),
            Verdict::NotFound => Ok(Found::Unknown),
        }
    }

    async fn artist(&self, id: &ArtistId) -> Result<Option<Profile>> {
        Ok(self.detail(id).await?.map(profile))
    }

    async fn similar(&self, id: &ArtistId, from: usize, count: usize) -> Result<Page<SimilarArtist>> {
        let related = self.store.related(id, from.saturating_add(count).saturating_add(1)).await?;
        let similar = related.into_iter().map(|r| SimilarArtist {
            why: decode(&r.why).flatten().collect(),
            listen: r.artist.url.as_deref().and_then(listen),
            id: r.artist.id,
            name: r.artist.name,
            image_url: r.artist.image_url,
        });
        Ok(page(similar, from, count))
    }

    async fn songs(&self, id: &ArtistId, from: usize, count: usize) -> Result<Page<Song>> {
        let Some(detail) = self.detail(id).await? else { return Ok(Page { items: Vec::new(), more: false }) };
        let ids: Vec<TrackId> = crate::songs::distinct(&detail.top_tracks).iter().map(|t| t.id.clone()).collect();
        let wanted = page(ids.into_iter(), from, count);
        let songs = self.songs_in_order(&wanted.items).await?;
        Ok(Page { items: songs.into_iter().map(song).collect(), more: wanted.more })
    }

    async fn song(&self, id: &TrackId) -> Result<Option<Song>> {
        Ok(self.store.tracks(std::slice::from_ref(id)).await?.pop().map(song))
    }

    async fn songs_titled(&self, title: &str, by: Option<&ArtistId>, count: usize) -> Result<Vec<Song>> {
        let mut tracks = self.store.tracks(&self.shelf.titled(title).await).await?;
        let key = title_key(title);
        tracks.retain(|track| title_key(&track.name) == key);
        tracks.retain(|track| by.is_none_or(|by| track.artists.iter().any(|credit| credit.id == *by)));
        tracks.sort_by_key(|track| std::cmp::Reverse(track.popularity));
        // Takes of one recording have one title and one main artist.
        let mut seen = HashSet::new();
        tracks.retain(|track| seen.insert(track.artists.first().map(|credit| credit.id.clone())));
        tracks.truncate(count);
        Ok(tracks.into_iter().map(song).collect())
    }

    async fn songs_nearly_titled(&self, title: &str, by: Option<&ArtistId>, count: usize) -> Result<Vec<Song>> {
        let mut near = self.shelf.nearly_titled(title, by).await;
        let Some((_, nearest)) = near.first().cloned() else { return Ok(Vec::new()) };
        near.retain(|(_, cost)| *cost <= nearest + AS_NEAR);
        let ids: Vec<TrackId> = near.into_iter().map(|(id, _)| id).collect();
        let mut tracks = self.store.tracks(&ids).await?;
        tracks.sort_by_key(|track| std::cmp::Reverse(track.popularity));
        let mut seen = HashSet::new();
        tracks.retain(|track| {
            seen.insert((title_key(&track.name), track.artists.first().map(|credit| credit.id.clone())))
        });
        tracks.truncate(count);
        Ok(tracks.into_iter().map(song).collect())
    }

    async fn songs_like(&self, id: &TrackId, from: usize, count: usize) -> Result<Page<SimilarSong>> {
        let near = self.shelf.near(id, from, count.saturating_add(1)).await;
        if near.is_empty() && from == 0 {
            return self.songs_of_neighbours(id, count).await;
        }
        let Page { items: near, more } = page(near.into_iter(), 0, count);
        let ids: Vec<TrackId> = near.iter().map(|song| song.id.clone()).collect();
        let mut why: HashMap<TrackId, Vec<Reason>> = near.into_iter().map(|song| (song.id, song.why)).collect();
        let similar = self.songs_in_order(&ids).await?.into_iter().map(|track| {
            let why = why.remove(&track.id).unwrap_or_default();
            SimilarSong { song: song(track), why }
        });
        Ok(Page { items: similar.collect(), more })
    }

    async fn unfurl(&self, link: &Link) -> Result<Unfurled> {
        let known = match link.kind {
            LinkKind::Artist => {
                let ids = [link.id.clone()];
                let known = self.store.artists_by_link(link.source, &ids).await?.pop().map(|(_, artist)| artist);
                let id = known.unwrap_or_else(|| ArtistId::new(link.source, &link.id));
                self.detail(&id).await?.map_or(Unfurled::Unknown, |detail| Unfurled::Artist(detail.artist.id))
            }
            LinkKind::Song => {
                let id = TrackId::new(link.source, &link.id);
                let known = !self.store.tracks(std::slice::from_ref(&id)).await?.is_empty();
                if known { Unfurled::Song(id) } else { Unfurled::Unknown }
            }
        };
        let half = known != Unfurled::Unknown && self.is_learning(&Wanted::Link(link.clone())).await?;
        Ok(if half { Unfurled::Unknown } else { known })
    }

    async fn to_start_with(&self, count: usize) -> Result<Vec<ArtistBrief>> {
        let artists = self.best_known.of_all(count).await?;
        Ok(artists.into_iter().map(|artist| in_short(&artist, String::new())).collect())
    }

    async fn of_genre(&self, said: &str, count: usize) -> Result<Option<OfGenre>> {
        let Some((genre, artists)) = self.best_known.of_genre(said, count).await? else { return Ok(None) };
        let ids: Vec<ArtistId> = artists.into_iter().map(|artist| artist.id).collect();
        let details = self.store.artist_details(&ids).await?;
        // Those who went in the meantime are not shown.
        let of = |id: &ArtistId| details.iter().find(|detail| detail.artist.id == *id);
        let artists: Vec<ArtistBrief> = ids.iter().filter_map(of).map(brief).collect();
        Ok((!artists.is_empty()).then_some(OfGenre { genre, artists }))
    }

    async fn learn(&self, wanted: &Wanted, asker: &Asker, _now: DateTime<Utc>) -> Result<Learned> {
        match &self.learner {
            Some(learner) => learner.learn(wanted, asker, tokio::time::sleep(PATIENCE)).await,
            None => Ok(Learned::NobodyToAsk),
        }
    }
}

/// Whether a name found in this way is the artist's own: no guess.
pub(crate) fn is_certain(how: How) -> bool {
    match how {
        How::Id
        | How::Exact
        | How::Folded
        | How::Alias
        | How::Popularity
        | How::SourceRank
        | How::SourceAlias
        | How::Loose => true,
        How::Order
        | How::Decorated
        | How::Spelt
        | How::Keyboard
        | How::Transliterated
        | How::Sound
        | How::Typo
        | How::Part => false,
    }
}

/// `count` of `all` from the `from`th on.
fn page<T>(all: impl Iterator<Item = T>, from: usize, count: usize) -> Page<T> {
    let mut rest = all.skip(from);
    let items = rest.by_ref().take(count).collect();
    Page { items, more: rest.next().is_some() }
}

fn in_short(artist: &Artist, hint: String) -> ArtistBrief {
    ArtistBrief { id: artist.id.clone(), name: artist.name.clone(), hint, image_url: artist.image_url.clone() }
}

fn brief(detail: &ArtistDetail) -> ArtistBrief {
    let genres: Vec<&str> = detail.genres.iter().take(3).map(|(genre, _)| genre.as_str()).collect();
    in_short(&detail.artist, genres.join(", "))
}

fn profile(detail: ArtistDetail) -> Profile {
    let said = detail.facets.iter().filter(|facet| facet.state == FacetState::Ok).map(|facet| facet.source);
    let mut sources: Vec<Source> = said.chain(detail.genres.iter().map(|(_, source)| *source)).collect();
    sources.sort();
    sources.dedup();
    Profile {
        genres: detail.genres.into_iter().map(|(genre, _)| genre).collect(),
        listen: detail.artist.url.as_deref().and_then(listen),
        sources,
        id: detail.artist.id,
        name: detail.artist.name,
        image_url: detail.artist.image_url,
    }
}

fn song(track: TrackDetail) -> Song {
    Song {
        year: track.release_date.as_deref().and_then(|date| date.get(..4)?.parse().ok()),
        listen: track.url.as_deref().and_then(listen),
        id: track.id,
        title: track.name,
        artists: track.artists,
        image_url: track.image_url,
    }
}

/// Where to listen; `None` where `url` is no address on the web, or on no page whose source is known.
fn listen(url: &str) -> Option<Listen> {
    let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let source = crate::ui::source_of(parsed.host_str()?).unwrap_or(Source::Csv);
    Some(Listen { source, url: parsed.into() })
}
