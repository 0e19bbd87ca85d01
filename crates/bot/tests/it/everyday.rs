//! What people really send, as the original's failure list has it: all of it is answered, and rightly.

use sixpotify_bot::testing::Weather;
use sixpotify_bot::{Attachment, Content, Language, Outcome};

use crate::person::{World, artists, buttons, cards, songs, text};

/// `text` shows a card of `name`, with who to hear next.
async fn shows(text: &str, name: &str) {
    let mut person = World::new().person("1");
    let answer = person.says(text).await;
    assert_eq!(cards(&answer), [name], "{text}");
    assert_eq!(answer.outcome, Outcome::RightAway, "{text}");
    let lists = artists(&answer);
    assert_eq!(lists.len(), 1, "{text}");
    assert!(lists[0].1.iter().all(|(_, why)| !why.is_empty()), "every neighbour has a reason: {lists:?}");
    assert!(lists[0].1.iter().all(|(other, _)| *other != name), "{text}");
    assert!(!songs(&answer).is_empty(), "{text}");
}

#[tokio::test]
async fn an_artist_is_found_however_it_is_typed() {
    for (typed, name) in [
        ("BTS", "BTS"),
        ("bts", "BTS"),
        ("shinee", "SHINee"),
        ("에스파", "aespa"),
        ("방탄소년단", "BTS"),
        ("aespa ", "aespa"),
        ("  IU\n", "IU"),
        ("Beyonce", "Beyoncé"),
        ("guns n roses", "Guns N' Roses"),
        ("Guns N’ Roses", "Guns N' Roses"),
        ("acdc", "AC/DC"),
        ("Earth, Wind & Fire", "Earth, Wind & Fire"),
        ("simon and garfunkel", "Simon & Garfunkel"),
        ("Tyler, The Creator", "Tyler, The Creator"),
        ("!!!", "!!!"),
        ("who is Radiohead?", "Radiohead"),
        ("샤이니 알려줘", "SHINee"),
        ("샤이니 ㅠㅠ", "SHINee"),
        ("샤이니ㅋㅋㅋ", "SHINee"),
        ("when is Radiohead's next concert", "Radiohead"),
        ("give me the link to radiohead", "Radiohead"),
        ("샤이니 콘서트 언제야", "SHINee"),
        ("https://open.spotify.com/intl-ko/artist/3Nrfpe0tUJi4K4DXYWgMUX?si=x", "BTS"),
        ("look: https://musicbrainz.org/artist/5b11f4ce-a62d-471e-81fc-a69a8278c7da", "Nirvana"),
    ] {
        shows(typed, name).await;
    }
}

#[tokio::test]
async fn a_typo_is_understood_and_said() {
    let mut person = World::new().person("1");
    let answer = person.says("blackpikn").await;
    assert_eq!(cards(&answer), ["BLACKPINK"]);
    assert_eq!(text(&answer), "I took “blackpikn” to mean “BLACKPINK”.");
    assert!(buttons(&answer).contains(&"No: blackpikn"));
    let answer = person.says("no").await;
    assert_eq!(answer.outcome, Outcome::NotFound, "it was looked for, and nobody knows it");
    assert_eq!(text(&answer), "I couldn't find “blackpikn” anywhere. Is it spelt right? A link works, too.");
}

#[tokio::test]
async fn two_of_one_name_are_a_question() {
    let mut person = World::new().person("1");
    let answer = person.says("nirvana").await;
    assert_eq!(answer.outcome, Outcome::DidYouMean);
    let hints: Vec<&str> = artists(&answer)[0].1.iter().map(|(_, hint)| *hint).collect();
    assert_eq!(hints, ["grunge, alternative rock", "psychedelic pop"]);
    let answer = person.says("2").await;
    assert_eq!(cards(&answer), ["Nirvana"]);
    assert_eq!(songs(&answer)[0].1, ["Rainbow Chaser"]);
}

#[tokio::test]
async fn sql_and_markup_in_a_name_are_a_name() {
    let world = World::new();
    let before = world.library.artists();
    let mut person = world.person("1");
    for typed in ["Robert'); DROP TABLE artists;--", "\" OR 1=1 --", "artist:\"x\" AND *:*", "%_'"] {
        let answer = person.says(typed).await;
        assert!(matches!(answer.outcome, Outcome::NotFound | Outcome::NotUnderstood), "{typed}: {answer:?}");
    }
    assert_eq!(world.library.artists(), before);
    let answer = person.says("<script>alert(1)</script>").await;
    assert_eq!(cards(&answer), ["<script>alert(1)</script>"]);
}

#[tokio::test]
async fn an_artist_without_a_picture_is_shown() {
    let mut person = World::new().person("1");
    let answer = person.says("chk chk chk").await;
    assert_eq!(cards(&answer), ["!!!"]);
}

#[tokio::test]
async fn an_unknown_artist_is_learned_in_the_same_answer() {
    let world = World::new();
    let mut person = world.person("1");
    let answer = person.says("Zior Park").await;
    assert_eq!((answer.outcome, cards(&answer)), (Outcome::Learned, vec!["Zior Park"]));
    assert!(!artists(&answer).is_empty(), "it is related already");
    let answer = person.says("지올팍").await;
    assert_eq!(answer.outcome, Outcome::RightAway);
    assert_eq!(world.library.abroad().asked(), 1);
}

#[tokio::test]
async fn a_song_brings_songs_like_it() {
    for typed in [
        "Dynamite BTS",
        "bts dynamite",
        "Dynamite by BTS",
        "BTS - Dynamite",
        "songs like Dynamite",
        "Dynamite 같은 노래",
        "방탄소년단의 Dynamite",
        "dynamite",
        "who is the singer of Dynamite?",
        "lyrics of dynamite",
        "whats that song called dynamite",
        "dynamite 누가 불렀어?",
        "dynamite 누구 노래야",
    ] {
        let mut person = World::new().person("1");
        let answer = person.says(typed).await;
        let lists = songs(&answer);
        assert_eq!(lists.len(), 2, "{typed}: {answer:?}");
        assert_eq!(lists[0].1, ["Dynamite"], "{typed}");
        assert!(lists[1].1.len() > 3 && !lists[1].1.contains(&"Dynamite"), "{typed}: {lists:?}");
        assert_eq!(answer.outcome, Outcome::RightAway, "{typed}");
    }
}

#[tokio::test]
async fn a_title_that_several_have_is_a_question_and_an_artist_decides() {
    let mut person = World::new().person("1");
    // The greeting is not the title.
    assert_eq!(person.says("hello").await.outcome, Outcome::SmallTalk);
    let answer = person.says("songs like hello").await;
    assert_eq!(answer.outcome, Outcome::DidYouMean);
    assert!(buttons(&answer).contains(&"Adele") && buttons(&answer).contains(&"The Weeknd"));
    let answer = person.presses("Adele").await;
    assert_eq!(songs(&answer)[0].1, ["Hello"]);
    let answer = person.says("hello adele").await;
    assert_eq!(songs(&answer)[0].1, ["Hello"]);
    assert!(buttons(&answer).contains(&"Adele"));
}

#[tokio::test]
async fn several_names_are_each_answered_three_at_most() {
    for (typed, expected) in [
        ("BTS, aespa, IU", &["BTS", "aespa", "IU"][..]),
        ("BTS\naespa", &["BTS", "aespa"]),
        ("BTS and Radiohead", &["BTS", "Radiohead"]),
        ("i like BTS and Radiohead", &["BTS", "Radiohead"]),
        ("방탄소년단 그리고 아이유", &["BTS", "IU"]),
        ("Adele, Zior Park", &["Adele", "Zior Park"]),
        ("Silica Gel, Zior Park", &["Silica Gel", "Zior Park"]),
        ("BTS, aespa, IU, Adele, Coldplay", &["BTS", "aespa", "IU"]),
        ("BTS, aespa and IU", &["BTS", "aespa", "IU"]),
    ] {
        let mut person = World::new().person("1");
        let answer = person.says(typed).await;
        assert_eq!(cards(&answer), expected, "{typed}");
        assert_eq!(text(&answer).contains("three at a time"), typed.matches(',').count() > 3, "{typed}");
    }
}

#[tokio::test]
async fn what_is_no_name_gets_a_friendly_answer() {
    let mut person = World::new().person("1");
    for (typed, outcome, part) in [
        ("😂", Outcome::NotUnderstood, "can't hear what it says"),
        ("", Outcome::NotUnderstood, "nothing in that message"),
        ("   ", Outcome::NotUnderstood, "nothing in that message"),
        ("hi", Outcome::SmallTalk, "Send me an artist"),
        ("help", Outcome::SmallTalk, "what you can send"),
        ("thanks!", Outcome::SmallTalk, "You're welcome"),
        ("/start", Outcome::SmallTalk, "Send me an artist"),
        ("https://youtu.be/gdZLi9oWNZg", Outcome::NotUnderstood, "links to artists and songs"),
    ] {
        let answer = person.says(typed).await;
        assert_eq!(answer.outcome, outcome, "{typed}");
        assert!(text(&answer).contains(part), "{typed}: {}", text(&answer));
        assert!(!buttons(&answer).is_empty() || typed.is_empty(), "{typed}: there is a way on");
    }
    let paste = "It was the best of times, it was the worst of times. ".repeat(57);
    assert!(paste.len() > 3000);
    let answer = person.says(&paste).await;
    assert_eq!(answer.outcome, Outcome::NotUnderstood);
    assert!(text(&answer).contains("a lot of text"));
    assert_eq!(person.world.library.abroad().asked(), 0, "nobody was asked for any of it");
}

#[tokio::test]
async fn attachments_are_answered() {
    let mut person = World::new().person("1");
    for kind in [
        Attachment::Sticker,
        Attachment::Voice,
        Attachment::Picture,
        Attachment::Video,
        Attachment::Location,
        Attachment::Other,
    ] {
        let answer = person.does(Content::Attachment(kind)).await;
        assert!(!text(&answer).is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn the_beginning_offers_artists_of_the_catalogue() {
    let mut person = World::new().person("1");
    let answer = person.does(Content::Start).await;
    assert!(buttons(&answer).starts_with(&["The Weeknd", "BTS"]), "{:?}", buttons(&answer));
    assert_eq!(cards(&person.presses("BTS").await), ["BTS"]);
}

#[tokio::test]
async fn buttons_of_others_and_old_ones_are_answered() {
    let mut person = World::new().person("1");
    let answer = person.does(Content::Chosen("DEVELOPER_DEFINED_PAYLOAD".into())).await;
    assert!(text(&answer).contains("what you can send"));
    let answer = person.does(Content::Chosen("a~#0123456789abcdef".into())).await;
    assert!(text(&answer).contains("don't know any more"));
    let answer = person.does(Content::Chosen("a~s0000000000000000000000".into())).await;
    assert!(text(&answer).contains("isn't in my catalogue"));
}

#[tokio::test]
async fn sources_that_are_blocked_are_said_to_be() {
    let world = World::new();
    let until = world.clock.now() + chrono::TimeDelta::hours(5);
    world.library.abroad().set(Weather::Blocked(until));
    let mut person = world.person("1");
    let answer = person.says("Zior Park").await;
    assert_eq!(answer.outcome, Outcome::Blocked);
    assert!(text(&answer).contains("for the next 5 h"), "{}", text(&answer));
    assert_eq!(answer.later, None, "nobody waits for hours");
    shows("aespa", "aespa").await;
}

#[tokio::test]
async fn korean_is_answered_in_korean() {
    let mut person = World::new().person("1");
    let answer = person.says("에스파").await;
    assert_eq!(answer.reply.language, Language::Korean);
    assert_eq!(artists(&answer)[0].0, "이어서 듣기");
    assert!(artists(&answer)[0].1[0].1.contains("같은 장르"), "{answer:?}");
    assert_eq!(buttons(&answer)[..2], ["비슷한 가수", "노래"]);
    let answer = person.says("그런 가수는 없을걸").await;
    assert_eq!(text(&answer), "“그런 가수는 없을걸”을 어디에서도 찾지 못했어요. 철자가 맞나요? 링크를 보내도 돼요.");
}

#[tokio::test]
async fn people_talk_as_people_do() {
    for (typed, part) in [
        ("how are you?", "head is full of music"),
        ("who are you", "a bot that knows music"),
        ("너 누구야?", "음악을 아는 봇"),
        ("lol", "Glad to hear that"),
        ("ㅋㅋㅋㅋㅋ", "다음은 누구를"),
        ("you suck", "Sorry"),
        ("바보야", "죄송해요"),
        ("hiiii", "Send me an artist"),
        ("ㅎㅇ", "안녕하세요"),
        ("i'm bored", "Name somebody you like"),
        ("추천해줘", "좋아하는 가수를 알려 주세요"),
        ("what languages do you speak", "English and Korean"),
        ("sad songs", "can't choose by “sad” alone"),
        ("can you recommend some jazz?", "can't choose by “jazz” alone"),
        ("신나는 노래 추천해줘", "“신나는”만으로는"),
        ("ㅠㅠ", "속상하시겠어요"),
        (":(", "Sometimes music helps"),
        ("^^", "can't hear what it says"),
        ("???", "what you can send"),
        ("the second one", "no list to choose from"),
        ("yes", "Who's next"),
        ("no", "Who would you like to hear instead"),
        ("not that one", "Not that one, then"),
        ("stop", "Bye"),
        ("yo whats good", "head is full of music"),
        ("thank you so much, that helped", "You're welcome"),
        ("lol that's funny", "Glad to hear that"),
        ("i broke up with my girlfriend today", "Sometimes music helps"),
        ("나 오늘 우울해 ㅠㅠ", "속상하시겠어요"),
        ("i want something happy", "can't choose by “something happy” alone"),
        ("music for the gym", "can't choose by “music for the gym” alone"),
        ("i don't know what to listen to", "Name somebody you like"),
        ("오늘 뭐 듣지?", "좋아하는 가수를 알려 주세요"),
        ("비 오는 날 듣기 좋은 노래", "만으로는"),
        ("드라이브할 때 들을 노래 추천", "만으로는"),
        ("요즘 인기 있는 가수", "좋아하는 가수를"),
        ("speak french", "English and Korean"),
        ("일본어 할 줄 알아?", "한국어와 영어"),
        ("bonjour", "Send me an artist"),
        ("can you play music", "what you can send"),
        ("is it free?", "what you can send"),
        ("여기서 들을 수 있어?", "이렇게 보내"),
        ("사람이랑 얘기하고 싶어", "이렇게 보내"),
        ("너 사람이야?", "음악을 아는 봇"),
        ("this is stupid", "Sorry"),
        ("see you tomorrow", "Bye"),
        ("내일 봐", "안녕히 가세요"),
        ("음...", "이렇게 보내"),
        ("응", "다음은 누구를"),
    ] {
        let world = World::new();
        let mut person = world.person("1");
        let answer = person.says(typed).await;
        assert!(text(&answer).contains(part), "{typed}: {}", text(&answer));
        assert!(!buttons(&answer).is_empty(), "{typed}: there is a way on");
        assert_eq!(world.library.abroad().asked(), 0, "{typed}: nobody was asked for it");
    }
}

#[tokio::test]
async fn a_genre_of_the_catalogue_is_answered_with_its_artists() {
    for (typed, heading, first) in [
        ("k-pop", "Well known for k-pop", "BTS"),
        ("kpop", "Well known for k-pop", "BTS"),
        ("can you recommend some K-Pop?", "Well known for k-pop", "BTS"),
        ("sad r&b songs", "Well known for r&b", "The Weeknd"),
        ("rnb please", "Well known for r&b", "The Weeknd"),
        ("Hard-Rock", "Well known for hard rock", "AC/DC"),
        ("songs like trip hop", "Well known for trip hop", "Portishead"),
        ("힙합 추천해줘", "hip hop: 잘 알려진 가수", "Tyler, The Creator"),
        ("신나는 케이팝 노래 추천해줘", "k-pop: 잘 알려진 가수", "BTS"),
    ] {
        let world = World::new();
        let mut person = world.person("1");
        if first == "Portishead" {
            // Learned, and its genre with it.
            person.says("Portishead").await;
        }
        let asked = world.library.abroad().asked();
        let answer = person.says(typed).await;
        let lists = artists(&answer);
        assert_eq!((lists[0].0, lists[0].1[0].0), (heading, first), "{typed}: {answer:?}");
        assert_eq!(answer.outcome, Outcome::RightAway, "{typed}");
        assert_eq!(world.library.abroad().asked(), asked, "{typed}: nobody was asked for it");
        // A number means the list.
        assert_eq!(cards(&person.says("1").await), [first], "{typed}");
    }
}

#[tokio::test]
async fn sentences_around_a_name_say_what_is_wanted() {
    for (typed, heading) in [
        ("who's similar to iu?", "Similar to IU"),
        ("hey, can you recommend some bands like radiohead pls", "Similar to Radiohead"),
        ("ok what should i listen to if i like adele?", "Similar to Adele"),
        ("i love coldplay", "Similar to Coldplay"),
        ("아이유 같은 가수 추천해줘", "IU와 비슷한 가수"),
        ("아이유같은 가수", "IU와 비슷한 가수"),
        ("혹시 에스파랑 비슷한 그룹 있나요?", "aespa와 비슷한 가수"),
        ("블랙핑크 말고 다른 가수", "BLACKPINK와 비슷한 가수"),
        ("나 방탄소년단 좋아하는데", "BTS와 비슷한 가수"),
    ] {
        let answer = World::new().person("1").says(typed).await;
        assert_eq!(artists(&answer).first().map(|list| list.0), Some(heading), "{typed}: {answer:?}");
    }
    for (typed, heading) in [
        ("best of adele", "Songs of Adele"),
        ("play some bts", "Songs of BTS"),
        ("what are aespa's best songs?", "Songs of aespa"),
        ("방탄소년단 노래 틀어줘", "BTS의 노래"),
        ("그럼 아이유 대표곡 알려줘", "IU의 노래"),
    ] {
        let answer = World::new().person("1").says(typed).await;
        assert_eq!(songs(&answer).first().map(|list| list.0), Some(heading), "{typed}: {answer:?}");
    }
    for typed in
        ["do you know radiohead?", "what kind of music does radiohead make?", "라디오헤드 알아?", "play radiohead"]
    {
        let answer = World::new().person("1").says(typed).await;
        assert_eq!(cards(&answer), ["Radiohead"], "{typed}");
    }
}

#[tokio::test]
async fn a_wish_that_cannot_be_met_is_said_to_be_one() {
    let mut person = World::new().person("1");
    let answer = person.says("something like radiohead but calmer").await;
    assert_eq!(text(&answer), "I can't weigh “but calmer” yet; these come nearest.");
    assert_eq!(artists(&answer)[0].0, "Similar to Radiohead");
    let answer = person.says("adele but sadder").await;
    assert_eq!(artists(&answer)[0].0, "Similar to Adele");
    let answer = person.says("songs of them").await;
    assert_eq!(songs(&answer)[0].0, "Songs of Adele");
    let answer = person.says("아이유 같은데 더 신나는 노래").await;
    assert!(text(&answer).contains("“더 신나는 노래”까지는"), "{}", text(&answer));
    assert_eq!(artists(&answer)[0].0, "IU와 비슷한 가수");
}

#[tokio::test]
async fn a_title_with_a_slip_is_understood_and_said() {
    for typed in ["Dynamte BTS", "bts dynmite", "Dynamte by BTS"] {
        let mut person = World::new().person("1");
        let answer = person.says(typed).await;
        assert_eq!(text(&answer), format!("I took “{typed}” to mean “Dynamite” by BTS."));
        assert_eq!(songs(&answer)[0].1, ["Dynamite"]);
        assert_eq!(person.says("no").await.outcome, Outcome::NotFound, "{typed}: it was looked for");
    }
    for typed in ["songs like Blinding Ligths", "Blinding Ligths", "play blindng lights"] {
        let answer = World::new().person("1").says(typed).await;
        assert!(text(&answer).contains("to mean “Blinding Lights” by The Weeknd"), "{typed}: {}", text(&answer));
    }
    let world = World::new();
    let answer = world.person("1").says("Zior Park").await;
    assert_eq!(cards(&answer), ["Zior Park"], "whom a source knows is no title with a slip");
}

#[tokio::test]
async fn numbers_mean_the_list_that_is_seen() {
    let mut person = World::new().person("1");
    let answer = person.says("BTS").await;
    let second = artists(&answer)[0].1[1].0.to_owned();
    let answer = person.says("2").await;
    assert_eq!(cards(&answer), [second.as_str()]);
    assert_eq!(cards(&person.says("back").await), ["BTS"]);
    let answer = person.says("songs").await;
    let first = songs(&answer)[0].1[0].to_owned();
    assert_eq!(songs(&person.says("the first one").await)[0].1, [first.as_str()]);
    // More than there are entries is a name.
    assert_eq!(person.says("311").await.outcome, Outcome::NotFound);
}

#[tokio::test]
async fn not_that_one_is_the_other_one() {
    let world = World::new();
    let mut person = world.person("1");
    person.says("blackpikn").await;
    assert_eq!(person.says("no, the other one").await.outcome, Outcome::NotFound, "it was looked for");
    assert_eq!(world.library.abroad().asked(), 1);
    person.says("nirvana").await;
    let again = person.says("not that one").await;
    assert_eq!((again.outcome, buttons(&again).len()), (Outcome::DidYouMean, 3), "it is asked again");
    assert_eq!(cards(&person.says("2").await), ["Nirvana"]);
    let more = person.says("another").await;
    assert!(artists(&more)[0].0.starts_with("Similar to"), "{more:?}");
    assert_eq!(cards(&person.says("again").await), ["Nirvana"]);
}
