//! Who or what somebody means by a name, and names that nobody knows yet.

use chrono::TimeDelta;

use super::{Done, Talk};
use crate::action::Action;
use crate::incoming::{Content, Turn};
use crate::intent::{self, Ask, Intent, What};
use crate::library::{ArtistBrief, Found, Learned, LibraryError, Unfurled, Wanted};
use crate::link::{Link, Pasted};
use crate::reply::{Bubble, Later, Outcome};
use crate::words::quoted;

/// Candidates that are offered.
const OFFERED: usize = 5;

/// When to look again for what is being looked up.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(2);

/// How long somebody is promised an answer; after longer than that nobody waits for it.
const PROMISE: TimeDelta = TimeDelta::hours(1);

impl Talk<'_> {
    /// A message that may be a name, a title, both, or several names.
    pub(super) async fn name(&mut self, text: &str) -> Done {
        let found = self.library.find_artist(text).await?;
        if let Found::Artist { artist, certain: true } = &found {
            return self.show_artist(&artist.id).await.map(drop);
        }
        if let Some(meant) = self.song_by_artist(text).await? {
            return self.show_meant(text, meant).await;
        }
        if let Some(names) = self.names_in(text).await? {
            return self.show_several(&names).await;
        }
        // A title to the letter is more than a guess at a name.
        if !matches!(found, Found::Ambiguous(_)) && self.song_titled(text).await? {
            self.offer_artist(text);
            return Ok(());
        }
        if intent::is_mood(text) {
            return self.mood(text).await;
        }
        // So is a genre to the letter.
        if !matches!(found, Found::Ambiguous(_)) && self.genre(text).await? {
            return Ok(());
        }
        match found {
            Found::Ambiguous(candidates) => self.did_you_mean(text, candidates, What::Show),
            Found::Artist { artist, .. } => self.show_guess(text, &artist).await,
            Found::Unknown => self.learn_name(text, What::Show).await,
        }
    }

    /// A sentence around a name; the whole may be a name, too.
    pub(super) async fn ask(&mut self, ask: Ask) -> Done {
        // `songs of them`: whoever was shown last.
        if self.record.focus.is_some() && ask.names.iter().any(|name| intent::is_pronoun(name)) {
            return Box::pin(self.mean_focus(ask.what)).await;
        }
        if let Found::Artist { artist, certain: true } = self.library.find_artist(&ask.whole).await? {
            return self.show_artist(&artist.id).await.map(drop);
        }
        if self.song_titled(&ask.whole).await? {
            return Ok(());
        }
        let Some(plainest) = ask.names.last() else { return self.name(&ask.whole).await };
        if ask.what == What::SongsLike {
            for name in &ask.names {
                if let Some(meant) = self.song_by_artist(name).await? {
                    self.regret(&ask, name);
                    return self.show_meant(name, meant).await;
                }
                if self.song_titled(name).await? {
                    if self.regret(&ask, name) {
                        // That comes first.
                        self.bubbles.rotate_right(1);
                    }
                    return Ok(());
                }
            }
        }
        for name in &ask.names {
            if let Found::Artist { artist, certain: true } = self.library.find_artist(name).await? {
                self.regret(&ask, name);
                return self.show_asked(ask.what, &artist).await;
            }
        }
        if let Some(mood) = ask.names.iter().find(|name| intent::is_mood(name)) {
            return self.mood(mood).await;
        }
        if ask.what == What::Show {
            return self.name(plainest).await;
        }
        // `songs like Dynamte`: a title with a slip rather than an artist with one.
        if ask.what == What::SongsLike && self.song_nearly_titled(plainest).await? {
            return Ok(());
        }
        // `i like Metallica and Eminem`.
        if let Some(names) = self.names_in(plainest).await? {
            return self.show_several(&names).await;
        }
        let found = self.library.find_artist(plainest).await?;
        if !matches!(found, Found::Ambiguous(_)) && self.genre(plainest).await? {
            return Ok(());
        }
        match found {
            Found::Artist { artist, .. } => {
                let text = self.words.took_for(plainest, &artist.name);
                self.say(text);
                self.regret(&ask, plainest);
                self.show_asked(ask.what, &artist).await?;
                self.offer_other(plainest, &artist);
                Ok(())
            }
            Found::Ambiguous(candidates) => self.did_you_mean(plainest, candidates, ask.what),
            Found::Unknown => self.learn_name(plainest, ask.what).await,
        }
    }

    /// Says that a wish besides the name cannot be met; not where the wish is taken for part of the name. Whether it was said.
    fn regret(&mut self, ask: &Ask, name: &str) -> bool {
        let wish = ask.besides.as_ref().filter(|_| ask.names.last().is_some_and(|barest| barest == name));
        if let Some(wish) = wish {
            let text = self.words.besides(wish);
            self.say(text);
        }
        wish.is_some()
    }

    async fn mean_focus(&mut self, what: What) -> Done {
        let intent = match what {
            What::Show => Intent::Again,
            What::Similar => Intent::More,
            What::Songs => Intent::Songs,
            What::SongsLike => Intent::Similar,
        };
        self.mean(intent, "").await
    }

    async fn show_asked(&mut self, what: What, artist: &ArtistBrief) -> Done {
        match what {
            What::Show => self.show_artist(&artist.id).await.map(drop),
            What::Similar | What::SongsLike => self.show_similar(&artist.id, 0).await,
            What::Songs => self.show_songs(&artist.id, 0).await,
        }
    }

    async fn show_guess(&mut self, typed: &str, artist: &ArtistBrief) -> Done {
        let text = self.words.took_for(typed, &artist.name);
        self.say(text);
        if self.show_artist(&artist.id).await? {
            self.offer_other(typed, artist);
        }
        Ok(())
    }

    /// After a guess: the way to what was really meant.
    fn offer_other(&mut self, typed: &str, artist: &ArtistBrief) {
        let other = Action::Name(typed.to_owned());
        let title = self.words.button_look_for(typed);
        self.offer(title, other.clone());
        self.wait_for_choice(&[Action::Artist(artist.id.clone()), other]);
    }

    /// After a song that is called as somebody typed: the way to an artist of that name, who is perhaps not known yet.
    fn offer_artist(&mut self, typed: &str) {
        if !self.record.question.is_empty() {
            return;
        }
        let artist = Action::Name(typed.to_owned());
        let title = self.words.button_artist(typed);
        self.offer(title, artist);
    }

    pub(super) fn did_you_mean(&mut self, typed: &str, mut candidates: Vec<ArtistBrief>, what: What) -> Done {
        candidates.truncate(OFFERED);
        let text = self.words.did_you_mean(typed, candidates.len());
        self.say(text);
        let mut actions = Vec::new();
        let mut lines = Vec::new();
        for artist in candidates {
            let id = artist.id.clone();
            let action = match what {
                What::Show => Action::Artist(id),
                What::Similar | What::SongsLike => Action::Similar(id, 0),
                What::Songs => Action::Songs(id, 0),
            };
            self.offer(artist.name.clone(), action.clone());
            actions.push(action.clone());
            lines.push(self.candidate_line(artist, action));
        }
        if !lines.is_empty() {
            self.bubbles.push(Bubble::Artists { heading: String::new(), artists: lines });
        }
        let none = Action::Name(typed.to_owned());
        self.offer(self.words.button_none(), none.clone());
        actions.push(none);
        self.wait_for_choice(&actions);
        self.outcome = Outcome::DidYouMean;
        Ok(())
    }

    // --- what is not known yet -----------------------------------------------------------------------------------

    /// A name that the catalogue was asked for already, and had the wrong artists.
    pub(super) async fn look_for(&mut self, name: &str) -> Done {
        let learned = self.learned(name).await?;
        self.show_learned(name, What::Show, learned).await
    }

    async fn learn_name(&mut self, name: &str, what: What) -> Done {
        let learned = self.learned(name).await?;
        // What is nobody's name, or cannot be looked up now, may be a title with a slip in it.
        let no_artist = !matches!(learned, Learned::Artist(_) | Learned::Ambiguous(_) | Learned::Later);
        if no_artist {
            // `who is similar to Dynamite`: to a song, then.
            let is_title = what == What::Similar && self.song_titled(name).await?;
            if is_title || (what != What::Songs && self.song_nearly_titled(name).await?) {
                return Ok(());
            }
        }
        self.show_learned(name, what, learned).await
    }

    async fn learned(&self, name: &str) -> Result<Learned, LibraryError> {
        self.library.learn(&Wanted::Name(name.to_owned()), self.asker, self.now).await
    }

    async fn show_learned(&mut self, name: &str, what: What, learned: Learned) -> Done {
        // `Silica Gel, Zior Park`: not one artist; then perhaps two.
        if learned == Learned::NotFound {
            let names = intent::split_strongly(name);
            if names.len() > 1 {
                return self.show_several(&names).await;
            }
        }
        match learned {
            Learned::Artist(id) => {
                match what {
                    What::Show => self.show_artist(&id).await.map(drop)?,
                    What::Similar | What::SongsLike => self.show_similar(&id, 0).await?,
                    What::Songs => self.show_songs(&id, 0).await?,
                }
                self.now_known();
                Ok(())
            }
            Learned::Ambiguous(candidates) => self.did_you_mean(name, candidates, what),
            // What was said the first time is what is answered again: the sentence, not only the name.
            other => {
                let content = match &self.incoming.content {
                    Content::Text(text) => Content::Text(text.clone()),
                    _ => Content::Text(name.to_owned()),
                };
                self.not_learned(&quoted(name), &other, content);
                Ok(())
            }
        }
    }

    pub(super) async fn learned_one_of_several(&mut self, name: &str, learned: Learned) -> Done {
        match learned {
            Learned::Artist(id) => {
                self.show_one_of_several(&id).await?;
                self.now_known();
            }
            Learned::Ambiguous(candidates) => {
                let text = self.words.did_you_mean(name, candidates.len());
                self.say(text);
                for artist in candidates.into_iter().take(OFFERED) {
                    self.offer(artist.name, Action::Artist(artist.id));
                }
            }
            // Those that are left, one a line, are what is answered again.
            other => {
                let before = match self.later.take() {
                    Some(Later { content: Content::Text(names), .. }) => format!("{names}\n"),
                    _ => String::new(),
                };
                let had = !before.is_empty();
                self.not_learned(&quoted(name), &other, Content::Text(format!("{before}{name}")));
                if self.later.is_none() && had {
                    let content = Content::Text(before.trim_end().to_owned());
                    self.later = Some(Later { content, not_before: self.now + LOOK_AGAIN });
                }
            }
        }
        Ok(())
    }

    fn now_known(&mut self) {
        if self.outcome == Outcome::RightAway {
            self.outcome = Outcome::Learned;
        }
    }

    /// Says why there is no answer (yet), and how it goes on.
    fn not_learned(&mut self, name: &str, learned: &Learned, again: Content) {
        let last = self.turn == Turn::Last;
        match learned {
            Learned::Artist(_) | Learned::Song(_) | Learned::Ambiguous(_) | Learned::NotFound => {
                let text = self.words.not_found(name);
                self.say(text);
                self.offer_help();
                self.outcome = Outcome::NotFound;
            }
            Learned::NobodyToAsk => {
                let text = self.words.nobody_to_ask(name);
                self.say(text);
                self.offer_help();
                self.outcome = Outcome::NotFound;
            }
            Learned::Later if last => {
                let text = self.words.gave_up(name);
                self.say(text);
                self.outcome = Outcome::Blocked;
            }
            Learned::Later => {
                if self.turn == Turn::First {
                    let text = self.words.looking_up(name);
                    self.say(text);
                }
                self.later = Some(Later { content: again, not_before: self.now + LOOK_AGAIN });
                self.outcome = Outcome::Later;
            }
            Learned::Blocked { until } => {
                let wait = until.map(|until| until - self.now);
                let promised = !last && wait.is_some_and(|wait| wait <= PROMISE);
                if self.turn != Turn::Again || !promised {
                    let text = self.words.blocked(name, wait, promised);
                    self.say(text);
                }
                if let Some(not_before) = until.filter(|_| promised) {
                    self.later = Some(Later { content: again, not_before });
                }
                self.outcome = Outcome::Blocked;
            }
            Learned::AskedEnough { until } => {
                let text = self.words.asked_enough(*until - self.now);
                self.say(text);
                self.outcome = Outcome::Allowance;
            }
            Learned::ShareUsed { .. } => {
                self.say(self.words.share_used());
                self.outcome = Outcome::Allowance;
            }
        }
    }

    // --- links ---------------------------------------------------------------------------------------------------

    pub(super) async fn link(&mut self, pasted: Pasted) -> Done {
        let Pasted::Known(link) = pasted else { return self.not_understood(self.words.other_link()) };
        match self.library.unfurl(&link).await? {
            Unfurled::Artist(id) => self.show_artist(&id).await.map(drop),
            Unfurled::Song(id) => self.show_songs_like(&id, 0).await,
            Unfurled::Unknown => self.learn_link(link).await,
        }
    }

    async fn learn_link(&mut self, link: Link) -> Done {
        let learned = self.library.learn(&Wanted::Link(link), self.asker, self.now).await?;
        match learned {
            Learned::Artist(id) => {
                self.show_artist(&id).await?;
                self.now_known();
            }
            Learned::Song(id) => {
                self.show_songs_like(&id, 0).await?;
                self.now_known();
            }
            Learned::NotFound => {
                self.say(self.words.link_not_found());
                self.outcome = Outcome::NotFound;
            }
            Learned::Ambiguous(candidates) => {
                let that_link = self.words.that_link();
                return self.did_you_mean(that_link, candidates, What::Show);
            }
            other => self.not_learned(self.words.that_link(), &other, self.incoming.content.clone()),
        }
        Ok(())
    }
}

/// What the compiler checks for us: an answer may be made on any thread.
const _: fn() = || {
    fn is_send<T: Send>(_: &T) {}
    let _ = |talk: &mut Talk<'static>| is_send(&talk.name(""));
    let _ = |error: LibraryError| is_send(&error);
};
