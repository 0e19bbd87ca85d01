//! Small talk, settings, and what is kept of people.

use super::{Done, Talk};
use crate::action::Action;
use crate::conversation::{Focus, Subject};
use crate::language::Language;
use crate::library::Found;
use crate::reply::{Bubble, Outcome};
use crate::words::Words;

/// Artists offered to somebody who does not know what to type.
const TO_START_WITH: usize = 6;

impl Talk<'_> {
    pub(super) fn small(&mut self, text: &str) -> Done {
        self.say(text);
        self.offer_help();
        Ok(())
    }

    pub(super) fn not_understood(&mut self, text: &str) -> Done {
        self.outcome = Outcome::NotUnderstood;
        self.small(text)
    }

    pub(super) async fn start(&mut self) -> Done {
        self.say(self.words.hello());
        self.offer_artists().await?;
        self.offer_help();
        self.offer_other_language();
        Ok(())
    }

    /// Small talk with somebody who may not know what to type.
    pub(super) async fn chatter(&mut self, text: &str) -> Done {
        self.say(text);
        self.offer_artists().await?;
        self.offer_help();
        Ok(())
    }

    /// A word that is an answer to nothing: a name if somebody has it (`Yes`), else `otherwise` is said.
    pub(super) async fn name_or(&mut self, text: &str, otherwise: &str) -> Done {
        match self.library.find_artist(text.trim()).await? {
            Found::Artist { artist, certain: true } => self.show_artist(&artist.id).await.map(drop),
            _ => self.chatter(otherwise).await,
        }
    }

    /// Not that one. After a guess that is to look further; after a question it is asked again.
    pub(super) async fn another(&mut self) -> Done {
        let asked: Vec<Action> = (1..=self.question.len()).filter_map(|number| self.asked(number)).collect();
        match asked.as_slice() {
            [_, other] => self.act(other.clone()).await,
            [_, .., last] => {
                self.say(self.words.which_one());
                for action in &asked {
                    if let Action::Artist(id) | Action::Similar(id, _) | Action::Songs(id, _) = action
                        && let Some(artist) = self.library.artist(id).await?
                    {
                        self.offer(artist.name, action.clone());
                    }
                }
                self.offer(self.words.button_none(), last.clone());
                self.wait_for_choice(&asked);
                self.outcome = Outcome::DidYouMean;
                Ok(())
            }
            _ => {
                self.say(self.words.not_that());
                if let Some(Subject::Artist(id)) = self.record.focus.as_ref().map(Focus::subject) {
                    self.offer(self.words.button_similar(), Action::Similar(id, 0));
                }
                if self.record.before().is_some() {
                    self.offer(self.words.button_back(), Action::Back);
                }
                self.offer_help();
                Ok(())
            }
        }
    }

    pub(super) fn languages(&mut self) -> Done {
        self.say(self.words.languages());
        for (language, title) in [(Language::English, "English"), (Language::Korean, "한국어")] {
            self.offer(title, Action::Speak(language));
        }
        Ok(())
    }

    pub(super) fn help(&mut self) -> Done {
        self.say(self.words.help());
        self.offer_other_language();
        self.offer(self.words.button_privacy(), Action::Privacy);
        Ok(())
    }

    /// `more`, `songs`, `similar` before there is an artist to speak of.
    pub(super) async fn nothing_yet(&mut self) -> Done {
        self.say(self.words.what_next());
        self.offer_artists().await
    }

    /// Signs only: a name (`!!!`), or an emoji.
    pub(super) async fn signs(&mut self, signs: &str) -> Done {
        match self.library.find_artist(signs).await? {
            Found::Artist { artist, certain: true } => self.show_artist(&artist.id).await.map(drop),
            _ => self.not_understood(self.words.signs()),
        }
    }

    pub(super) async fn more(&mut self) -> Done {
        let Some(focus) = self.record.focus.clone() else { return self.nothing_yet().await };
        let next = match focus.subject() {
            Subject::Artist(id) if focus.songs_last => Action::Songs(id, focus.songs),
            Subject::Artist(id) => Action::Similar(id, focus.similar),
            Subject::Song(id) => Action::SongsLike(id, focus.songs),
        };
        Box::pin(self.act(next)).await
    }

    /// From a list to its artist, from an artist to the one before.
    pub(super) async fn back(&mut self) -> Done {
        let here = match self.record.focus.as_ref().map(Focus::subject) {
            Some(Subject::Artist(id)) if self.record.focus.as_ref().is_some_and(|focus| focus.list) => Some(id),
            _ => self.record.go_back(),
        };
        match here {
            Some(id) => self.show_artist(&id).await.map(drop),
            None => {
                self.say(self.words.nothing_before());
                self.offer_artists().await
            }
        }
    }

    pub(super) fn speak(&mut self, language: Language) -> Done {
        self.words = Words(language);
        self.record.language = Some(language);
        self.record.chosen = true;
        self.say(self.words.speaking());
        self.offer_help();
        self.offer_other_language();
        Ok(())
    }

    pub(super) fn ask_delete(&mut self) -> Done {
        self.say(self.words.ask_delete());
        self.offer(self.words.button_delete(), Action::DeleteNow);
        self.offer(self.words.button_keep(), Action::KeepAll);
        self.wait_for_choice(&[Action::DeleteNow, Action::KeepAll]);
        Ok(())
    }

    pub(super) fn delete(&mut self) -> Done {
        self.forget = true;
        self.say(self.words.deleted());
        Ok(())
    }

    pub(super) async fn offer_artists(&mut self) -> Done {
        for artist in self.library.to_start_with(TO_START_WITH).await? {
            self.offer(artist.name, Action::Artist(artist.id));
        }
        if !self.choices.is_empty() && self.bubbles.len() == 1 {
            let line = self.words.try_these();
            if let Some(Bubble::Text(text)) = self.bubbles.last_mut() {
                text.push('\n');
                text.push_str(line);
            }
        }
        Ok(())
    }

    pub(super) fn offer_help(&mut self) {
        self.offer(self.words.button_help(), Action::Help);
    }

    fn offer_other_language(&mut self) {
        let other = match self.words.0 {
            Language::English => Language::Korean,
            Language::Korean => Language::English,
        };
        self.offer(self.words.button_other_language(), Action::Speak(other));
    }
}
