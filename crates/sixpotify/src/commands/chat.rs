//! `sixpotify chat`: the chatbot in the terminal. Answers are data and go to stdout, the prompt is talk.

use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

use sixpotify_bot::{Channel, Choice, Content, Conversation, Incoming, Keep, Language, Limits, Message, Turn};
use sixpotify_sources::{Clock as _, SystemClock};
use sixpotify_store::Access;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::serve;
use crate::catalogue::open_catalogue;
use crate::failure::{Exit, Failure};
use crate::printer::{Out, say};
use crate::settings::Settings;

/// How long an answer that takes longer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The shortest pause between two looks at it.
const PAUSE: Duration = Duration::from_millis(500);

/// Answers lines until there are no more.
pub(crate) async fn run(settings: &Settings) -> Result<Exit, Failure> {
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
            conversation = match answer.keep {
                Keep::Conversation(conversation) => conversation,
                Keep::Nothing => Conversation::default(),
            };
            let mut out = Out::new();
            for message in answer.reply.fit(&Limits::TERMINAL) {
                if let Message::Text { text, .. } = message {
                    text.as_str().lines().try_for_each(|line| out.line(line))?;
                }
            }
            if !answer.reply.choices.is_empty() {
                choices = answer.reply.choices;
                let shown = choices.iter().zip(1..).map(|(choice, number)| format!("[{number}] {}", choice.title));
                out.line(shown.collect::<Vec<_>>().join("  "))?;
            }
            out.finish()?;
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

/// A number is the choice that has it; everything else is a message.
fn chosen(line: &str, choices: &[Choice]) -> Content {
    let number = line.trim().parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
    number.map_or_else(|| Content::Text(line.to_owned()), |choice| Content::Chosen(choice.payload.to_string()))
}

/// Lines of standard input, read by a thread of their own: reading cannot be interrupted.
fn lines() -> mpsc::Receiver<Result<String, Failure>> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let line = line.map_err(|error| Failure::new(format!("cannot read standard input: {error}")));
            let ended = line.is_err();
            if sender.blocking_send(line).is_err() || ended {
                return;
            }
        }
    });
    lines
}
