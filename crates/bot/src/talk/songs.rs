//! Which song somebody means.

use std::collections::HashMap;

use sixpotify_core::ArtistId;

use super::{Done, Talk};
use crate::action::Action;
use crate::intent;
use crate::library::{Found, LibraryError, Song};
use crate::reply::{Bubble, Outcome};

/// Songs of one title that are offered.
const OFFERED: usize = 6;

impl Talk<'_> {
    /// The song that `text` names by title and artist: marked (`Dynamite by BTS`) or not (`Dynamite BTS`). Both must be there:
    /// an artist that is no guess, and a song of that title by that artist.
    pub(super) async fn song_by_artist(&self, text: &str) -> Result<Option<Song>, LibraryError> {
        let mut known: HashMap<String, Option<ArtistId>> = HashMap::new();
        for (title, artist) in intent::marked_songs(text).into_iter().chain(intent::possible_songs(text)) {
            let id = match known.get(&artist) {
                Some(id) => id.clone(),
                None => {
                    let id = match self.library.find_artist(&artist).await? {
                        Found::Artist { artist, certain: true } => Some(artist.id),
                        _ => None,
                    };
                    known.insert(artist, id.clone());
                    id
                }
            };
            if let Some(id) = id
                && let Some(song) = self.library.songs_titled(&title, Some(&id), 1).await?.into_iter().next()
            {
                return Ok(Some(song));
            }
        }
        Ok(None)
    }

    /// Shows the song called `title`, or asks which one; false where there is none.
    pub(super) async fn song_titled(&mut self, title: &str) -> Result<bool, LibraryError> {
        let mut songs = self.library.songs_titled(title, None, OFFERED).await?;
        match songs.len() {
            0 => return Ok(false),
            1 => self.show_songs_like(&songs.remove(0).id, 0).await?,
            _ => self.which_song(title, songs)?,
        }
        Ok(true)
    }

    fn which_song(&mut self, title: &str, songs: Vec<Song>) -> Done {
        let text = self.words.which_song(title);
        self.say(text);
        let actions: Vec<Action> = songs.iter().map(|song| Action::SongsLike(song.id.clone(), 0)).collect();
        let lines = songs.into_iter().map(|song| self.song_line(song)).collect::<Vec<_>>();
        for (line, action) in lines.iter().zip(&actions) {
            self.offer(line.artists.clone(), action.clone());
        }
        self.bubbles.push(Bubble::Songs { heading: String::new(), songs: lines });
        self.wait_for_choice(&actions);
        self.outcome = Outcome::DidYouMean;
        Ok(())
    }
}
