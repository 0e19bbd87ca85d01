//! `sixpotify chat`: the chatbot in the terminal. Answers are data and go to stdout, the prompt is talk.

use std::io::{self, BufRead, IsTerminal as _};
use std::time::Duration;

use serde_json::{Value, json};
use sixpotify_bot::{
    Answer, ArtistLine, Bubble, Channel, Choice, Content, Conversation, Incoming, Keep, Language, Limits, Listen,
    Message, Reply, SongLine, Turn,
};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::Access;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::serve;
use crate::catalogue::open_catalogue;
use crate::cli::ChatArgs;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::settings::Settings;

/// How long an answer that takes longer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of a line that are kept: more than the bot reads of any message. A longer one is answered by its beginning, which is
/// long enough to be called too long.
const LONGEST_LINE: usize = 64 * 1024;

/// What stands before choices. Not `n` and `y`, which are answers.
const LETTERS: [&str; 20] =
    ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "o", "p", "q", "r", "s", "t", "u"];

/// The shortest pause between two looks at it.
const PAUSE: Duration = Duration::from_millis(500);

/// Answers lines until there are no more.
pub(crate) async fn run(settings: &Settings, args: &ChatArgs) -> Result<Exit, Failure> {
    let store = open_catalogue(settings, Access::Read).await?;
    let (learner, asked) = serve::learner(settings, &store).await?;
    say(asked);
    let (bot, _, shelf) = serve::bot(&store, learner);
    shelf.refresh().await?;
    let interactive = std::io::stdin().is_terminal();
    let mut lines = lines();
    // One person, and the conversation ends with the program: nothing is kept.
    let mut conversation = Conversation::default();
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| std::env::var(name).ok());
    let locale = locale.filter(|locale| Language::of_locale(locale).is_some());
    let mut content = interactive.then_some(Content::Start);
    let mut choices: Vec<Choice> = Vec::new();
    loop {
        let said = match content.take() {
            Some(content) => content,
            None => match lines.recv().await {
                Some(line) => chosen(&line?, &choices),
                None => break,
            },
        };
        let mut incoming = Incoming { locale: locale.clone(), ..Incoming::new(Channel::Terminal, "terminal", said) };
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = bot.answer(&incoming, conversation.clone(), SystemClock.now()).await;
            let answer = answer.map_err(|error| Failure::new(format!("cannot answer: {error}")))?;
            let mut out = Out::new();
            if args.json {
                out.json(&as_json(&answer))?;
            } else {
                print(&mut out, &answer.reply)?;
            }
            out.finish()?;
            conversation = match answer.keep {
                Keep::Conversation(conversation) => conversation,
                Keep::Nothing => Conversation::default(),
            };
            if !answer.reply.choices.is_empty() {
                choices = answer.reply.choices;
            }
            let Some(later) = answer.later.filter(|_| incoming.turn != Turn::Last) else { break };
            let wait = (later.not_before - SystemClock.now()).to_std().unwrap_or_default().max(PAUSE);
            if Instant::now() + wait > end + PATIENCE {
                break;
            }
            sleep(wait).await;
            incoming.content = later.content;
            incoming.turn = if Instant::now() >= end { Turn::Last } else { Turn::Again };
        }
        if interactive {
            say("");
        }
    }
    store.close().await;
    Ok(Exit::Done)
}

/// The answer as it is read.
fn print(out: &mut Out, reply: &Reply) -> Result<(), Failure> {
    for message in reply.fit(&Limits::TERMINAL) {
        if let Message::Text { text, .. } = message {
            text.as_str().lines().try_for_each(|line| out.line(line))?;
        }
    }
    let shown: Vec<String> =
        reply.choices.iter().zip(LETTERS).map(|(choice, letter)| format!("[{letter}] {}", choice.title)).collect();
    if shown.is_empty() { Ok(()) } else { out.line(shown.join("  ")) }
}

/// The answer for programs.
fn as_json(answer: &Answer) -> Value {
    let Answer { reply, outcome, .. } = answer;
    let listen = |listen: &Option<Listen>| {
        listen.as_ref().map(|listen| json!({ "source": listen.source.as_str(), "url": listen.url }))
    };
    let artist = |line: &ArtistLine| json!({ "id": line.id.as_str(), "name": line.name, "because": line.words, "listen": listen(&line.listen) });
    let song = |line: &SongLine| {
        json!({ "id": line.id.as_str(), "title": line.title, "artists": line.artists, "because": line.words,
            "listen": listen(&line.listen) })
    };
    let bubble = |bubble: &Bubble| match bubble {
        Bubble::Text(text) => json!({ "text": text }),
        Bubble::Artist(card) => json!({ "artist": { "id": card.id.as_str(), "name": card.name, "genres": card.genres,
            "listen": listen(&card.listen) } }),
        Bubble::Artists { heading, artists } => {
            json!({ "heading": heading, "artists": artists.iter().map(artist).collect::<Vec<_>>() })
        }
        Bubble::Songs { heading, songs } => {
            json!({ "heading": heading, "songs": songs.iter().map(song).collect::<Vec<_>>() })
        }
    };
    json!({
        "outcome": outcome.as_str(),
        "language": reply.language.code(),
        "reply": reply.bubbles.iter().map(bubble).collect::<Vec<_>>(),
        "choices": reply.choices.iter().map(|choice| choice.title.as_str()).collect::<Vec<_>>(),
    })
}

/// A letter is the choice that has it; everything else is a message. Numbers are the bot's: they mean entries of lists.
fn chosen(line: &str, choices: &[Choice]) -> Content {
    let letter = line.trim();
    let choice = choices.iter().zip(LETTERS).find(|(_, own)| own.eq_ignore_ascii_case(letter));
    choice.map_or_else(|| Content::Text(line.to_owned()), |(choice, _)| Content::Chosen(choice.payload.to_string()))
}

/// Lines of standard input, read by a thread of their own: reading cannot be interrupted.
fn lines() -> mpsc::Receiver<Result<String, Failure>> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let line = match read_line(&mut input) {
                Ok(None) => return,
                // What is no text means nothing, which is answered as such: the conversation goes on.
                Ok(Some(line)) => Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()),
                Err(error) => Err(Failure::new(format!("cannot read standard input: {error}"))),
            };
            let ended = line.is_err();
            if sender.blocking_send(line).is_err() || ended {
                return;
            }
        }
    });
    lines
}

/// The next line with its end, as much of it as is kept; `None`: there is none. The rest is read, and dropped.
fn read_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut any = false;
    loop {
        let ready = match input.fill_buf() {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if ready.is_empty() {
            return Ok(any.then_some(line));
        }
        any = true;
        let end = ready.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let part = &ready[..end.unwrap_or(ready.len())];
        line.extend_from_slice(&part[..part.len().min(LONGEST_LINE - line.len())]);
        let read = part.len();
        input.consume(read);
        if end.is_some() {
            return Ok(Some(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read as _};

    use super::*;

    #[test]
    fn of_a_line_without_end_a_part_is_kept() {
        let long = std::io::repeat(b'a').take(10_000_000).chain(&b"\nshort\r\n\nlast"[..]);
        let mut input = BufReader::new(long);
        let mut next = || read_line(&mut input).unwrap();
        assert_eq!(next().map(|line| line.len()), Some(LONGEST_LINE));
        assert_eq!(next().as_deref(), Some(&b"short\r\n"[..]), "the rest of it is no line of its own");
        assert_eq!(next().as_deref(), Some(&b"\n"[..]));
        assert_eq!(next().as_deref(), Some(&b"last"[..]));
        assert_eq!(next(), None);
    }
}
