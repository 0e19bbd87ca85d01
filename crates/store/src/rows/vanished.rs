//! What makes an artist one that a source alone spoke of.

/// The condition on `artists a` that its id is the source's own and that nobody else says, or wants, anything of it; the argument is
/// the placeholder of the source, as text. What listeners are counted for goes by the ids of dumps, and is made anew.
macro_rules! only_from {
    ($source:literal) => {
        concat!(
            "substr(a.id, 1, length(",
            $source,
            ") + 1) = ",
            $source,
            " || ':'
             and not exists (select 1 from ingest_names o where o.artist_id = a.id)
             and not exists (select 1 from facets o where o.artist_id = a.id and o.source <> ",
            $source,
            ")
             and not exists (select 1 from artist_alias o where o.artist_id = a.id and o.source <> ",
            $source,
            ")
             and not exists (select 1 from genre_vote o where o.artist_id = a.id and o.source <> ",
            $source,
            ")
             and not exists (select 1 from artist_genre o where o.artist_id = a.id and o.source <> ",
            $source,
            ")
             and not exists (select 1 from source_related o where o.artist_id = a.id and o.source <> ",
            $source,
            ")
             and not exists (select 1 from artist_features o where o.artist_id = a.id)
             and not exists (select 1 from top_tracks o where o.artist_id = a.id)
             and not exists (select 1 from listens o where o.artist_id = a.id and o.source <> 'listenbrainz')"
        )
    };
}
pub(crate) use only_from;
