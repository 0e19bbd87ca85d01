//! Somebody who writes to the bot.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use sixpotify_bot::learning::Rules;
use sixpotify_bot::testing::SmallLibrary;
use sixpotify_bot::{Answer, Bot, Bubble, Channel, Content, Conversation, Incoming, Keep, Turn};

/// A clock that is set by hand.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<Mutex<DateTime<Utc>>>);

impl HandClock {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        *self.0.lock().unwrap() += time;
    }
}

/// A library and a bot over it.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) library: SmallLibrary,
    pub(crate) bot: Bot,
    pub(crate) clock: HandClock,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Rules::default())
    }

    pub(crate) fn with(rules: Rules) -> Self {
        let start = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let clock = HandClock(Arc::new(Mutex::new(start)));
        let time = clock.clone();
        let spawn = Arc::new(|future| drop(tokio::spawn(future)));
        let library = SmallLibrary::new(rules, spawn, Arc::new(move || time.now()));
        let bot = Bot::new(Arc::new(library.clone()));
        Self { library, bot, clock }
    }

    pub(crate) fn person(&self, key: &str) -> Person {
        let world = self.clone();
        Person { world, key: key.to_owned(), locale: None, language: None, pending: None, last: None }
    }
}

/// Somebody; what is kept of the conversation is kept as the store keeps it.
pub(crate) struct Person {
    pub(crate) world: World,
    key: String,
    pub(crate) locale: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) pending: Option<String>,
    pub(crate) last: Option<Answer>,
}

impl Person {
    pub(crate) async fn says(&mut self, text: &str) -> Answer {
        self.does(Content::Text(text.to_owned())).await
    }

    pub(crate) async fn does(&mut self, content: Content) -> Answer {
        self.turn(content, Turn::First).await
    }

    pub(crate) async fn turn(&mut self, content: Content, turn: Turn) -> Answer {
        let mut incoming = Incoming::new(Channel::Messenger, self.key.as_str(), content);
        incoming.locale.clone_from(&self.locale);
        incoming.turn = turn;
        let kept = Conversation::from_stored(self.language.as_deref(), self.pending.as_deref());
        let answer = self.world.bot.answer(&incoming, kept, self.world.clock.now()).await.unwrap();
        match &answer.keep {
            Keep::Conversation(record) => {
                self.language = record.stored_language().map(str::to_owned);
                self.pending = record.stored_pending();
            }
            Keep::Nothing => (self.language, self.pending) = (None, None),
        }
        self.last = Some(answer.clone());
        answer
    }

    /// Presses the button of the last answer with this title.
    pub(crate) async fn presses(&mut self, title: &str) -> Answer {
        let last = self.last.as_ref().expect("an answer before");
        let choices = last.reply.choices.iter();
        let entries = last.reply.bubbles.iter().flat_map(|bubble| match bubble {
            Bubble::Artists { artists, .. } => artists.iter().map(|line| &line.choice).collect::<Vec<_>>(),
            Bubble::Songs { songs, .. } => songs.iter().map(|line| &line.choice).collect(),
            _ => Vec::new(),
        });
        let titles: Vec<&str> = choices.clone().map(|choice| choice.title.as_str()).collect();
        let payload = choices
            .chain(entries)
            .find(|choice| choice.title == title)
            .unwrap_or_else(|| panic!("no button `{title}` among {titles:?}"))
            .payload
            .to_string();
        self.does(Content::Chosen(payload)).await
    }
}

/// The names on the cards of an answer.
pub(crate) fn cards(answer: &Answer) -> Vec<&str> {
    fn card(bubble: &Bubble) -> Option<&str> {
        if let Bubble::Artist(card) = bubble { Some(&card.name) } else { None }
    }
    answer.reply.bubbles.iter().filter_map(card).collect()
}

/// All text bubbles as one.
pub(crate) fn text(answer: &Answer) -> String {
    fn text(bubble: &Bubble) -> Option<&str> {
        if let Bubble::Text(text) = bubble { Some(text) } else { None }
    }
    answer.reply.bubbles.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

/// A heading and what is under it.
pub(crate) type List<'a, T> = (&'a str, Vec<T>);

/// The lists of artists, `(name, words)` each.
pub(crate) fn artists(answer: &Answer) -> Vec<List<'_, (&str, &str)>> {
    fn list(bubble: &Bubble) -> Option<List<'_, (&str, &str)>> {
        let Bubble::Artists { heading, artists } = bubble else { return None };
        Some((heading, artists.iter().map(|line| (line.name.as_str(), line.words.as_str())).collect()))
    }
    answer.reply.bubbles.iter().filter_map(list).collect()
}

/// The lists of songs, by title.
pub(crate) fn songs(answer: &Answer) -> Vec<List<'_, &str>> {
    fn list(bubble: &Bubble) -> Option<List<'_, &str>> {
        let Bubble::Songs { heading, songs } = bubble else { return None };
        Some((heading, songs.iter().map(|line| line.title.as_str()).collect()))
    }
    answer.reply.bubbles.iter().filter_map(list).collect()
}

pub(crate) fn buttons(answer: &Answer) -> Vec<&str> {
    answer.reply.choices.iter().map(|choice| choice.title.as_str()).collect()
}
