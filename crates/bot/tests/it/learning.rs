//! Names that nobody knows yet, and the rules for them.

use chrono::TimeDelta;
use futures_util::future::join_all;
use sixpotify_bot::learning::Rules;
use sixpotify_bot::testing::Weather;
use sixpotify_bot::{Content, Outcome, Turn};

use crate::person::{World, cards, text};

#[tokio::test]
async fn the_same_name_asked_by_a_hundred_costs_one_look_up() {
    let world = World::new();
    world.library.abroad().set(Weather::Slow);
    let people: Vec<_> = (0..100).map(|key| world.person(&key.to_string())).collect();
    let spellings = ["Zior Park", "zior park", "ZIOR  PARK"];
    let asking = people.into_iter().enumerate().map(|(at, mut person)| async move {
        let answer = person.says(spellings[at % 3]).await;
        (answer, person)
    });
    let answers = join_all(asking).await;
    assert_eq!(world.library.abroad().asked(), 1);
    for (answer, _) in &answers {
        assert_eq!(answer.outcome, Outcome::Later);
        assert!(text(answer).contains("I'm looking it up"), "{}", text(answer));
    }
    world.library.abroad().set(Weather::Fair);
    let again = answers.into_iter().map(|(answer, mut person)| async move {
        let later = answer.later.unwrap();
        person.turn(later.content, Turn::Again).await
    });
    for answer in join_all(again).await {
        assert_eq!((answer.outcome, cards(&answer)), (Outcome::Learned, vec!["Zior Park"]));
    }
    assert_eq!(world.library.abroad().asked(), 1);
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_not_asked_for_again_for_a_week() {
    let world = World::new();
    for day in 0..7 {
        let mut person = world.person(&day.to_string());
        assert_eq!(person.says("Xqzzt Flurbp").await.outcome, Outcome::NotFound);
        assert_eq!(world.library.abroad().asked(), 1, "day {day}");
        world.clock.pass(TimeDelta::days(1));
    }
    world.clock.pass(TimeDelta::seconds(1));
    world.person("x").says("xqzzt flurbp").await;
    assert_eq!(world.library.abroad().asked(), 2);
}

#[tokio::test]
async fn one_person_has_five_new_names_an_hour() {
    let world = World::new();
    let mut person = world.person("1");
    for at in 0..5 {
        assert_eq!(person.says(&format!("Nobody Number {at}{at}")).await.outcome, Outcome::NotFound);
        world.clock.pass(TimeDelta::minutes(1));
    }
    let answer = person.says("Zior Park").await;
    assert_eq!(answer.outcome, Outcome::Allowance);
    assert!(text(&answer).contains("in 55 min"), "{}", text(&answer));
    assert_eq!(world.library.abroad().asked(), 5);
    assert_eq!(person.says("aespa").await.outcome, Outcome::RightAway, "what is known works");
    assert_eq!(world.person("2").says("Zior Park").await.outcome, Outcome::Learned, "others are not kept from it");
    world.clock.pass(TimeDelta::minutes(56));
    assert_eq!(person.says("Silica Gel").await.outcome, Outcome::Learned);
}

#[tokio::test]
async fn one_who_asked_enough_does_not_keep_others_out() {
    let world = World::with(Rules { per_person: 0, ..Rules::default() });
    let answer = world.person("1").says("Zior Park").await;
    assert_eq!(answer.outcome, Outcome::Allowance);
    assert_eq!(world.library.abroad().asked(), 0);
}

#[tokio::test]
async fn the_chat_uses_a_fifth_of_the_day() {
    // A look-up costs two requests; a fifth of twenty is four.
    let world = World::with(Rules::for_budget(Some(20)));
    for (key, name) in ["Nobody At All", "Nobody Whosoever"].iter().enumerate() {
        assert_eq!(world.person(&key.to_string()).says(name).await.outcome, Outcome::NotFound);
    }
    let answer = world.person("x").says("Zior Park").await;
    assert_eq!(answer.outcome, Outcome::Allowance);
    assert!(text(&answer).contains("as many new names today"));
    world.clock.pass(TimeDelta::hours(24));
    assert_eq!(world.person("x").says("Zior Park").await.outcome, Outcome::Learned);
}

#[tokio::test]
async fn a_slow_look_up_is_said_once_and_answered_when_it_comes() {
    let world = World::new();
    world.library.abroad().set(Weather::Slow);
    let mut person = world.person("1");
    let answer = person.says("Adele, Zior Park, Silica Gel").await;
    assert_eq!(cards(&answer), ["Adele"], "what is known comes at once");
    let later = answer.later.unwrap();
    assert_eq!(later.content, Content::Text("Zior Park\nSilica Gel".into()), "and only the rest later");

    let silent = person.turn(later.content, Turn::Again).await;
    assert!(silent.reply.bubbles.is_empty() && silent.reply.choices.is_empty(), "{silent:?}");
    world.library.abroad().set(Weather::Fair);
    tokio::task::yield_now().await;
    let answer = person.turn(silent.later.unwrap().content, Turn::Again).await;
    assert_eq!((answer.outcome, cards(&answer)), (Outcome::Learned, vec!["Zior Park", "Silica Gel"]));
    assert_eq!(answer.later, None);
}

#[tokio::test]
async fn what_never_comes_is_said_at_the_end() {
    let world = World::new();
    world.library.abroad().set(Weather::Slow);
    let mut person = world.person("1");
    let later = person.says("Zior Park").await.later.unwrap();
    let answer = person.turn(later.content, Turn::Last).await;
    assert!(text(&answer).contains("didn't answer"), "{}", text(&answer));
    assert_eq!(answer.later, None);
}

#[tokio::test]
async fn sources_that_are_back_soon_are_waited_for() {
    let world = World::new();
    let until = world.clock.now() + TimeDelta::minutes(10);
    world.library.abroad().set(Weather::Blocked(until));
    let mut person = world.person("1");
    let answer = person.says("Zior Park").await;
    assert!(text(&answer).ends_with("for the next 10 min. I'll tell you when I know."), "{}", text(&answer));
    let later = answer.later.unwrap();
    assert_eq!(later.not_before, until);
    world.library.abroad().set(Weather::Fair);
    world.clock.pass(TimeDelta::minutes(10));
    let answer = person.turn(later.content, Turn::Again).await;
    assert_eq!(answer.outcome, Outcome::Learned);
}

#[tokio::test]
async fn a_look_up_that_fails_is_an_error_once_and_tried_again_later() {
    let world = World::new();
    world.library.abroad().set(Weather::Stormy);
    let incoming = sixpotify_bot::Incoming::text(sixpotify_bot::Channel::Web, "1", "Zior Park");
    world.bot.answer(&incoming, sixpotify_bot::Conversation::default(), world.clock.now()).await.unwrap_err();
    world.library.abroad().set(Weather::Fair);
    let mut person = world.person("1");
    assert_eq!(person.says("Zior Park").await.outcome, Outcome::Blocked, "not at once");
    world.clock.pass(TimeDelta::minutes(1));
    assert_eq!(person.says("Zior Park").await.outcome, Outcome::Learned);
}

#[tokio::test]
async fn a_link_is_learned_too() {
    let world = World::new();
    let mut person = world.person("1");
    let answer = person.says("https://musicbrainz.org/artist/8f6bd1e4-fbe1-4f50-aa9b-94c450ec0f11").await;
    assert_eq!((answer.outcome, cards(&answer)), (Outcome::Learned, vec!["Portishead"]));
    let answer = person.says("https://open.spotify.com/track/0000000000000000000000").await;
    assert_eq!(answer.outcome, Outcome::NotFound);
    assert!(text(&answer).contains("what that link leads to"));
    assert_eq!(world.library.abroad().asked(), 2);
}
