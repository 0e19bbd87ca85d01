//! Several names in one message.

use futures_util::future::try_join_all;

use super::{Done, Talk};
use crate::action::Action;
use crate::intent::{self, AT_ONCE};
use crate::library::{Found, LibraryError, Wanted};
use crate::reply::Bubble;

impl Talk<'_> {
    /// The names in `text`, if it is a list of them: one a line, or separated by commas with a known one or three among them,
    /// or joined by words like `and` with all of them known. `Earth, Wind & Fire` is none.
    pub(super) async fn names_in(&self, text: &str) -> Result<Option<Vec<String>>, LibraryError> {
        let listed = intent::split_strongly(text);
        if listed.len() > 1 {
            let mut sure = text.contains('\n') || listed.len() >= AT_ONCE || self.known_among(&listed).await? > 0;
            // `Drake, Eminem and Rihanna`: the last of them may be two.
            let mut names = Vec::new();
            for part in listed {
                let joined = intent::split_weakly(&part);
                let several = (2..=AT_ONCE).contains(&joined.len()) && self.known_among(&joined).await? == joined.len();
                sure |= several;
                names.extend(if several { joined } else { vec![part] });
            }
            return Ok(sure.then_some(names));
        }
        let joined = intent::split_weakly(text);
        let first = &joined[..joined.len().min(AT_ONCE)];
        let all = joined.len() > 1 && self.known_among(first).await? == first.len();
        Ok(all.then_some(joined))
    }

    async fn known_among(&self, names: &[String]) -> Result<usize, LibraryError> {
        let found = names.iter().take(AT_ONCE).map(|name| self.library.find_artist(name));
        let known = |found: &Found| matches!(found, Found::Artist { certain: true, .. });
        Ok(try_join_all(found).await?.iter().filter(|found| known(found)).count())
    }

    /// Answers each of the first three names.
    pub(super) async fn show_several(&mut self, names: &[String]) -> Done {
        let (now, later) = names.split_at(names.len().min(AT_ONCE));
        let found = try_join_all(now.iter().map(|name| self.library.find_artist(name))).await?;
        // What is unknown is looked up all at once.
        let wanted: Vec<Wanted> = now
            .iter()
            .zip(&found)
            .filter(|(_, found)| matches!(found, Found::Unknown))
            .map(|(name, _)| Wanted::Name(name.clone()))
            .collect();
        let library = self.library;
        let (asker, at) = (self.asker, self.now);
        let mut learned = try_join_all(wanted.iter().map(|wanted| library.learn(wanted, asker, at))).await?.into_iter();
        for (name, found) in now.iter().zip(found) {
            match found {
                Found::Artist { artist, .. } => self.show_one_of_several(&artist.id).await?,
                Found::Ambiguous(candidates) => {
                    let text = self.words.did_you_mean(name, candidates.len());
                    self.say(text);
                    let lines = candidates
                        .into_iter()
                        .take(AT_ONCE)
                        .map(|artist| {
                            let action = Action::Artist(artist.id.clone());
                            self.candidate_line(artist, action)
                        })
                        .collect();
                    self.bubbles.push(Bubble::Artists { heading: String::new(), artists: lines });
                }
                Found::Unknown => {
                    if let Some(learned) = learned.next() {
                        self.learned_one_of_several(name, learned).await?;
                    }
                }
            }
        }
        if !later.is_empty() && !self.bubbles.is_empty() {
            self.say(self.words.only_three());
        }
        Ok(())
    }
}
