//! What a platform shows before anybody wrote: a greeting, a menu, commands.

use crate::action::Action;
use crate::conversation::Conversation;
use crate::language::Language;
use crate::reply::Choice;
use crate::words::Words;

/// What a platform shows before anybody wrote, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// The language.
    pub language: Language,
    /// A greeting, of at most 160 units of UTF-16.
    pub greeting: &'static str,
    /// The choices that are always there, three of them; none of them needs a conversation.
    pub choices: Vec<Choice>,
    /// `(command without its slash, what it does)`.
    pub commands: Vec<(&'static str, &'static str)>,
}

impl Menu {
    /// The menu in `language`.
    pub fn of(language: Language) -> Self {
        let words = Words(language);
        let other = Language::ALL.into_iter().find(|other| *other != language).unwrap_or_default();
        let choice = |title: &str, action: Action| Choice {
            title: title.to_owned(),
            payload: action.payload(&mut Conversation::default()),
            action,
        };
        Self {
            language,
            greeting: words.hello(),
            choices: vec![
                choice(words.button_help(), Action::Help),
                choice(words.button_other_language(), Action::Speak(other)),
                choice(words.button_privacy(), Action::Privacy),
            ],
            commands: vec![
                ("start", words.command_start()),
                ("similar", words.command_similar()),
                ("songs", words.command_songs()),
                ("help", words.command_help()),
                ("english", "English"),
                ("korean", "한국어"),
                ("privacy", words.command_privacy()),
                ("delete", words.command_delete()),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greetings_fit_and_choices_stand_alone() {
        for language in Language::ALL {
            let menu = Menu::of(language);
            assert!(menu.greeting.encode_utf16().count() <= 160);
            assert_eq!(menu.choices.len(), 3);
            for choice in menu.choices {
                assert_eq!(choice.action.fixed_payload(), Some(choice.payload));
            }
            for (command, does) in menu.commands {
                assert!(command.len() <= 32 && (3..=256).contains(&does.len()), "{command}");
            }
        }
    }
}
