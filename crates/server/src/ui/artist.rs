//! `/artist/{id}`: all that is known of an artist, to look at and to share.

use axum::extract::{Path, State};
use axum::response::Response;
use sixpotify_bot::{Language, because};
use sixpotify_core::{ArtistId, Facet, FacetState};
use sixpotify_similar::{Reason, decode};
use sixpotify_store::{AlbumEntry, ArtistDetail, Related, TrackEntry};

use super::link::{Outside, artist_path, outside, page_at};
use super::page::{Page, PageLanguage};
use super::picture::Picture;
use super::problem::problem;
use super::render::pieces;
use super::sound::SoundView;
use super::words::{self, Words, source_name};
use crate::error::Problem;
use crate::songs::distinct;
use crate::state::AppState;

/// Neighbours, songs and albums shown at most.
const NEIGHBOURS: usize = 12;
const SONGS: usize = 10;
const ALBUMS: usize = 24;

#[derive(askama::Template)]
#[template(path = "artist.html", whitespace = "minimize")]
struct ArtistPage {
    page: Page,
    path: String,
    name: String,
    description: String,
    picture: Picture,
    genres: Vec<String>,
    facts: Vec<(&'static str, String)>,
    links: Vec<Outside>,
    sound: Option<SoundView>,
    songs: Vec<Row>,
    neighbours: Vec<NeighbourView>,
    albums: Vec<AlbumView>,
    album_count: usize,
    more_albums: Option<String>,
    origins: Vec<Origin>,
    /// What the sources ask to be said.
    attributions: Vec<&'static str>,
}

/// A song.
struct Row {
    title: String,
    line: String,
    link: Option<Outside>,
}

struct AlbumView {
    year: String,
    title: String,
    line: String,
    link: Option<Outside>,
}

struct NeighbourView {
    picture: Picture,
    path: String,
    name: String,
    reasons: Vec<String>,
}

/// Who said what, when.
struct Origin {
    what: &'static str,
    whom: &'static str,
    when: String,
    note: Option<&'static str>,
}

/// The page; `404` where there is no such artist.
pub(crate) async fn page(
    language: PageLanguage,
    State(state): State<AppState>,
    id: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Response {
    let answer = async {
        let Path(id) = id.map_err(|_| Problem::NotFound("no such artist".to_owned()))?;
        let id = ArtistId::from_stored(id);
        let found = state.store.artist_details(std::slice::from_ref(&id)).await?.pop();
        let detail = found.ok_or_else(|| Problem::NotFound(format!("no artist `{id}`")))?;
        let related = state.store.related(&id, NEIGHBOURS).await?;
        language.answer(view(detail, &related, language.language(), state.config.pictures))
    };
    answer.await.unwrap_or_else(|error| problem(&language, &error))
}

fn view(detail: ArtistDetail, related: &[Related], language: Language, pictures: bool) -> ArtistPage {
    let page = Page::new(language);
    let words = page.words;
    let artist = &detail.artist;
    let genres: Vec<String> = detail.genres.iter().map(|(genre, _)| genre.clone()).collect();
    let songs = distinct(&detail.top_tracks);
    let mut facts = Vec::new();
    facts.extend(artist.followers.map(|n| (words.followers, words::number(n))));
    facts.extend(artist.popularity.map(|n| (words.popularity, format!("{n} / 100"))));
    let next: Vec<&str> = related.iter().take(3).map(|r| r.artist.name.as_str()).collect();
    let album_count = detail.albums.len();
    ArtistPage {
        path: artist_path(&artist.id),
        name: artist.name.clone(),
        description: words.description(&artist.name, &genres, &next),
        picture: Picture::new(&artist.name, artist.image_url.as_deref(), pictures),
        facts,
        links: links(&detail, words),
        sound: SoundView::new(&songs, words),
        songs: songs.iter().take(SONGS).map(|track| song(track, artist.name.as_str(), words)).collect(),
        neighbours: related.iter().map(|r| neighbour(r, language, pictures)).collect(),
        albums: detail.albums.iter().take(ALBUMS).map(|a| album(a, words)).collect(),
        album_count,
        more_albums: (album_count > ALBUMS).then(|| words.and_more(album_count - ALBUMS)),
        origins: origins(&detail, words),
        attributions: detail.attributions().into_iter().map(|(_, words)| words).collect(),
        genres,
        page,
    }
}

/// The artist's pages: the one that its source gave, and those that its ids elsewhere lead to.
fn links(detail: &ArtistDetail, words: &Words) -> Vec<Outside> {
    let own = detail.artist.url.iter().cloned();
    let others = detail.links.iter().filter_map(|(source, id)| page_at(*source, id));
    let mut links: Vec<Outside> = Vec::new();
    for link in own.chain(others).filter_map(|url| outside(&url, words)) {
        if !links.iter().any(|l| l.source == link.source) {
            links.push(link);
        }
    }
    links
}

fn song(track: &TrackEntry, artist: &str, words: &Words) -> Row {
    let others: Vec<&str> = track.artists.iter().map(|c| c.name.as_str()).filter(|name| *name != artist).collect();
    let mut parts = Vec::new();
    if !others.is_empty() {
        parts.push(words.with(&others.join(", ")));
    }
    parts.extend(track.album.clone().filter(|album| *album != track.name));
    Row {
        title: track.name.clone(),
        line: parts.join(" · "),
        link: track.url.as_deref().and_then(|url| outside(url, words)),
    }
}

fn album(album: &AlbumEntry, words: &Words) -> AlbumView {
    let mut parts = Vec::new();
    parts.extend(album.album_type.as_deref().map(|kind| words.album_type(kind).to_owned()));
    parts.extend(album.total_tracks.map(|n| words.tracks(n)));
    AlbumView {
        year: album.release_date.as_deref().map_or_else(|| "–".to_owned(), |date| date.chars().take(4).collect()),
        title: album.name.clone(),
        line: parts.join(" · "),
        link: album.url.as_deref().and_then(|url| outside(url, words)),
    }
}

fn neighbour(related: &Related, language: Language, pictures: bool) -> NeighbourView {
    let reasons: Vec<Reason> = decode(&related.why).flatten().collect();
    NeighbourView {
        picture: Picture::new(&related.artist.name, related.artist.image_url.as_deref(), pictures),
        path: artist_path(&related.artist.id),
        name: related.artist.name.clone(),
        reasons: pieces(&because(language, &reasons)),
    }
}

fn origins(detail: &ArtistDetail, words: &Words) -> Vec<Origin> {
    let origin = |record: &sixpotify_store::FacetRecord| Origin {
        what: match record.facet {
            Facet::Profile => words.facet_profile,
            Facet::Genres => words.genres,
            Facet::Albums => words.albums,
            Facet::TopTracks => words.songs,
            Facet::AudioFeatures => words.sound,
            Facet::Aliases => words.facet_aliases,
            Facet::Links => words.facet_links,
            Facet::Related => words.facet_related,
        },
        whom: source_name(record.source, words),
        when: record.fetched_at.format("%Y-%m-%d").to_string(),
        note: match record.state {
            FacetState::Ok => None,
            FacetState::Withheld => Some(words.withheld),
            FacetState::Failed => Some(words.failed),
        },
    };
    detail.facets.iter().map(origin).collect()
}
