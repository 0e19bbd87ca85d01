//! Replies fitted to platforms: whatever is in them, they keep within the limits. The checks here are written anew from the
//! platforms' figures; they share nothing with the code that fits.

use proptest::prelude::*;
use sixpotify_bot::{
    Action, ArtistCard, ArtistLine, Bubble, Choice, Conversation, Language, Limits, Listen, Message, Reply, SongLine,
};
use sixpotify_core::{ArtistId, Source, TrackId};

use crate::person::World;

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn check_messenger(messages: &[Message]) {
    for message in messages {
        let choices = match message {
            Message::Text { text, links, choices } => {
                assert!((1..=2000).contains(&units(text.as_str())));
                assert!(links.is_empty());
                choices
            }
            Message::Cards { cards, choices } => {
                assert!((1..=10).contains(&cards.len()));
                for card in cards {
                    assert!((1..=80).contains(&units(card.title.as_str())));
                    assert!(units(card.subtitle.as_str()) <= 80);
                    let buttons = card.buttons.len() + usize::from(card.link.is_some());
                    assert!(buttons <= 3);
                    let more = !card.subtitle.is_empty() || card.image_url.is_some() || buttons > 0;
                    assert!(more, "a title needs company");
                    for title in card.buttons.iter().map(|b| &b.title).chain(card.link.iter().map(|link| &link.title)) {
                        assert!((1..=20).contains(&units(title.as_str())), "{title}");
                    }
                }
                choices
            }
        };
        assert!(choices.len() <= 13);
        for choice in choices {
            assert!((1..=20).contains(&units(choice.title.as_str())), "{choice:?}");
            assert!((1..=1000).contains(&choice.payload.as_str().len()));
        }
    }
}

fn check_telegram(messages: &[Message]) {
    for message in messages {
        let choices = match message {
            Message::Text { text, links, choices } => {
                assert!((1..=4096).contains(&units(text.as_str())));
                let letters: Vec<u16> = text.as_str().encode_utf16().collect();
                let mut end = 0;
                for link in links {
                    assert!(link.start >= end && link.length > 0);
                    end = link.start + link.length;
                    let words = String::from_utf16(&letters[link.start..end]).unwrap();
                    assert!(["Spotify", "MusicBrainz"].contains(&words.as_str()), "{words}");
                }
                choices
            }
            Message::Cards { cards, choices } => {
                assert_eq!(cards.len(), 1);
                let caption = format!("{}\n{}", cards[0].title, cards[0].subtitle);
                assert!(units(&caption) <= 1024);
                choices
            }
        };
        for choice in choices {
            assert!((1..=64).contains(&choice.payload.as_str().len()));
            assert!(!choice.title.is_empty());
        }
        assert!(choices.len() <= 100);
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", "\\PC{0,300}", "(👩‍👩‍👧|가|\u{202e}|\\n|<b>| ){0,90}"]
}

fn addresses() -> impl Strategy<Value = String> {
    prop_oneof!["https://[a-z]{1,10}\\.example/[a-z0-9]{0,40}", "https://a\\.example/[a-z]{1990,2100}", "\\PC{0,40}"]
}

fn listens() -> impl Strategy<Value = Option<Listen>> {
    let listen = (addresses(), prop::sample::select(vec![Source::Spotify, Source::MusicBrainz]));
    prop::option::of(listen.prop_map(|(url, source)| Listen { source, url }))
}

fn choices() -> impl Strategy<Value = Choice> {
    let actions = prop_oneof![
        texts().prop_map(Action::Name),
        "\\PC{0,80}".prop_map(|id| Action::Artist(ArtistId::from_stored(id))),
    ];
    (texts(), actions).prop_map(|(title, action)| Choice {
        title,
        payload: action.payload(&mut Conversation::default()),
        action,
    })
}

fn lines() -> impl Strategy<Value = ArtistLine> {
    (texts(), texts(), prop::option::of(addresses()), listens(), choices()).prop_map(
        |(name, words, image_url, listen, choice)| ArtistLine {
            id: ArtistId::from_stored("a"),
            name,
            image_url,
            listen,
            why: Vec::new(),
            words,
            choice,
        },
    )
}

fn song_lines() -> impl Strategy<Value = SongLine> {
    (texts(), texts(), texts(), prop::option::of(addresses()), listens(), choices()).prop_map(
        |(title, artists, words, image_url, listen, choice)| SongLine {
            id: TrackId::from_stored("t"),
            title,
            artists,
            image_url,
            listen,
            why: Vec::new(),
            words,
            choice,
        },
    )
}

fn bubbles() -> impl Strategy<Value = Bubble> {
    prop_oneof![
        "\\PC{0,5000}".prop_map(Bubble::Text),
        (texts(), texts(), prop::option::of(addresses()), listens(), texts()).prop_map(
            |(name, caption, image_url, listen, label)| Bubble::Artist(Box::new(ArtistCard {
                id: ArtistId::from_stored("a"),
                name,
                genres: Vec::new(),
                image_url,
                listen_label: listen.as_ref().map(|_| label),
                listen,
                sources: Vec::new(),
                caption,
            }))
        ),
        (texts(), prop::collection::vec(lines(), 0..30))
            .prop_map(|(heading, artists)| Bubble::Artists { heading, artists }),
        (texts(), prop::collection::vec(song_lines(), 0..30))
            .prop_map(|(heading, songs)| Bubble::Songs { heading, songs }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_reply_fits(
        bubbles in prop::collection::vec(bubbles(), 0..6),
        choices in prop::collection::vec(choices(), 0..30),
        korean in any::<bool>(),
    ) {
        let language = if korean { Language::Korean } else { Language::English };
        let reply = Reply { language, bubbles, choices };
        check_messenger(&reply.fit(&Limits::MESSENGER));
        check_telegram(&reply.fit(&Limits::TELEGRAM));
        for message in reply.fit(&Limits::TERMINAL) {
            let is_text = matches!(message, Message::Text { .. });
            prop_assert!(is_text);
        }
    }
}

#[tokio::test]
async fn nothing_that_is_said_is_cut_where_it_need_not_be() {
    let world = World::new();
    let mut person = world.person("1");
    let conversations = [
        "hi",
        "help",
        "privacy",
        "BTS",
        "similar",
        "songs",
        "nirvana",
        "blackpikn",
        "Dynamite BTS",
        "songs like hello",
        "BTS, aespa, IU, Adele",
        "😂",
        "",
        "delete my data",
        "한국어",
        "안녕",
        "도움말",
        "개인정보",
        "에스파",
        "비슷한 가수",
        "노래",
        "내 데이터 삭제",
    ];
    for typed in conversations {
        let reply = person.says(typed).await.reply;
        let (messenger, telegram) = (reply.fit(&Limits::MESSENGER), reply.fit(&Limits::TELEGRAM));
        check_messenger(&messenger);
        check_telegram(&telegram);
        assert!(!messenger.is_empty() && messenger.len() <= 10, "{typed}");
        for message in messenger.iter().chain(&telegram) {
            if let Message::Text { text, .. } = message {
                assert!(!text.as_str().ends_with('…'), "{typed}: {text}");
            }
        }
        // The way on is on the last message of both.
        for messages in [&messenger, &telegram] {
            let (Message::Text { choices, .. } | Message::Cards { choices, .. }) = messages.last().unwrap();
            let offered = reply.choices.iter().filter(|choice| choices.iter().any(|b| b.payload == choice.payload));
            assert_eq!(offered.count(), reply.choices.len(), "{typed}");
        }
    }
}

#[tokio::test]
async fn a_card_reads_well_on_each_platform() {
    let world = World::new();
    let reply = world.person("1").says("aespa").await.reply;
    let shown = |messages: Vec<Message>| {
        let show = |message: &Message| match message {
            Message::Text { text, .. } => text.as_str().lines().take(2).collect::<Vec<_>>().join(" / "),
            Message::Cards { cards, .. } => {
                let link = cards[0].link.as_ref().map_or("", |link| link.title.as_str());
                format!("[{}] {} | {} | {link}", cards.len(), cards[0].title, cards[0].subtitle)
            }
        };
        messages.iter().map(show).collect::<Vec<_>>()
    };
    let messenger = shown(reply.fit(&Limits::MESSENGER));
    assert_eq!(messenger[0], "[1] aespa | k-pop, girl group · From Spotify | Listen on Spotify");
    assert_eq!(messenger[1], "Hear next");
    assert!(messenger[2].starts_with("[5] BLACKPINK | shared genres: "), "{messenger:?}");
    assert!(messenger[3].starts_with("Top songs / 1. Next Level – aespa"), "{messenger:?}");
    let telegram = shown(reply.fit(&Limits::TELEGRAM));
    assert_eq!(telegram[0], "[1] aespa | k-pop, girl group\nFrom Spotify | Listen on Spotify");
    assert!(telegram[1].starts_with("Hear next / 1. BLACKPINK – shared genres: "), "{telegram:?}");
    assert_eq!(telegram.len(), 3);
}
