//! Music by its kind: genres of the catalogue, and moods, which nobody can be asked for.

use super::{Done, Talk};
use crate::action::Action;
use crate::intent;
use crate::library::LibraryError;
use crate::reply::{Bubble, Outcome};

/// Artists of a genre that are shown.
const SHOWN: usize = 10;

/// Those of them that are offered as buttons as well.
const OFFERED: usize = 4;

impl Talk<'_> {
    /// Music by what it is like: that of a genre if one is named, else nothing that can be chosen by.
    pub(super) async fn mood(&mut self, mood: &str) -> Done {
        for said in intent::genres_in(mood) {
            if self.genre(&said).await? {
                return Ok(());
            }
        }
        let text = self.words.mood(mood);
        self.say(text);
        self.offer_artists().await?;
        self.outcome = Outcome::NotUnderstood;
        Ok(())
    }

    /// Shows artists of the genre that `said` names; false where it names none of the catalogue's.
    pub(super) async fn genre(&mut self, said: &str) -> Result<bool, LibraryError> {
        let Some(found) = self.library.of_genre(said, SHOWN).await? else { return Ok(false) };
        for artist in found.artists.iter().take(OFFERED) {
            self.offer(artist.name.clone(), Action::Artist(artist.id.clone()));
        }
        let lines = found.artists.into_iter().map(|artist| {
            let action = Action::Artist(artist.id.clone());
            self.candidate_line(artist, action)
        });
        let artists = lines.collect();
        self.bubbles.push(Bubble::Artists { heading: self.words.well_known_in(&found.genre), artists });
        self.offer_help();
        self.outcome = Outcome::RightAway;
        Ok(true)
    }
}
