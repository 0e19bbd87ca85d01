//! Conversations of several messages.

use sixpotify_bot::{Answer, Bubble, Channel, Content, Conversation, Incoming, Keep, Language, Outcome};

use crate::person::{World, artists, buttons, cards, songs, text};

/// Ids of the artists in the lists.
fn ids(answer: &Answer) -> Vec<&str> {
    fn list(bubble: &Bubble) -> Vec<&str> {
        let Bubble::Artists { artists, .. } = bubble else { return Vec::new() };
        artists.iter().map(|line| line.id.as_str()).collect()
    }
    answer.reply.bubbles.iter().flat_map(list).collect()
}

#[tokio::test]
async fn similar_songs_more_and_back_lead_on_by_button_and_by_word() {
    let mut person = World::new().person("1");
    let first = person.says("BTS").await;
    let shown: Vec<String> = artists(&first)[0].1.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(shown.len(), 5);

    let list = person.presses("Similar artists").await;
    let (heading, lines) = &artists(&list)[0];
    assert_eq!((*heading, lines.len()), ("Similar to BTS", 10));
    assert_eq!(lines[..5].iter().map(|(name, _)| *name).collect::<Vec<_>>(), shown);
    assert_eq!(buttons(&list), ["More", "Songs", "← BTS"]);

    let more = person.says("more").await;
    // By id: two artists may have one name.
    let (before, next) = (ids(&list), ids(&more));
    assert!(!next.is_empty() && next.iter().all(|id| !before.contains(id)));
    assert_eq!(text(&person.says("more").await), "That's all I have.");

    let list = person.says("songs").await;
    assert_eq!(songs(&list)[0].0, "Songs of BTS");
    assert_eq!(songs(&list)[0].1.len(), 6);

    let back = person.says("back").await;
    assert_eq!(cards(&back), ["BTS"], "from the list to the artist");

    let neighbour = shown[0].clone();
    let card = person.presses(&neighbour).await;
    assert_eq!(cards(&card), [neighbour.as_str()]);
    assert_eq!(cards(&person.presses("Back").await), ["BTS"], "from the artist to the one before");
    assert_eq!(text(&person.says("back").await).lines().next(), Some("There's nothing to go back to."));
}

#[tokio::test]
async fn a_song_leads_on() {
    let mut person = World::new().person("1");
    let first = person.says("blinding lights").await;
    assert_eq!(songs(&first)[1].0, "Songs like Blinding Lights – The Weeknd");
    let more = person.says("더").await;
    let (before, after) = (&songs(&first)[1].1, &songs(&more)[0].1);
    assert!(after.iter().all(|title| !before.contains(title)));
    let other = person.presses(after[0]).await;
    assert_eq!(songs(&other)[0].1, [after[0]]);
}

#[tokio::test]
async fn words_without_an_artist_ask_for_one() {
    let mut person = World::new().person("1");
    for typed in ["more", "songs", "similar", "추천해줘"] {
        let answer = person.says(typed).await;
        assert!(!buttons(&answer).is_empty(), "{typed}");
        assert!(cards(&answer).is_empty(), "{typed}");
    }
}

#[tokio::test]
async fn a_question_waits_for_one_message() {
    let mut person = World::new().person("1");
    person.says("nirvana").await;
    assert_eq!(cards(&person.says("yes").await), ["Nirvana"]);
    person.says("nirvana").await;
    person.says("help").await;
    let answer = person.says("2").await;
    assert!(text(&answer).contains("no list to choose from"), "a number by itself means nothing again: {answer:?}");
    assert_eq!(person.says("112").await.outcome, Outcome::NotFound, "or a name");
}

#[tokio::test]
async fn a_question_about_a_list_leads_to_the_list() {
    let mut person = World::new().person("1");
    person.says("songs by nirvana").await;
    let answer = person.says("1번").await;
    assert_eq!(songs(&answer)[0], ("Nirvana의 노래", vec!["Lithium", "Come as You Are"]));
}

#[tokio::test]
async fn the_language_follows_the_message_until_one_is_chosen() {
    let mut person = World::new().person("1");
    person.locale = Some("ko_KR".into());
    assert_eq!(person.says("BTS").await.reply.language, Language::Korean, "the platform's");
    assert_eq!(person.says("thanks").await.reply.language, Language::English, "the message's");
    assert_eq!(person.says("IU").await.reply.language, Language::English, "the conversation's");
    assert_eq!(person.says("에스파").await.reply.language, Language::Korean, "the message's");

    let answer = person.says("English please").await;
    assert_eq!(text(&answer), "All right, English from now on.");
    assert_eq!(person.says("에스파").await.reply.language, Language::English, "the chosen one");
    assert_eq!(person.says("안녕").await.reply.language, Language::English);
    let answer = person.says("한국어").await;
    assert_eq!(text(&answer), "네, 이제부터 한국어로 말할게요.");
    assert_eq!(person.says("hi").await.reply.language, Language::Korean);
    let answer = person.presses("English").await;
    assert_eq!(answer.reply.language, Language::English);
}

#[tokio::test]
async fn what_is_kept_is_said_and_deleted_on_demand() {
    let mut person = World::new().person("1");
    person.says("에스파").await;
    assert!(person.pending.is_some());
    let answer = person.says("privacy").await;
    assert!(text(&answer).contains("7"), "{}", text(&answer));
    let answer = person.says("delete my data").await;
    assert!(matches!(answer.keep, Keep::Conversation(_)), "not without asking");
    let answer = person.says("no").await;
    assert_eq!(text(&answer), "All right, nothing was changed.");
    person.says("내 데이터 삭제").await;
    let answer = person.says("네").await;
    assert_eq!(answer.keep, Keep::Nothing);
    assert_eq!(text(&answer), "보관하던 것을 모두 지웠어요.");
    assert_eq!((person.language, person.pending), (None, None));
}

#[tokio::test]
async fn what_is_kept_stays_small() {
    let mut person = World::new().person("1");
    for _ in 0..3 {
        for typed in
            ["BTS", "similar", "more", "songs", "nirvana", "에스파", "Dynamite BTS", "BTS, IU, Adele", "blackpikn"]
        {
            person.says(typed).await;
            assert!(person.pending.as_ref().is_none_or(|json| json.len() < 1500), "{:?}", person.pending);
        }
    }
    let pending = person.pending.unwrap();
    assert!(!pending.contains("Dynamite BTS"), "the text of a message is not kept: {pending}");
}

#[tokio::test]
async fn an_artist_that_went_is_said_to_be_gone() {
    let world = World::new();
    let mut person = world.person("1");
    person.says("Adele").await;
    world.library.remove("Adele");
    let answer = person.says("songs").await;
    assert!(text(&answer).contains("isn't in my catalogue"), "{answer:?}");
}

#[tokio::test]
async fn a_library_that_fails_is_an_error_and_there_are_words_for_it() {
    let world = World::new();
    world.library.set_broken(true);
    let mut incoming = Incoming::text(Channel::Web, "1", "BTS");
    incoming.locale = Some("ko".into());
    let now = world.clock.now();
    world.bot.answer(&incoming, Conversation::default(), now).await.unwrap_err();
    let reply = world.bot.sorry(&incoming, &Conversation::default());
    assert_eq!(reply.bubbles, [Bubble::Text("제 쪽에 문제가 생겼어요. 잠시 뒤에 다시 보내 주세요.".into())]);
}

#[tokio::test]
async fn nothing_that_people_write_shows_in_debug_output() {
    let incoming = Incoming::text(Channel::Web, "secret-user", "secret text");
    assert!(!format!("{incoming:?}").contains("secret"));
    let chosen = Incoming::new(Channel::Web, "secret-user", Content::Chosen("secret".into()));
    assert!(!format!("{chosen:?}").contains("secret"));
}
