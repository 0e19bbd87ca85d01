//! What every kind of catalogue does, as one suite of tests.
//!
//! [`suite`](crate::conformance_suite) makes one test per case; each gets a [`Place`] of its own, where nothing is yet.

mod aliases;
mod browse;
mod budgets;
mod bulk;
mod chat;
mod claims;
mod corrections;
mod due;
mod dumps;
mod marks;
mod music;
mod profiles;
mod reading;
mod related;
mod safety;
mod similarity;
mod undone;
mod vanished;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sixpotify_core::{Album, AlbumId, Artist, ArtistId, Credit, Facet, FacetState, Source, Track, TrackId};

use crate::{Access, Batch, FacetMark, SharedStore, open};

pub use aliases::*;
pub use browse::*;
pub use budgets::*;
pub use bulk::*;
pub use chat::*;
pub use claims::*;
pub use corrections::*;
pub use due::*;
pub use dumps::*;
pub use marks::*;
pub use music::*;
pub use profiles::*;
pub use reading::*;
pub use related::*;
pub use safety::*;
pub use similarity::*;
pub use undone::*;
pub use vanished::*;

/// Where a catalogue can be, for one test.
#[async_trait]
pub trait Place: Send + Sync {
    /// What [`open`] takes. Nothing is there at first.
    fn url(&self) -> String;

    /// Runs SQL behind the store's back; returns the first column of the result, null as `None`.
    async fn sql(&self, sql: &str) -> Vec<Option<String>>;
}

/// Makes one test per case. The argument is an async function without arguments that returns a [`Place`].
#[macro_export]
macro_rules! conformance_suite {
    ($place:path) => {
        $crate::conformance_suite! { @cases $place:
            // profiles
            an_upsert_done_twice_is_done_once,
            absent_values_never_overwrite,
            updated_at_moves_only_with_a_change,
            an_artist_keeps_several_genres,
            genres_are_replaced_as_a_whole_list,
            an_artist_without_a_picture_is_stored,
            the_same_id_twice_in_a_batch_is_merged,
            an_id_at_a_source_stays_with_its_artist,
            any_text_survives_as_data,
            queries_of_the_original_run_unchanged,
            // music
            an_artists_albums_are_replaced_and_nobody_elses,
            albums_and_tracks_can_be_shared,
            credits_of_a_track_are_replaced,
            a_ranking_is_replaced_per_market_and_source,
            no_features_is_remembered_and_later_features_win,
            tracks_lacking_features_are_found,
            // marks
            names_come_back_as_written,
            names_found_in_any_list_are_found,
            facets_come_back_as_written,
            lists_with_something_left_are_pending,
            runs_are_recorded,
            // browsing
            artists_are_browsed_by_the_beginning_of_their_names,
            the_best_known_come_first,
            the_best_known_of_genres_come_first,
            tracks_are_told_with_their_albums,
            // reading
            an_exact_name_comes_before_a_folded_one,
            details_hold_all_that_is_known,
            ids_come_in_the_order_of_their_bytes,
            relate_reads_every_artist_in_order,
            counts_count_rows,
            an_empty_catalogue_answers,
            // due
            due_artists_come_the_longest_waiting_first,
            due_artists_of_other_sources_are_those_with_an_id,
            due_artists_are_those_of_the_rules,
            failures_come_in_the_order_of_their_next_attempt,
            // corrections
            a_name_is_settled_in_every_list,
            a_forgotten_artist_is_kept_out,
            what_others_share_outlives_a_forgotten_artist,
            an_artist_that_became_another_moves_once,
            a_merge_leaves_what_the_other_has,
            artists_are_found_by_their_ids_elsewhere,
            // aliases
            an_alias_is_added_once_and_removed,
            a_sources_aliases_are_replaced_as_a_whole_list,
            artists_are_found_by_the_keys_of_their_names,
            all_names_come_with_their_aliases,
            changes_of_names_are_seen,
            a_mark_moves_with_what_is_written,
            aliases_go_with_a_forgotten_artist_and_move_with_a_merged_one,
            keys_of_an_older_catalogue_are_made_anew,
            // budgets
            reservations_follow_each_other_at_the_pace,
            reservations_at_the_same_time_never_exceed_the_day,
            the_day_is_a_rolling_one,
            requests_not_sent_are_given_back,
            the_longer_block_stays,
            what_is_learnt_of_a_key_comes_back,
            // claims
            claims_are_made_and_released,
            claims_are_freed_with_the_write_or_not_at_all,
            the_next_worker_takes_what_a_gone_one_left,
            // related
            a_new_ranking_replaces_the_old_one_at_once,
            an_abandoned_ranking_changes_nothing,
            a_ranking_leaves_out_artists_that_went,
            // similarity
            imported_artists_follow_the_rules_of_facts,
            imported_tracks_leave_others_credits,
            co_listening_is_kept_per_listener_and_artist,
            an_import_is_all_or_nothing,
            relate_reads_who_states_what,
            relations_are_found_by_id_link_or_only_name,
            songs_hold_all_that_is_known_of_them,
            the_ranking_streams_in_order,
            one_artists_neighbours_are_replaced_alone,
            an_artist_enters_the_lists_of_others,
            what_similarity_knows_moves_and_goes_with_its_artist,
            // bulk
            a_big_batch_follows_the_same_rules,
            a_stream_may_be_left_early,
            // chat
            an_event_is_received_once,
            the_same_events_at_the_same_time_are_new_once,
            events_are_claimed_in_the_order_of_each_person,
            claims_at_the_same_time_never_meet,
            an_event_of_a_dead_server_is_claimed_again,
            a_claim_that_is_renewed_is_nobody_elses,
            a_failed_event_is_due_again,
            the_rest_of_an_answer_holds_nobody_up,
            a_person_is_deleted_on_demand,
            lookups_keep_to_the_rules,
            a_look_up_runs_as_long_as_its_server_says_so,
            the_same_name_at_the_same_time_is_looked_up_once,
            what_is_kept_of_the_chat_is_cleared_away,
            // dumps
            a_dump_written_twice_is_written_once,
            a_dump_adds_to_what_other_sources_said,
            a_failed_dump_leaves_no_mark,
            counts_add_up_once,
            imports_come_newest_first,
            a_join_is_undone_and_made_by_hand,
            an_undone_join_takes_back_what_it_brought,
            an_undone_join_leaves_the_users_own_tracks,
            an_undone_id_takes_back_who_speaks_by_it,
            votes_and_corrections_move_with_a_merge,
            several_sources_say_things_besides_each_other,
            credits_are_adopted,
            who_vanished_is_told_by_the_dates_of_dumps,
            what_a_source_lacks_is_taken_back,
            // safety
            a_failed_batch_leaves_nothing_behind,
            a_key_that_no_index_holds_is_refused,
            writers_in_opposite_order_both_succeed,
            lists_written_at_the_same_time_do_not_mix,
            a_catalogue_is_made_and_found_again,
            programs_may_start_at_the_same_time,
            a_newer_catalogue_is_refused,
            a_changed_migration_is_refused,
            an_older_catalogue_is_brought_up_to_date,
            reading_makes_no_catalogue,
        }
    };
    (@cases $place:path: $($case:ident),+ $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let place = $place().await;
            $crate::conformance::$case(&place).await;
        }
    )+};
}

/// The catalogue at `place`, made where there is none.
async fn opened(place: &dyn Place) -> SharedStore {
    open(&place.url(), Access::Write).await.unwrap()
}

/// A moment, `seconds` after an arbitrary one; not in whole milliseconds.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap() + TimeDelta::seconds(seconds)
}

fn artist_id(id: &str) -> ArtistId {
    ArtistId::from_stored(id)
}

fn track_id(id: &str) -> TrackId {
    TrackId::from_stored(id)
}

/// An artist of whom only the name is known.
fn artist(id: &str, name: &str) -> Artist {
    Artist { id: artist_id(id), name: name.to_owned(), followers: None, popularity: None, url: None, image_url: None }
}

/// An artist of whom everything is known.
fn full_artist(id: &str, name: &str) -> Artist {
    Artist {
        followers: Some(4_000_000_000),
        popularity: Some(97),
        url: Some(format!("https://music.example/artist/{id}")),
        image_url: Some(format!("https://images.example/{id}")),
        ..artist(id, name)
    }
}

fn credit(id: &str) -> Credit {
    Credit { id: artist_id(id), name: format!("Name of {id}") }
}

/// An album of which only title and credits are known.
fn album(id: &str, credits: &[&str]) -> Album {
    Album {
        id: AlbumId::from_stored(id),
        name: format!("Album {id}"),
        album_type: None,
        release_date: None,
        release_date_precision: None,
        total_tracks: None,
        url: None,
        image_url: None,
        artists: credits.iter().map(|id| credit(id)).collect(),
    }
}

/// A track of which only title and credits are known.
fn track(id: &str, credits: &[&str]) -> Track {
    Track {
        id: track_id(id),
        name: format!("Track {id}"),
        album: None,
        duration_ms: None,
        explicit: None,
        isrc: None,
        popularity: None,
        url: None,
        preview_url: None,
        artists: credits.iter().map(|id| credit(id)).collect(),
    }
}

/// What was asked of Spotify, without anything to say about it.
fn mark(id: &str, facet: Facet, market: &str, state: FacetState) -> FacetMark {
    FacetMark {
        artist_id: artist_id(id),
        facet,
        source: Source::Spotify,
        market: market.into(),
        state,
        how: None,
        retry_at: None,
        attempts: 0,
        error: None,
    }
}

/// A batch of artists and nothing else.
fn artists(artists: impl IntoIterator<Item = Artist>) -> Batch {
    Batch { artists: artists.into_iter().collect(), ..Batch::default() }
}
