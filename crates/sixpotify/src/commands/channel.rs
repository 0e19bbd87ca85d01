//! `sixpotify channel`: what platforms are told about the bot, once.

use std::sync::Arc;

use sixpotify_server::channels::messenger::Messenger;
use sixpotify_server::channels::telegram::Telegram;
use sixpotify_sources::SystemClock;
use sixpotify_sources::http::{FetchError, MemoryLedger};

use crate::cli::{ChannelCommand, SetupMessenger, SetupTelegram};
use crate::failure::{Exit, Failure};
use crate::printer::say;
use crate::settings::Settings;

pub(crate) async fn run(settings: &Settings, command: &ChannelCommand) -> Result<Exit, Failure> {
    match command {
        ChannelCommand::Messenger(SetupMessenger::Setup) => messenger(settings).await,
        ChannelCommand::Telegram(SetupTelegram::Setup(args)) => {
            let Some(bot) = settings.telegram(false)? else {
                return Err(Failure::usage("telegram needs TELEGRAM_BOT_TOKEN")
                    .hint("@BotFather on Telegram makes a bot and gives its token"));
            };
            if args.webhook.is_some() && bot.webhook_secret.is_none() {
                return Err(Failure::usage("a webhook needs TELEGRAM_WEBHOOK_SECRET").hint(
                    "take a long random word of letters, digits, `_` and `-`; Telegram shows it with every call",
                ));
            }
            let bot = Telegram::open(bot, Arc::new(SystemClock), ledger())
                .map_err(|error| Failure::new(error.to_string()))?;
            bot.setup(args.webhook.as_ref()).await.map_err(refused)?;
            match &args.webhook {
                Some(url) => say(format!("telegram sends updates to {url}, and knows the commands")),
                None => say("telegram knows the commands; updates are fetched with `serve --telegram-poll`"),
            }
            Ok(Exit::Done)
        }
    }
}

async fn messenger(settings: &Settings) -> Result<Exit, Failure> {
    let Some(page) = settings.messenger()? else {
        return Err(Failure::usage(
            "messenger needs MESSENGER_PAGE_TOKEN, MESSENGER_APP_SECRET and MESSENGER_VERIFY_TOKEN",
        )
        .hint("token and secret are in the app's dashboard at https://developers.facebook.com"));
    };
    let page =
        Messenger::open(page, Arc::new(SystemClock), ledger()).map_err(|error| Failure::new(error.to_string()))?;
    page.setup().await.map_err(refused)?;
    say(
        "messenger shows Get Started, the greeting and the menu; the webhook is set in the app's dashboard: https://your.address/webhooks/messenger, fields messages and messaging_postbacks",
    );
    Ok(Exit::Done)
}

/// A few calls, once: no need for a catalogue.
fn ledger() -> Arc<MemoryLedger> {
    Arc::new(MemoryLedger::default())
}

fn refused(error: FetchError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        FetchError::Credentials { .. } => failure.hint("the token is wrong or has ended; make a new one"),
        FetchError::Forbidden { .. } | FetchError::Rejected { .. } => {
            failure.hint("the page must be published, and the token must be allowed to manage its messages")
        }
        _ => failure,
    }
}
