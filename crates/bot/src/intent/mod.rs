//! What somebody means by a message, as far as its words say it. Who and what the names in it are is not decided here.

mod around;
mod english;
mod korean;
mod phrases;

use crate::language::Language;
use crate::link::{Link, Pasted};
pub(crate) use phrases::{genres_in, is_mood, is_pronoun};

/// Longer than any name or title that is typed, in characters. What is longer is prose.
const LONGEST: usize = 200;

/// How many names of one message are answered.
pub(crate) const AT_ONCE: usize = 3;

/// What somebody means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Nothing is there.
    Empty,
    /// No letter and no digit: emoji, punctuation. May still be a name (`!!!`).
    Signs(String),
    /// Prose.
    TooLong,
    Hello,
    /// How the bot is.
    HowAreYou,
    /// Who or what it is.
    Who,
    Help,
    /// Which languages there are.
    Languages,
    Thanks,
    /// `ok`, `wow`, `ㅋㅋ`.
    Pleased,
    /// Somebody cries, or is not well.
    Sad,
    /// Abuse, and displeasure.
    Rude,
    Bye,
    Start,
    Privacy,
    Delete,
    Speak(Language),
    Yes,
    No,
    /// Not that one.
    Other,
    /// A number by itself: one of the choices, or a name (`311`).
    Number(usize, String),
    More,
    Back,
    /// The same once more.
    Again,
    /// Neighbours of the present artist.
    Similar,
    /// Songs of the present artist.
    Songs,
    /// A link.
    Link(Pasted),
    /// Something to do with a name. The whole text may be a name, too (`Songs: Ohia`).
    Ask(Ask),
    /// A name or a title, or several.
    Name(String),
}

/// Something to do with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// What to do.
    pub(crate) what: What,
    /// The name, in ways to read it: first the one with most of the text, last the one that is right if the earlier are nobody's.
    pub(crate) names: Vec<String>,
    /// A wish besides, as it was said, that nothing here can weigh: `but calmer`.
    pub(crate) besides: Option<String>,
    /// The whole text, tidied.
    pub(crate) whole: String,
}

/// What to do with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Show the artist (or the song).
    Show,
    /// Show neighbours of the artist.
    Similar,
    /// Show songs of the artist.
    Songs,
    /// Show songs like the song (or of artists like the artist).
    SongsLike,
}

/// An intent, and the language if the words belong to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) intent: Intent,
    pub(crate) language: Option<Language>,
}

/// Reads a message.
pub(crate) fn read(text: &str) -> Read {
    let script = Language::of_script(text);
    let said = |intent| Read { intent, language: script };
    let tidy = tidy(text);
    if tidy.is_empty() {
        return said(Intent::Empty);
    }
    if let Some(pasted) = Link::find(&tidy) {
        return said(Intent::Link(pasted));
    }
    if !tidy.chars().any(char::is_alphanumeric) {
        if let Some(signs) = face(&tidy) {
            return said(signs);
        }
        return match tidy.trim_matches(['?', '？', ' ']) {
            "" => said(Intent::Help),
            _ => said(Intent::Signs(tidy.chars().take(LONGEST).collect())),
        };
    }
    if tidy.chars().count() > LONGEST {
        // A list of names may be long. Prose has commas, too, but more words between them.
        let names = split_strongly(&tidy);
        let is_list = names.len() > 1 && names.iter().take(AT_ONCE).all(|name| is_short(name));
        return said(if is_list { Intent::Name(tidy) } else { Intent::TooLong });
    }
    if let Some(signs) = face(&tidy) {
        return said(signs);
    }
    let plain = plain(&tidy);
    if is_sigh(&plain) && phrases::find(&plain).is_none() {
        return said(Intent::Signs(tidy));
    }
    if let Some((intent, language)) = phrases::find(&plain) {
        return Read { intent, language };
    }
    if let Some(number) = number(&plain) {
        return said(Intent::Number(number, tidy));
    }
    if let Some(ask) = english::read(&tidy) {
        return Read { intent: Intent::Ask(ask), language: Some(script.unwrap_or(Language::English)) };
    }
    if let Some(ask) = korean::read(&tidy) {
        return Read { intent: Intent::Ask(ask), language: Some(Language::Korean) };
    }
    said(Intent::Name(without_sighs(&tidy).to_owned()))
}

/// The text without what people laugh and cry behind a name in Korean: `에미넴 ㅋㅋ`.
fn without_sighs(text: &str) -> &str {
    let shorter = text.trim_end_matches(['ㅋ', 'ㅎ', 'ㅠ', 'ㅜ', ' ', '~']);
    if shorter.len() < text.len() && shorter.chars().any(char::is_alphanumeric) { shorter } else { text }
}

/// The text without what cannot be seen, blanks joined; line ends stay, they separate names.
fn tidy(text: &str) -> String {
    // Prose is not read to its end; a bound on the work, above every other limit here.
    let lines = text.split(['\n', '\r', '\u{2028}']).take(200).map(|line| {
        let seen = line.chars().filter(|c| !is_invisible(*c)).take(4000).collect::<String>();
        seen.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Whether a part of a long text may be a name.
fn is_short(part: &str) -> bool {
    part.split_whitespace().count() <= 5 && part.chars().count() <= 40
}

/// Controls and marks that have no shape. The joiner stays: emoji and some scripts need it.
fn is_invisible(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{00AD}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// The text for comparing with phrases: lower case, straight apostrophes, no signs at its ends but a slash before it.
fn plain(tidy: &str) -> String {
    let lower = tidy.to_lowercase().replace(['’', '‘', '`'], "'");
    let cut = lower.trim_matches(|c: char| !c.is_alphanumeric() && c != '/');
    cut.strip_prefix('/').map_or_else(
        || cut.trim_matches('/').to_owned(),
        |command| {
            // In groups a command carries the bot's name: `/help@some_bot`.
            format!("/{}", command.split('@').next().unwrap_or(command))
        },
    )
}

/// Faces that cry, or are not well.
const SAD_FACES: [&str; 24] = [
    "ㅠ", "ㅜ", "😢", "😭", "😞", "😔", "🥺", "😿", "🙁", "☹", "😥", "😓", "💔", ":(", ":-(", ":'(", "=(", ";(", "t_t",
    "t.t", "t-t", "ㅡㅡ", "q_q", ";_;",
];

/// Others that are written with letters or digits.
const FACES: [&str; 8] = ["<3", ":d", ":-d", "xd", "o_o", "o.o", ":p", "^o^"];

/// What faces say, and nothing else: crying, or other signs.
fn face(tidy: &str) -> Option<Intent> {
    let mut rest = tidy.to_lowercase();
    let mut take = |faces: &[&str]| {
        let before = rest.len();
        faces.iter().for_each(|face| rest = rest.replace(face, " "));
        rest.len() != before
    };
    let sad = take(&SAD_FACES);
    let other = take(&FACES);
    let only_faces = (sad || other) && !rest.chars().any(char::is_alphanumeric);
    only_faces.then(|| if sad { Intent::Sad } else { Intent::Signs(tidy.to_owned()) })
}

/// Letters of Hangul that make no syllable, one or two different ones: `ㅠㅠ`, `ㅜㅜㅠ`. More of them may be a name's initials.
fn is_sigh(plain: &str) -> bool {
    let letters: std::collections::BTreeSet<char> = plain.chars().collect();
    !letters.is_empty() && letters.len() <= 2 && letters.iter().all(|c| matches!(c, '\u{3131}'..='\u{3163}'))
}

/// `2`, `2.`, `#2`, `2번`.
fn number(plain: &str) -> Option<usize> {
    let digits = plain.strip_suffix('번').or_else(|| plain.strip_suffix("번째")).unwrap_or(plain).trim();
    (digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}

/// The parts of a list: by lines, commas, semicolons and their like.
pub(crate) fn split_strongly(text: &str) -> Vec<String> {
    parts(text.split(['\n', ',', ';', '、', '，', '；', '·', '|']))
}

/// The parts of what may be a list, and may be one name: `and`, `&`, `+`, `/`, `vs`, 그리고.
pub(crate) fn split_weakly(text: &str) -> Vec<String> {
    let mut text = format!(" {} ", text.replace('\n', ", "));
    for separator in
        [" and ", " And ", " AND ", " & ", " + ", " / ", " vs ", " vs. ", " or ", " 그리고 ", " 하고 ", " 및 "]
    {
        text = text.replace(separator, " , ");
    }
    // What hangs on a name in Korean: `메탈리카랑 드레이크`.
    for particle in ["이랑 ", "랑 ", "와 ", "과 "] {
        text = text.replace(particle, " , ");
    }
    parts(text.split(','))
}

fn parts<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in parts {
        // Bullets and numbers in front of an item: `- BTS`, `2. IU`.
        let part = part.trim().trim_start_matches(['-', '*', '•']).trim_start();
        let part = part
            .split_once(". ")
            .filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()) && !number.is_empty())
            .map_or(part, |(_, rest)| rest)
            .trim();
        if !part.is_empty() && !names.iter().any(|name| name == part) {
            names.push(part.to_owned());
        }
    }
    names
}

/// A title and an artist as somebody marked them: `Dynamite by BTS`, `Dynamite - BTS`, `BTS의 Dynamite`. Both orders where the
/// mark does not say which is which.
pub(crate) fn marked_songs(text: &str) -> Vec<(String, String)> {
    let mut songs = Vec::new();
    let mut push = |title: &str, artist: &str| {
        let clean =
            |part: &str| part.trim().trim_matches(['"', '“', '”', '\'', '‘', '’', '「', '」']).trim().to_owned();
        let pair = (clean(title), clean(artist));
        if !pair.0.is_empty() && !pair.1.is_empty() && !songs.contains(&pair) {
            songs.push(pair);
        }
    };
    for mark in [" by ", " By ", " BY "] {
        if let Some((title, artist)) = text.rsplit_once(mark) {
            push(title, artist);
        }
    }
    for mark in [" - ", " – ", " — ", " / ", ": ", ", ", "\n"] {
        if let Some((one, other)) = text.split_once(mark) {
            push(other, one);
            push(one, other);
        }
    }
    if let Some((artist, title)) = text.split_once("의 ") {
        push(title, artist);
    }
    songs
}

/// Every way to read the words of `text` as a title followed by an artist, or an artist followed by a title: `Dynamite BTS`.
pub(crate) fn possible_songs(text: &str) -> Vec<(String, String)> {
    const MOST_WORDS: usize = 10;
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > MOST_WORDS {
        return Vec::new();
    }
    let mut songs = Vec::new();
    for at in 1..words.len() {
        let (head, tail) = (words[..at].join(" "), words[at..].join(" "));
        songs.push((head.clone(), tail.clone()));
        songs.push((tail, head));
    }
    songs
}

#[cfg(test)]
mod tests;
