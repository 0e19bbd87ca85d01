//! What people see of the page before they write: Get Started, greeting, menu.

use serde_json::{Value, json};
use sixpotify_bot::{Action, Language, Menu};
use sixpotify_sources::http::{FetchError, Request};

use super::{Messenger, PROFILE};

impl Messenger {
    /// Sets up Get Started, greeting and persistent menu, in all languages. Doing it again does no harm.
    ///
    /// # Errors
    /// The platform's: a token without the right for the page, for instance.
    pub async fn setup(&self) -> Result<(), FetchError> {
        let request = Request::post(&PROFILE, self.url(&["me", "messenger_profile"]), &profile());
        self.door.fetch::<Value>(&request).await.map(drop)
    }
}

fn profile() -> Value {
    let start = Action::Start.fixed_payload().map(|payload| payload.to_string());
    let menus = Language::ALL.map(Menu::of);
    let locale = |language| match language {
        // The default is for everybody whose language the bot does not speak, too.
        Language::English => "default",
        Language::Korean => "ko_KR",
    };
    let greeting: Vec<Value> =
        menus.iter().map(|menu| json!({"locale": locale(menu.language), "text": menu.greeting})).collect();
    let persistent: Vec<Value> = menus
        .iter()
        .map(|menu| {
            let actions: Vec<Value> = (menu.choices.iter())
                .map(|choice| json!({"type": "postback", "title": choice.title, "payload": choice.payload.as_str()}))
                .collect();
            let locale = locale(menu.language);
            json!({"locale": locale, "composer_input_disabled": false, "call_to_actions": actions})
        })
        .collect();
    json!({"get_started": {"payload": start}, "greeting": greeting, "persistent_menu": persistent})
}
