//! Rows of what several sources say of an artist besides each other: profile values, votes, relatedness.

use super::dumps::{DumpRows, VoteRow};
use super::{key, take_later, unify};
use crate::text::{Text, clean, clean_option, position, saturated};
use crate::{ProfileFill, RelatedList, Result, VoteList};

/// Values for a row of `artists` that is there.
#[derive(Debug)]
pub(crate) struct FillRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) replaces: bool,
    pub(crate) followers: Option<i64>,
    pub(crate) popularity: Option<i32>,
    pub(crate) url: Option<Text<'a>>,
    pub(crate) image_url: Option<Text<'a>>,
}

/// A row of `source_related`.
#[derive(Debug)]
pub(crate) struct SaidRow<'a> {
    pub(crate) artist_id: Text<'a>,
    pub(crate) source: &'static str,
    pub(crate) rank: i32,
    pub(crate) source_id: Option<Text<'a>>,
    pub(crate) name: Option<Text<'a>>,
    pub(crate) score: Option<f32>,
}

/// Those that replace before those that only fill, so that each artist has two rows at most.
pub(super) fn fills(fills: &[ProfileFill]) -> Vec<FillRow<'_>> {
    let mut rows: Vec<FillRow<'_>> = fills
        .iter()
        .map(|f| FillRow {
            artist_id: clean(f.artist_id.as_str()),
            replaces: f.replaces,
            followers: f.followers.map(saturated),
            popularity: f.popularity.map(i32::from),
            url: clean_option(f.url.as_ref()),
            image_url: clean_option(f.image_url.as_ref()),
        })
        .collect();
    unify(
        &mut rows,
        |a, b| (!a.replaces, &a.artist_id).cmp(&(!b.replaces, &b.artist_id)),
        |kept, later| {
            take_later(&mut kept.followers, later.followers);
            take_later(&mut kept.popularity, later.popularity);
            take_later(&mut kept.url, later.url);
            take_later(&mut kept.image_url, later.image_url);
        },
    );
    rows
}

/// Votes, source by source.
pub(super) fn votes(lists: &[VoteList]) -> Result<Vec<(&'static str, DumpRows<'_>)>> {
    let mut sorted: Vec<&VoteList> = lists.iter().collect();
    let order = |list: &VoteList| (list.source.as_str(), list.artist_id.clone());
    unify(&mut sorted, |a, b| order(a).cmp(&order(b)), |kept, later| *kept = later);
    let mut all: Vec<(&'static str, DumpRows<'_>)> = Vec::new();
    for list in sorted {
        let source = list.source.as_str();
        if all.last().is_none_or(|(last, _)| *last != source) {
            all.push((source, DumpRows::default()));
        }
        let Some((_, rows)) = all.last_mut() else { continue };
        let id = clean(list.artist_id.as_str());
        let mut votes = Vec::with_capacity(list.votes.len());
        for (genre, weight) in &list.votes {
            let genre = clean(genre);
            key("genre_vote", [&id, &genre])?;
            votes.push(VoteRow { artist_id: id.clone(), genre, weight: i64::from(*weight) });
        }
        unify(&mut votes, |a, b| a.genre.cmp(&b.genre), |kept, later| kept.weight = kept.weight.max(later.weight));
        rows.votes.append(&mut votes);
        rows.ids.push(id);
    }
    Ok(all)
}

/// Artists and sources whose lists are replaced, and the lists.
pub(super) fn related(lists: &[RelatedList]) -> (Vec<(Text<'_>, &'static str)>, Vec<SaidRow<'_>>) {
    let mut sorted: Vec<&RelatedList> = lists.iter().collect();
    let order = |list: &RelatedList| (list.artist_id.clone(), list.source.as_str());
    unify(&mut sorted, |a, b| order(a).cmp(&order(b)), |kept, later| *kept = later);
    let owners = sorted.iter().map(|list| (clean(list.artist_id.as_str()), list.source.as_str())).collect();
    let rows = sorted
        .into_iter()
        .flat_map(|list| {
            list.related.iter().enumerate().map(|(index, (id, name, score))| SaidRow {
                artist_id: clean(list.artist_id.as_str()),
                source: list.source.as_str(),
                rank: position(index, 1),
                source_id: clean_option(id.as_ref()),
                name: clean_option(name.as_ref()),
                score: score.filter(|score| score.is_finite()),
            })
        })
        .collect();
    (owners, rows)
}
