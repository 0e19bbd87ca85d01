//! One message and its answer.

mod genre;
mod lists;
mod names;
mod show;
mod small;
mod songs;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::action::Action;
use crate::conversation::{Conversation, Focus, Subject};
use crate::incoming::{Asker, Content, Incoming, Turn};
use crate::intent::{self, Intent};
use crate::language::Language;
use crate::library::{Library, LibraryError};
use crate::reply::{Answer, Bubble, Choice, Keep, Later, Outcome, Reply};
use crate::words::Words;

/// The conversation partner. Cheap to clone; it remembers nothing itself.
#[derive(Clone)]
pub struct Bot {
    library: Arc<dyn Library>,
}

impl Bot {
    /// A bot that knows the music of `library`.
    pub fn new(library: Arc<dyn Library>) -> Self {
        Self { library }
    }

    /// Answers one message. `conversation` is what was kept of the one before; [`Answer::keep`] says what to keep now.
    ///
    /// # Errors
    /// The library's: nothing was said, the same message may be answered later; [`Bot::sorry`] is what to say meanwhile.
    pub async fn answer(
        &self,
        incoming: &Incoming,
        conversation: Conversation,
        now: DateTime<Utc>,
    ) -> Result<Answer, LibraryError> {
        let mut talk = Talk::new(self.library.as_ref(), incoming, conversation, now);
        talk.run(&incoming.content).await?;
        Ok(talk.answer())
    }

    /// What to say when a message could not be answered.
    pub fn sorry(&self, incoming: &Incoming, conversation: &Conversation) -> Reply {
        let language = language_of(incoming, conversation, None);
        let text = Words(language).sorry().to_owned();
        Reply { language, bubbles: vec![Bubble::Text(text)], choices: Vec::new() }
    }
}

/// The language to answer in: the chosen one, the message's, that of the conversation, that of the platform.
fn language_of(incoming: &Incoming, record: &Conversation, said: Option<Language>) -> Language {
    let chosen = record.language.filter(|_| record.chosen);
    let locale = || incoming.locale.as_deref().and_then(Language::of_locale);
    chosen.or(said).or(record.language).or_else(locale).unwrap_or_default()
}

/// An answer in the making.
struct Talk<'a> {
    library: &'a dyn Library,
    asker: &'a Asker,
    incoming: &'a Incoming,
    turn: Turn,
    now: DateTime<Utc>,
    record: Conversation,
    /// The choices of the question that waited when the message came.
    question: Vec<String>,
    words: Words,
    bubbles: Vec<Bubble>,
    choices: Vec<Choice>,
    outcome: Outcome,
    later: Option<Later>,
    forget: bool,
}

type Done = Result<(), LibraryError>;

/// The payloads of what a number means after these bubbles: the entries of the first list; none where there is none.
fn numbered(bubbles: &[Bubble]) -> Vec<String> {
    let list = bubbles.iter().find_map(|bubble| match bubble {
        Bubble::Artists { artists, .. } => Some(artists.iter().map(|line| &line.choice).collect::<Vec<_>>()),
        Bubble::Songs { songs, .. } if songs.len() > 1 => Some(songs.iter().map(|line| &line.choice).collect()),
        _ => None,
    });
    list.into_iter().flatten().take(LISTED).map(|choice| choice.payload.to_string()).collect()
}

/// Up to here a number by itself is meant for a list.
const SMALL: usize = 20;

/// Entries of a list that are remembered.
const LISTED: usize = 10;

impl<'a> Talk<'a> {
    fn new(library: &'a dyn Library, incoming: &'a Incoming, mut record: Conversation, now: DateTime<Utc>) -> Self {
        let words = Words(language_of(incoming, &record, None));
        // A question waits for the next message, whatever that is; what is answered again is not a message.
        let question = if incoming.turn == Turn::First { std::mem::take(&mut record.question) } else { Vec::new() };
        Self {
            library,
            asker: &incoming.asker,
            incoming,
            turn: incoming.turn,
            now,
            record,
            question,
            words,
            bubbles: Vec::new(),
            choices: Vec::new(),
            outcome: Outcome::SmallTalk,
            later: None,
            forget: false,
        }
    }

    fn answer(mut self) -> Answer {
        if self.turn != Turn::First && self.outcome == Outcome::RightAway {
            self.outcome = Outcome::Learned;
        }
        // Numbers mean what is seen last.
        if !self.bubbles.is_empty() {
            self.record.list = numbered(&self.bubbles);
        }
        let reply = Reply { language: self.words.0, bubbles: self.bubbles, choices: self.choices };
        let keep = if self.forget { Keep::Nothing } else { Keep::Conversation(self.record) };
        Answer { reply, keep, later: self.later, outcome: self.outcome }
    }

    async fn run(&mut self, content: &Content) -> Done {
        match content {
            Content::Start => self.start().await,
            Content::Attachment(kind) => {
                self.say(self.words.attachment(*kind));
                self.offer_help();
                self.outcome = Outcome::NotUnderstood;
                Ok(())
            }
            Content::Chosen(code) => {
                // Numbers and old buttons: the question of this conversation, or what was kept for it.
                match Action::read(code, &self.record) {
                    Some(action) => self.act(action).await,
                    None if code.starts_with(['a', 's', 't', 'l', 'n']) && code.contains('~') => {
                        self.say(self.words.choice_gone());
                        Ok(())
                    }
                    None => self.help(),
                }
            }
            Content::Text(text) => {
                let read = intent::read(text);
                if let Some(said) = read.language
                    && !self.record.chosen
                {
                    self.record.language = Some(said);
                }
                self.words = Words(language_of(self.incoming, &self.record, read.language));
                self.mean(read.intent, text).await
            }
        }
    }

    async fn mean(&mut self, intent: Intent, text: &str) -> Done {
        match intent {
            Intent::Empty => self.not_understood(self.words.empty()),
            Intent::TooLong => self.not_understood(self.words.too_long()),
            Intent::Signs(signs) => self.signs(&signs).await,
            Intent::Hello | Intent::Start => self.start().await,
            Intent::HowAreYou => self.chatter(self.words.how_are_you()).await,
            Intent::Who => self.chatter(self.words.who()).await,
            Intent::Help => self.help(),
            Intent::Languages => self.languages(),
            Intent::Thanks => self.small(self.words.thanks()),
            Intent::Pleased => self.small(self.words.pleased()),
            Intent::Sad => self.chatter(self.words.sad()).await,
            Intent::Rude => self.small(self.words.rude()),
            Intent::Bye => self.small(self.words.bye()),
            Intent::Privacy => self.act(Action::Privacy).await,
            Intent::Delete => self.act(Action::Delete).await,
            Intent::Speak(language) => self.act(Action::Speak(language)).await,
            Intent::Yes => match self.asked(1) {
                Some(action) => self.act(action).await,
                None => self.name_or(text, self.words.pleased()).await,
            },
            Intent::No => match self.asked(self.question.len()) {
                Some(action) => self.act(action).await,
                None => self.name_or(text, self.words.no_then()).await,
            },
            Intent::Other => self.another().await,
            Intent::Number(number, text) => match self.asked(number).or_else(|| self.listed(number)) {
                Some(action) => self.act(action).await,
                // A name (`311`), unless it is only a word for a number, or so small that it was meant for a list.
                None if number > SMALL && text.chars().any(|c| c.is_ascii_digit()) => self.name(&text).await,
                None => self.name_or(&text, self.words.nothing_numbered()).await,
            },
            Intent::More => self.more().await,
            Intent::Back => self.act(Action::Back).await,
            Intent::Again => match self.record.focus.as_ref().map(Focus::subject) {
                Some(Subject::Artist(id)) => self.act(Action::Artist(id)).await,
                Some(Subject::Song(id)) => self.act(Action::SongsLike(id, 0)).await,
                None => self.nothing_yet().await,
            },
            Intent::Similar => match self.record.focus.as_ref().map(Focus::subject) {
                Some(Subject::Artist(id)) => self.act(Action::Similar(id, 0)).await,
                Some(Subject::Song(id)) => self.act(Action::SongsLike(id, 0)).await,
                None => self.nothing_yet().await,
            },
            Intent::Songs => match self.record.focus.as_ref().map(Focus::subject) {
                Some(Subject::Artist(id)) => self.act(Action::Songs(id, 0)).await,
                Some(Subject::Song(id)) => self.act(Action::SongsLike(id, 0)).await,
                None => self.nothing_yet().await,
            },
            Intent::Link(pasted) => self.link(pasted).await,
            Intent::Ask(ask) => self.ask(ask).await,
            Intent::Name(name) => self.name(&name).await,
        }
    }

    async fn act(&mut self, action: Action) -> Done {
        match action {
            Action::Artist(id) => self.show_artist(&id).await.map(drop),
            Action::Similar(id, from) => self.show_similar(&id, from).await,
            Action::Songs(id, from) => self.show_songs(&id, from).await,
            Action::SongsLike(id, from) => self.show_songs_like(&id, from).await,
            Action::Back => self.back().await,
            Action::Name(name) => self.look_for(&name).await,
            Action::Start => self.start().await,
            Action::Help => self.help(),
            Action::Privacy => self.small(self.words.privacy()),
            Action::Delete => self.ask_delete(),
            Action::DeleteNow => self.delete(),
            Action::KeepAll => self.small(self.words.not_deleted()),
            Action::Speak(language) => self.speak(language),
        }
    }

    /// What the `number`th choice of the question that waited does.
    fn asked(&self, number: usize) -> Option<Action> {
        Action::read(self.question.get(number.checked_sub(1)?)?, &self.record)
    }

    /// What the `number`th entry of the list that was shown last does.
    fn listed(&self, number: usize) -> Option<Action> {
        Action::read(self.record.list.get(number.checked_sub(1)?)?, &self.record)
    }

    // --- the pieces of a reply ---------------------------------------------------------------------------------

    fn say(&mut self, text: impl Into<String>) {
        self.bubbles.push(Bubble::Text(text.into()));
    }

    /// The choice to do `action`.
    fn choice(&mut self, title: impl Into<String>, action: Action) -> Choice {
        let payload = action.payload(&mut self.record);
        Choice { title: title.into(), payload, action }
    }

    fn offer(&mut self, title: impl Into<String>, action: Action) {
        if !self.choices.iter().any(|choice| choice.action == action) {
            let choice = self.choice(title, action);
            self.choices.push(choice);
        }
    }

    /// Lets the next message be an answer to the choices `from` on.
    fn wait_for_choice(&mut self, actions: &[Action]) {
        self.record.question = actions.iter().map(|action| action.payload(&mut self.record).to_string()).collect();
    }
}
