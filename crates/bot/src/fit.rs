//! Replies, fitted to what a platform takes.
//!
//! All text in a [`Message`] is a [`Text`] that was cut for its place, and all counts are cut here: what a channel makes of a
//! message keeps within the [`Limits`] that it was fitted to, whatever names and titles are in it.

use url::Url;

use crate::action::Payload;
use crate::limits::{Limits, Text};
use crate::reply::{ArtistCard, ArtistLine, Bubble, Choice, Listen, Reply, SongLine};
use crate::words::source_name;

/// Songs that are still shown as lines of text where there could be cards.
const FEW_SONGS: usize = 3;

/// Stands for what has no name that can be shown.
const NAMELESS: &str = "–";

/// One message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text {
        /// What it says; not empty.
        text: Text,
        /// Words in it that are links, in order, not overlapping; empty where the platform has no such thing.
        links: Vec<Span>,
        /// Choices under it.
        choices: Vec<Button>,
    },
    /// Cards side by side; at least one.
    Cards {
        /// The cards.
        cards: Vec<Card>,
        /// Choices under all of them.
        choices: Vec<Button>,
    },
}

/// Words of a text that are a link. Offsets are in the platform's unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// How long it is.
    pub length: usize,
    /// Where it leads.
    pub url: String,
}

/// A button that gives a payload back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What stands on it; not empty.
    pub title: Text,
    /// What it gives back.
    pub payload: Payload,
}

/// A button that opens a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkButton {
    /// What stands on it; not empty.
    pub title: Text,
    /// The page: an `http` or `https` address.
    pub url: String,
}

/// A card: a title and at least one of the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Title; not empty.
    pub title: Text,
    /// What stands under it; may be empty.
    pub subtitle: Text,
    /// Picture: an `http` or `https` address.
    pub image_url: Option<String>,
    /// Where to listen, with the source named.
    pub link: Option<LinkButton>,
    /// Buttons beside the link.
    pub buttons: Vec<Button>,
}

impl Reply {
    /// The messages to send on a platform that takes `limits`, in this order. The choices of the reply are under the last one.
    pub fn fit(&self, limits: &Limits) -> Vec<Message> {
        let fit = Fit { limits, reply: self };
        let mut messages: Vec<Message> = self.bubbles.iter().flat_map(|bubble| fit.bubble(bubble)).collect();
        if let Some(Message::Text { choices, .. } | Message::Cards { choices, .. }) = messages.last_mut() {
            for choice in &self.choices {
                fit.add(choice, choices);
            }
        }
        messages
    }
}

struct Fit<'a> {
    limits: &'a Limits,
    reply: &'a Reply,
}

impl Fit<'_> {
    fn bubble(&self, bubble: &Bubble) -> Vec<Message> {
        match bubble {
            Bubble::Text(text) => self.text(text),
            Bubble::Artist(card) => self.artist(card),
            Bubble::Artists { heading, artists } if self.limits.cards > 1 => {
                let cards = artists.iter().map(|line| self.artist_card(line)).collect();
                self.headed(heading, cards)
            }
            Bubble::Songs { heading, songs } if self.limits.cards > 1 && songs.len() > FEW_SONGS => {
                let cards = songs.iter().map(|line| self.song_card(line)).collect();
                self.headed(heading, cards)
            }
            Bubble::Artists { heading, artists } => {
                self.lines(heading, artists.iter().map(|line| self.artist_entry(line)))
            }
            Bubble::Songs { heading, songs } => self.lines(heading, songs.iter().map(|line| self.song_entry(line))),
        }
    }

    // --- text ----------------------------------------------------------------------------------------------------

    fn clip(&self, text: &str, max: usize) -> Text {
        Text::clip(text, max, self.limits.unit)
    }

    /// As many messages as the text needs.
    fn text(&self, text: &str) -> Vec<Message> {
        let text = self.clip(text, self.limits.text);
        if text.is_empty() {
            return Vec::new();
        }
        vec![Message::Text { text, links: Vec::new(), choices: Vec::new() }]
    }

    /// Lines under a heading, in as many messages as they need; each line's choice is under its message.
    fn lines<'e>(&self, heading: &str, entries: impl Iterator<Item = Entry<'e>>) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut page = Page::new(self.clip(heading, self.limits.text.min(self.limits.title)));
        for (at, entry) in entries.enumerate() {
            let line = self.line(at + 1, &entry);
            let full = page.length(self.limits) + 1 + line.length(self.limits) > self.limits.text;
            if full && !page.text.is_empty() {
                messages.extend(page.message());
                page = Page::new(self.clip("", 0));
            }
            page.push(line, self.limits);
            // The reply's own choices come after these, and need their place, too.
            if page.choices.len() + self.reply.choices.len() < self.limits.choices {
                self.add(entry.choice, &mut page.choices);
            }
        }
        messages.extend(page.message());
        messages
    }

    /// `1. Name – words · Source`, in which the source is the link.
    fn line(&self, number: usize, entry: &Entry<'_>) -> Line {
        let source = entry.listen.and_then(|listen| {
            let url = address(&listen.url, self.limits.url)?;
            self.limits.links_in_text.then(|| (source_name(listen.source), url))
        });
        let tail = source.as_ref().map_or_else(String::new, |(name, _)| format!(" · {name}"));
        let mut text = format!("{number}. {}", entry.name);
        if !entry.words.is_empty() {
            text.push_str(" – ");
            text.push_str(entry.words);
        }
        // One entry never takes more than a fifth of a message.
        let room = (self.limits.text / 5).saturating_sub(self.limits.unit.length(&tail));
        let text = self.clip(&text.replace('\n', " "), room);
        Line { text: format!("{text}{tail}"), link: source }
    }

    fn artist_entry<'e>(&self, line: &'e ArtistLine) -> Entry<'e> {
        Entry { name: line.name.clone(), words: &line.words, listen: line.listen.as_ref(), choice: &line.choice }
    }

    fn song_entry<'e>(&self, line: &'e SongLine) -> Entry<'e> {
        let name =
            if line.artists.is_empty() { line.title.clone() } else { format!("{} – {}", line.title, line.artists) };
        Entry { name, words: &line.words, listen: line.listen.as_ref(), choice: &line.choice }
    }

    // --- cards ---------------------------------------------------------------------------------------------------

    fn artist(&self, card: &ArtistCard) -> Vec<Message> {
        let link = card.listen.as_ref().and_then(|listen| {
            let url = address(&listen.url, self.limits.url)?;
            Some(LinkButton {
                title: self.titled(card.listen_label.as_deref().unwrap_or_default(), self.limits.button),
                url,
            })
        });
        if self.limits.cards == 0 {
            let link = link.map(|link| format!("{}: {}", link.title, link.url));
            let parts = [Some(card.name.clone()), Some(card.caption.clone()), link];
            let text = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
            return self.text(&text);
        }
        let caption = if self.limits.cards > 1 { card.caption.replace('\n', " · ") } else { card.caption.clone() };
        let fitted = Card {
            title: self.titled(&card.name, self.limits.title),
            subtitle: self.clip(&caption, self.limits.subtitle),
            image_url: card.image_url.as_deref().and_then(|url| address(url, self.limits.url)),
            link: link.filter(|_| self.limits.card_buttons > 0),
            buttons: Vec::new(),
        };
        if fitted.is_bare() {
            return self.text(fitted.title.as_str());
        }
        vec![Message::Cards { cards: vec![fitted], choices: Vec::new() }]
    }

    fn artist_card(&self, line: &ArtistLine) -> Card {
        self.card(&line.name, &line.words, line.image_url.as_deref(), line.listen.as_ref(), &line.choice)
    }

    fn song_card(&self, line: &SongLine) -> Card {
        let words = [line.artists.as_str(), line.words.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>();
        self.card(&line.title, &words.join(" · "), line.image_url.as_deref(), line.listen.as_ref(), &line.choice)
    }

    fn card(&self, title: &str, words: &str, image: Option<&str>, listen: Option<&Listen>, choice: &Choice) -> Card {
        let link = listen.and_then(|listen| {
            let url = address(&listen.url, self.limits.url)?;
            let words = crate::words::Words(self.reply.language).link_to(listen.source);
            Some(LinkButton { title: self.titled(&words, self.limits.button), url })
        });
        let room = self.limits.card_buttons.saturating_sub(usize::from(link.is_some()));
        let button = Button { title: self.titled(&choice.title, self.limits.button), payload: choice.payload.clone() };
        Card {
            title: self.titled(title, self.limits.title),
            subtitle: self.clip(words, self.limits.subtitle),
            image_url: image.and_then(|url| address(url, self.limits.url)),
            link: link.filter(|_| self.limits.card_buttons > 0),
            buttons: if room > 0 { vec![button] } else { Vec::new() },
        }
    }

    /// Cards, as many side by side as the platform takes, after a message with their heading.
    fn headed(&self, heading: &str, cards: Vec<Card>) -> Vec<Message> {
        let mut messages = self.text(heading);
        for some in cards.chunks(self.limits.cards) {
            messages.push(Message::Cards { cards: some.to_vec(), choices: Vec::new() });
        }
        messages
    }

    // --- buttons -------------------------------------------------------------------------------------------------

    fn titled(&self, text: &str, max: usize) -> Text {
        let text = self.clip(&text.replace('\n', " "), max);
        if text.is_empty() { self.clip(NAMELESS, max) } else { text }
    }

    fn add(&self, choice: &Choice, to: &mut Vec<Button>) {
        if to.len() < self.limits.choices && !to.iter().any(|button| button.payload == choice.payload) {
            to.push(Button { title: self.titled(&choice.title, self.limits.choice), payload: choice.payload.clone() });
        }
    }
}

impl Card {
    /// Whether there is nothing but a title.
    fn is_bare(&self) -> bool {
        self.subtitle.is_empty() && self.image_url.is_none() && self.link.is_none() && self.buttons.is_empty()
    }
}

/// An entry of a list that is shown as text.
struct Entry<'a> {
    name: String,
    words: &'a str,
    listen: Option<&'a Listen>,
    choice: &'a Choice,
}

/// A line of a list; the link is its last words.
struct Line {
    text: String,
    link: Option<(&'static str, String)>,
}

impl Line {
    fn length(&self, limits: &Limits) -> usize {
        limits.unit.length(&self.text)
    }
}

/// A message of lines under construction.
struct Page {
    text: String,
    links: Vec<Span>,
    choices: Vec<Button>,
}

impl Page {
    fn new(heading: Text) -> Self {
        Self { text: heading.as_str().to_owned(), links: Vec::new(), choices: Vec::new() }
    }

    fn length(&self, limits: &Limits) -> usize {
        limits.unit.length(&self.text)
    }

    fn push(&mut self, line: Line, limits: &Limits) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&line.text);
        if let Some((words, url)) = line.link {
            let length = limits.unit.length(words);
            self.links.push(Span { start: self.length(limits) - length, length, url });
        }
    }

    fn message(self) -> Option<Message> {
        // Each piece was cut for its place; together they were kept within the limit.
        let text = Text::of_clipped(self.text);
        (!text.is_empty()).then_some(Message::Text { text, links: self.links, choices: self.choices })
    }
}

/// `url` if it is an `http` or `https` address of a host, of at most `max` bytes.
fn address(url: &str, max: usize) -> Option<String> {
    let parsed = Url::parse(url).ok()?;
    let usable = matches!(parsed.scheme(), "http" | "https") && parsed.host_str().is_some_and(|host| !host.is_empty());
    let written = String::from(parsed);
    (usable && written.len() <= max).then_some(written)
}
