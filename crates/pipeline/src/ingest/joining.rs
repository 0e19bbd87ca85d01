//! Which artist at Spotify an artist of another source is: never by name alone where two are close.

use std::collections::BTreeSet;

use sixpotify_core::{Facet, Source, Track, fold};
use sixpotify_sources::spotify::FoundArtist;
use sixpotify_store::Batch;

use super::run::Run;
use super::work::{Sought, Work};
use crate::How;
use crate::resolve::{Decision, decide};

/// How a mark says that an artist was sought and is not there.
const NOBODY: &str = "no such artist";

impl Run<'_> {
    /// Joins the artist to the hit that has its name, if only one has, or one with ten times the followers of the next; of
    /// several, recordings decide.
    pub(super) async fn sought(&mut self, sought: Sought, mut hits: Vec<FoundArtist>) {
        self.source_answered();
        // What is another artist's already, or was taken from this one by a person, is not it.
        hits.retain(|hit| {
            let id = &hit.artist.id;
            let undone = (sought.artist.clone(), Source::Spotify, id.to_string());
            let free = !self.owned.contains(id) && !self.handled.contains(id);
            free && id.spotify().is_some() && self.rejected.as_ref().is_none_or(|rejected| !rejected.contains(&undone))
        });
        let surely =
            |how: How| matches!(how, How::Exact | How::Folded | How::Alias | How::SourceAlias | How::Popularity);
        match decide(&sought.name, &hits) {
            Decision::Found(hit, how) if surely(how) => {
                let hit = hit.clone();
                self.join(sought, hit).await;
            }
            Decision::Found(_, How::SourceRank) | Decision::Ambiguous if !sought.codes.is_empty() => {
                let key = fold(&sought.name);
                hits.retain(|hit| fold(&hit.artist.name) == key);
                self.ready.push_front(Work::Compare(sought, hits));
            }
            _ => self.join_nobody(sought).await,
        }
    }

    /// Joins the artist to the only one of `candidates` that made a recording of its.
    pub(super) async fn compared(&mut self, sought: Sought, candidates: &[FoundArtist], tracks: &[Track]) {
        self.source_answered();
        let shared = tracks.iter().filter(|track| track.isrc.as_ref().is_some_and(|code| sought.codes.contains(code)));
        let makers: BTreeSet<&str> = shared.flat_map(|track| &track.artists).map(|credit| credit.id.as_str()).collect();
        let mut alike = candidates.iter().filter(|hit| makers.contains(hit.artist.id.as_str()));
        match (alike.next(), alike.next()) {
            (Some(one), None) => self.join(sought, one.clone()).await,
            _ => self.join_nobody(sought).await,
        }
    }

    async fn join(&mut self, sought: Sought, mut hit: FoundArtist) {
        let Sought { artist, mut due, .. } = sought;
        self.has_id(&artist, hit.artist.id.spotify());
        hit.artist.id = artist.clone();
        let mut batch = Batch::default();
        self.profile_came(&mut batch, &hit).await;
        due.retain(|facet, _| !matches!(facet, Facet::Profile | Facet::Genres));
        self.ask_for(artist.clone(), &due);
        self.piece_ends(&mut batch, &artist);
        self.send(batch, 0).await;
    }

    /// Nothing is known of the artist here; it is sought again when facts are.
    async fn join_nobody(&mut self, sought: Sought) {
        let mut batch = Batch::default();
        for facet in sought.due.keys() {
            self.mark_ok(&mut batch, &sought.artist, *facet);
        }
        for mark in &mut batch.facets {
            mark.how = Some(NOBODY.to_owned());
        }
        self.piece_ends(&mut batch, &sought.artist);
        self.send(batch, 0).await;
    }
}
