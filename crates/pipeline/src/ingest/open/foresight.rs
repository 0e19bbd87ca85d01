//! What will most likely be asked about an artist when MusicBrainz has said who it is elsewhere.

use sixpotify_core::{Artist, Facet, Mbid, Source, fold};
use sixpotify_sources::lastfm::ArtistKey;
use sixpotify_sources::musicbrainz::FoundArtist;
use sixpotify_store::StoreError;

use super::piece::At;
use super::question::{Guess, OfDeezer, Question, Which};
use super::run::Run;
use super::subject::{Subject, nobody_yet};
use crate::patience::patiently;

impl Run<'_> {
    /// Asks ahead about a hit of MusicBrainz that a name means, unless it is somebody whom the catalogue has: of those most is
    /// known already.
    pub(super) async fn foresee_hit(&mut self, hit: &FoundArtist) -> Result<(), StoreError> {
        if !self.ingest.options.hurried {
            return Ok(());
        }
        let link = (Source::MusicBrainz, hit.mbid.to_string());
        if !patiently(|| self.ingest.store.owners_of(std::slice::from_ref(&link))).await?.is_empty() {
            return Ok(());
        }
        let artist = Artist { followers: None, popularity: None, image_url: None, ..hit.artist.clone() };
        let mut subject = Subject::new(nobody_yet(artist, vec![link], self.ingest.clock.now()));
        subject.keys.extend(hit.aliases.iter().map(|alias| fold(&alias.name)).filter(|key| !key.is_empty()));
        let guess = self.guess(&subject, Some(&hit.mbid));
        self.foresee(guess);
        Ok(())
    }

    /// Asks ahead about an artist of the run; `mbid` is who it is at MusicBrainz, where that is known and not written yet.
    pub(super) fn foresee_subject(&mut self, at: At, mbid: Option<&Mbid>) {
        if self.ingest.options.hurried {
            let guess = self.guess(&self.subjects[at], mbid);
            self.foresee(guess);
        }
    }

    fn guess(&self, subject: &Subject, mbid: Option<&Mbid>) -> Guess {
        let (options, now) = (&self.ingest.options, self.ingest.clock.now());
        let due = |facet, source| self.asks_for(facet, source) && subject.is_due(options, facet, source, now);
        let mut guess = Guess::default();
        if let Some(mbid) = mbid.cloned().or_else(|| subject.mbid()) {
            if due(Facet::Profile, Source::ListenBrainz) && subject.lacks_profile(options, Source::ListenBrainz) {
                guess.questions.push(Question::Popularity(vec![mbid.clone()]));
            }
            if due(Facet::Related, Source::ListenBrainz) {
                guess.questions.push(Question::Similar(mbid.clone()));
            }
            if due(Facet::Related, Source::LastFm) {
                guess.questions.push(Question::Alike(ArtistKey::Mbid(mbid.clone())));
            }
            if due(Facet::Genres, Source::LastFm) {
                guess.questions.push(Question::Tags(ArtistKey::Mbid(mbid)));
            }
        }
        let at_deezer: [(Facet, OfDeezer); 2] =
            [(Facet::TopTracks, Question::DeezerTop), (Facet::Profile, Question::DeezerArtist)];
        let questions: Vec<_> =
            at_deezer.into_iter().filter(|(facet, _)| due(*facet, Source::Deezer)).map(|(_, ask)| ask).collect();
        if !questions.is_empty() {
            let which = match subject.deezer() {
                Some(id) => Which::Id(id),
                None => Which::Named(subject.name.clone(), subject.keys.clone()),
            };
            guess.deezer = Some((which, questions));
        }
        guess
    }
}
