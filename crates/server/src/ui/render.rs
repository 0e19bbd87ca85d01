//! Turns of a conversation as HTML. All text is escaped by the templates; payloads and links are attributes.

use askama::Template;
use sixpotify_bot::{ArtistCard, ArtistLine, Bubble, Choice, Language, Listen, Reply, SongLine};
use sixpotify_core::ArtistId;

use super::link::{Outside, artist_path, outside};
use super::page::words;
use super::picture::Picture;
use super::words::Words;
use crate::error::Problem;

/// What the visitor said.
#[derive(Template)]
#[template(path = "said.html", whitespace = "minimize")]
struct Said<'a> {
    language: &'static str,
    you: &'static str,
    text: &'a str,
}

/// What the bot said.
#[derive(Template)]
#[template(path = "turn.html", whitespace = "minimize")]
struct Turn<'a> {
    language: &'static str,
    more_about: &'static str,
    bubbles: Vec<BubbleView>,
    choices: &'a [Choice],
}

enum BubbleView {
    Text(String),
    Artist(CardView),
    List(ListView),
}

struct CardView {
    picture: Picture,
    path: String,
    name: String,
    caption: String,
    listen: Option<Outside>,
}

struct ListView {
    heading: String,
    rows: Vec<RowView>,
}

struct RowView {
    /// Pictures for artists, numbers for songs.
    picture: Option<Picture>,
    number: usize,
    title: String,
    by: String,
    /// Why it is there, or what tells it from others, piece by piece.
    reasons: Vec<String>,
    said: String,
    payload: String,
    listen: Option<Outside>,
}

/// The turn of the visitor.
pub(crate) fn said(text: &str, language: Language) -> Result<String, Problem> {
    let you = words(language).you;
    html(&Said { language: language.code(), you, text: text.trim() })
}

/// The turn of the bot; `None` where there is nothing to say.
pub(crate) fn reply(reply: &Reply, pictures: bool) -> Result<Option<String>, Problem> {
    if reply.bubbles.is_empty() && reply.choices.is_empty() {
        return Ok(None);
    }
    let words = words(reply.language);
    let turn = Turn {
        language: reply.language.code(),
        more_about: words.more_about,
        bubbles: reply.bubbles.iter().map(|bubble| view(bubble, words, pictures)).collect(),
        choices: &reply.choices,
    };
    html(&turn).map(Some)
}

fn html(template: &impl Template) -> Result<String, Problem> {
    template.render().map_err(|error| Problem::Internal(Box::new(error)))
}

fn view(bubble: &Bubble, words: &Words, pictures: bool) -> BubbleView {
    match bubble {
        Bubble::Text(text) => BubbleView::Text(text.clone()),
        Bubble::Artist(card) => BubbleView::Artist(card_view(card, words, pictures)),
        Bubble::Artists { heading, artists } => {
            let rows = artists.iter().zip(1..).map(|(line, number)| artist_row(line, number, words, pictures));
            BubbleView::List(ListView { heading: heading.clone(), rows: rows.collect() })
        }
        Bubble::Songs { heading, songs } => {
            let rows = songs.iter().zip(1..).map(|(line, number)| song_row(line, number, words));
            BubbleView::List(ListView { heading: heading.clone(), rows: rows.collect() })
        }
    }
}

fn card_view(card: &ArtistCard, words: &Words, pictures: bool) -> CardView {
    CardView {
        picture: Picture::new(&card.name, card.image_url.as_deref(), pictures),
        path: path(&card.id),
        name: card.name.clone(),
        caption: card.caption.clone(),
        listen: link(card.listen.as_ref(), words),
    }
}

fn artist_row(line: &ArtistLine, number: usize, words: &Words, pictures: bool) -> RowView {
    RowView {
        picture: Some(Picture::new(&line.name, line.image_url.as_deref(), pictures)),
        number,
        title: line.name.clone(),
        by: String::new(),
        reasons: pieces(&line.words),
        said: line.choice.title.clone(),
        payload: line.choice.payload.to_string(),
        listen: link(line.listen.as_ref(), words),
    }
}

fn song_row(line: &SongLine, number: usize, words: &Words) -> RowView {
    RowView {
        picture: None,
        number,
        title: line.title.clone(),
        by: line.artists.clone(),
        reasons: pieces(&line.words),
        said: line.choice.title.clone(),
        payload: line.choice.payload.to_string(),
        listen: link(line.listen.as_ref(), words),
    }
}

/// The pieces of what the bot says of an entry: it parts reasons by semicolons.
pub(super) fn pieces(words: &str) -> Vec<String> {
    words.split("; ").filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

fn path(id: &ArtistId) -> String {
    artist_path(id)
}

fn link(listen: Option<&Listen>, words: &Words) -> Option<Outside> {
    listen.and_then(|listen| outside(&listen.url, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sixpotify_bot::{Action, Conversation};

    const NASTY: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&";

    fn choice(title: &str) -> Choice {
        let action = Action::Name(title.chars().take(20).collect());
        Choice { title: title.to_owned(), payload: action.payload(&mut Conversation::default()), action }
    }

    #[test]
    fn whatever_names_hold_is_shown_as_text() {
        let id = ArtistId::from_stored(NASTY);
        let listen = Some(Listen { source: sixpotify_core::Source::Csv, url: "javascript:alert(1)".to_owned() });
        let card = ArtistCard {
            id: id.clone(),
            name: NASTY.to_owned(),
            genres: Vec::new(),
            image_url: Some(format!("https://x.example/{NASTY}")),
            listen: listen.clone(),
            sources: Vec::new(),
            caption: NASTY.to_owned(),
            listen_label: None,
        };
        let line = ArtistLine {
            id,
            name: NASTY.to_owned(),
            image_url: Some("javascript:alert(1)".to_owned()),
            listen,
            why: Vec::new(),
            words: NASTY.to_owned(),
            choice: choice(NASTY),
        };
        let bubbles = vec![
            Bubble::Text(NASTY.to_owned()),
            Bubble::Artist(Box::new(card)),
            Bubble::Artists { heading: NASTY.to_owned(), artists: vec![line] },
        ];
        let reply = Reply { language: Language::English, bubbles, choices: vec![choice(NASTY)] };
        let html = super::reply(&reply, true).unwrap().unwrap() + &said(NASTY, Language::Korean).unwrap();
        for bad in ["<script", "<img src=x", "javascript:", "onerror=alert(1)>", "\"'>"] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        // A heading, two names, a caption, reasons, choices, and what was said.
        let escaped = ["&#60;script&#62;alert(1)", "&lt;script&gt;alert(1)"].map(|text| html.matches(text).count());
        assert!(escaped.iter().sum::<usize>() >= 7, "{html}");
    }

    #[test]
    fn nothing_to_say_is_nothing() {
        assert_eq!(super::reply(&Reply::default(), true).unwrap(), None);
    }
}
