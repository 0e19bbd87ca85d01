//! Which song somebody means.

use std::collections::HashMap;

use super::{Done, Talk};
use crate::action::Action;
use crate::intent;
use crate::library::{Found, LibraryError, Song};
use crate::reply::{Bubble, Outcome};

/// Songs of one title that are offered.
const OFFERED: usize = 6;

/// A song that a text means.
pub(super) struct Meant {
    pub(super) song: Song,
    /// The text has a slip in it.
    pub(super) guess: bool,
}

/// Pairs of title and artist that are tried with slips in them.
const TRIED: usize = 8;

impl Talk<'_> {
    /// The song that `text` names by title and artist: marked (`Dynamite by BTS`) or not (`Dynamite BTS`). Both must be there:
    /// an artist that is no guess, and a song of that title by that artist; one of the two may have a slip in it.
    pub(super) async fn song_by_artist(&self, text: &str) -> Result<Option<Meant>, LibraryError> {
        let mut known: HashMap<String, Found> = HashMap::new();
        let pairs: Vec<(String, String)> =
            intent::marked_songs(text).into_iter().chain(intent::possible_songs(text)).collect();
        for (title, artist) in &pairs {
            if !known.contains_key(artist) {
                known.insert(artist.clone(), self.library.find_artist(artist).await?);
            }
            if let Some(Found::Artist { artist, certain: true }) = known.get(artist)
                && let Some(song) = self.library.songs_titled(title, Some(&artist.id), 1).await?.into_iter().next()
            {
                return Ok(Some(Meant { song, guess: false }));
            }
        }
        let artists = pairs.iter().filter_map(|(title, artist)| match known.get(artist) {
            Some(Found::Artist { artist, certain }) => Some((title, &artist.id, *certain)),
            _ => None,
        });
        for (title, id, certain) in artists.take(TRIED) {
            let songs = if certain {
                self.library.songs_nearly_titled(title, Some(id), 1).await?
            } else {
                self.library.songs_titled(title, Some(id), 1).await?
            };
            if let Some(song) = songs.into_iter().next() {
                return Ok(Some(Meant { song, guess: true }));
            }
        }
        Ok(None)
    }

    /// Shows what [`song_by_artist`](Self::song_by_artist) found; where that is a guess, it is said.
    pub(super) async fn show_meant(&mut self, typed: &str, Meant { song, guess }: Meant) -> Done {
        if !guess {
            return self.show_songs_like(&song.id, 0).await;
        }
        let artists = song.artists.first().map(|credit| credit.name.clone()).unwrap_or_default();
        let text = self.words.took_for_song(typed, &song.title, &artists);
        self.say(text);
        self.show_songs_like(&song.id, 0).await?;
        let other = Action::Name(typed.to_owned());
        let title = self.words.button_look_for(typed);
        self.offer(title, other.clone());
        self.wait_for_choice(&[Action::SongsLike(song.id, 0), other]);
        Ok(())
    }

    /// Shows the song whose title `typed` is but for a slip, or asks which one; false where there is none.
    pub(super) async fn song_nearly_titled(&mut self, typed: &str) -> Result<bool, LibraryError> {
        let mut songs = self.library.songs_nearly_titled(typed, None, OFFERED).await?;
        match songs.len() {
            0 => return Ok(false),
            1 => self.show_meant(typed, Meant { song: songs.remove(0), guess: true }).await?,
            _ => self.which_song(typed, songs, false)?,
        }
        Ok(true)
    }

    /// Shows the song called `title`, or asks which one; false where there is none.
    pub(super) async fn song_titled(&mut self, title: &str) -> Result<bool, LibraryError> {
        let mut songs = self.library.songs_titled(title, None, OFFERED).await?;
        match songs.len() {
            0 => return Ok(false),
            1 => self.show_songs_like(&songs.remove(0).id, 0).await?,
            _ => self.which_song(title, songs, true)?,
        }
        Ok(true)
    }

    /// Asks which of `songs` is meant; `called`: they are all called `title`.
    fn which_song(&mut self, title: &str, songs: Vec<Song>, called: bool) -> Done {
        let text = if called { self.words.which_song(title) } else { self.words.which_of_these(title) };
        self.say(text);
        let actions: Vec<Action> = songs.iter().map(|song| Action::SongsLike(song.id.clone(), 0)).collect();
        let lines = songs.into_iter().map(|song| self.song_line(song)).collect::<Vec<_>>();
        for (line, action) in lines.iter().zip(&actions) {
            self.offer(if called { line.artists.clone() } else { line.title.clone() }, action.clone());
        }
        self.bubbles.push(Bubble::Songs { heading: String::new(), songs: lines });
        self.wait_for_choice(&actions);
        self.outcome = Outcome::DidYouMean;
        Ok(())
    }
}
