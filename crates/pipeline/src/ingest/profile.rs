//! Which values of a profile Spotify leaves to sources that come before it in the order.

use sixpotify_core::{Artist, Facet, FacetState, Source};
use sixpotify_store::ProfileFill;

use super::open::FILLED;
use super::run::Run;
use crate::patience::patiently;

impl Run<'_> {
    /// A profile in two: what is Spotify's to say, and what only fills what is absent, as a source before it is the one that says
    /// it of this artist.
    pub(super) async fn in_order(&self, profile: &Artist) -> (Artist, Option<ProfileFill>) {
        let mut own = profile.clone();
        let before = self.ingest.options.order.before(Facet::Profile, Source::Spotify);
        if before.is_empty() {
            return (own, None);
        }
        let known = patiently(|| self.ingest.store.artist_details(std::slice::from_ref(&profile.id))).await;
        // A catalogue that cannot be read will not be written to either: the writer says so.
        let marks = known.into_iter().flatten().next().map(|detail| detail.facets).unwrap_or_default();
        let says = |source: Source| {
            let of = marks.iter().find(|mark| (mark.facet, mark.source) == (Facet::Profile, source));
            // MusicBrainz' part is its page, which it always has; of the others a mark says that they gave values.
            let gave = |how: Option<&str>| source == Source::MusicBrainz || how == Some(FILLED);
            before.contains(&source) && of.is_some_and(|mark| mark.state == FacetState::Ok && gave(mark.how.as_deref()))
        };
        let mut fill = ProfileFill {
            artist_id: profile.id.clone(),
            replaces: false,
            followers: None,
            popularity: None,
            url: None,
            image_url: None,
        };
        if says(Source::MusicBrainz) {
            fill.url = own.url.take();
        }
        if says(Source::Deezer) {
            (fill.followers, fill.image_url) = (own.followers.take(), own.image_url.take());
        }
        if says(Source::ListenBrainz) {
            fill.popularity = own.popularity.take();
        }
        (own, Some(fill))
    }
}
