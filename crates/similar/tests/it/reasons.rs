//! Reasons: which are given, their codes, and their words.

use proptest::prelude::*;
use sixpotify_similar::{Feature, Item, Method, Reason, Space, Trait, UnknownReason, decode, encode, words};

use crate::{OF_CONTENT, item};

fn genre(name: &str) -> Reason {
    Reason::SharedGenre(name.to_owned())
}

fn why(items: &[Item], method: Method) -> Vec<Reason> {
    Space::build(items, method).neighbours(0, 1).unwrap().swap_remove(0).why
}

#[test]
fn codes_are_compact_and_stable() {
    let mut reasons = vec![genre("indie pop"), Reason::CloseSound, Reason::NearestSound];
    reasons.extend(Trait::ALL.map(Reason::Both));
    assert_eq!(
        encode(&reasons),
        "g:indie pop|s:close|s:near|a:acoustic|a:calm|a:danceable|a:energetic|a:fast|a:happy|a:instrumental|a:live|a:sad|\
         a:slow|a:spoken"
    );
    assert_eq!(decode(&encode(&reasons)).collect::<Result<Vec<_>, _>>(), Ok(reasons));
    assert_eq!(encode(&[]), "");
    assert_eq!(decode("").count(), 0);
}

#[test]
fn awkward_genre_names_are_escaped() {
    for (name, code) in [
        ("a|b", "g:a%7Cb"),
        ("100% hits", "g:100%25 hits"),
        ("line\nend\u{85}", "g:line%0Aend%C2%85"),
        ("r&b/soul", "g:r&b%2Fsoul"),
        ("g:x", "g:g:x"),
        ("", "g:"),
        ("방탄 케이팝", "g:방탄 케이팝"),
    ] {
        assert_eq!(encode(&[genre(name)]), code);
        assert_eq!(decode(code).collect::<Vec<_>>(), [Ok(genre(name))]);
    }
}

#[test]
fn unknown_codes_are_told_apart_and_leave_the_others_readable() {
    let codes =
        ["x:new", "a:purple", "s:far", "g", "", "g:%", "g:%7", "g:%zz", "g:%+1", "g:%C2", "g:%é", "A:calm", "a:"];
    for code in codes {
        assert_eq!(code.parse::<Reason>(), Err(UnknownReason(code.to_owned())));
    }
    let known: Vec<Reason> = decode("g:pop|x:new||a:calm").flatten().collect();
    assert_eq!(known, [genre("pop"), Reason::Both(Trait::Calm)]);
    assert_eq!(UnknownReason("x:new".to_owned()).to_string(), "unknown reason code `x:new`");
}

#[test]
fn words_read_as_one_phrase() {
    let both = Reason::Both;
    assert_eq!(words(&[]), "");
    assert_eq!(words(&[genre("k-pop")]), "shared genre: k-pop");
    assert_eq!(words(&[both(Trait::Live)]), "both recorded live");
    assert_eq!(
        words(&[genre("k-pop"), genre("dance pop"), both(Trait::Energetic), both(Trait::Danceable)]),
        "shared genres: k-pop, dance pop; both energetic and danceable"
    );
    assert_eq!(
        words(&[both(Trait::Sad), both(Trait::Slow), both(Trait::Acoustic), Reason::CloseSound]),
        "both sad, slow and acoustic; very similar sound"
    );
    assert_eq!(words(&[Reason::NearestSound]), "nearest by overall sound");
}

#[test]
fn shared_genres_are_named_rarest_first_and_at_most_three() {
    let items = [
        item(&[], &["pop", "k-pop", "girl group", "dance", "only mine"]),
        item(&[], &["dance", "pop", "girl group", "k-pop"]),
        item(&[], &["pop", "dance", "k-pop"]),
        item(&[], &["pop", "dance"]),
        item(&[], &["pop"]),
    ];
    assert_eq!(why(&items, Method::Genres), [genre("girl group"), genre("k-pop"), genre("dance")]);
}

#[test]
fn common_traits_are_named_most_pronounced_first_and_at_most_three() {
    let sound = |energy, valence, tempo, acousticness| {
        let features = [Feature::Energy, Feature::Valence, Feature::Tempo, Feature::Acousticness];
        let values: Vec<_> = features.into_iter().zip([energy, valence, tempo, acousticness]).collect();
        item(&values, &[])
    };
    // Energy: 0.05 of 0 to 0.35 in both; valence: the second is only just sad; tempo: halfway slow; acousticness: 0.97 and 1.
    let items = [sound(0.05, 0.0, 67.0, 0.97), sound(0.05, 0.29, 67.0, 1.0), sound(0.9, 0.9, 150.0, 0.0)];
    let expected = [Trait::Acoustic, Trait::Calm, Trait::Slow].map(Reason::Both);
    assert_eq!(why(&items, Method::Audio)[..3], expected);
    assert!(!why(&items, Method::Audio).contains(&Reason::Both(Trait::Sad)));
}

#[test]
fn a_trait_needs_both() {
    let sound = |energy| item(&[(Feature::Energy, energy), (Feature::Valence, 0.5)], &[]);
    assert_eq!(why(&[sound(0.35), sound(0.36)], Method::Audio), [Reason::NearestSound]);
    assert_eq!(why(&[sound(0.35), sound(0.30)], Method::Audio), [Reason::Both(Trait::Calm)]);
}

#[test]
fn methods_give_only_their_own_reasons() {
    let items = vec![item(&[(Feature::Energy, 0.1)], &["folk"]); 2];
    let (calm, close) = (Reason::Both(Trait::Calm), Reason::CloseSound);
    assert_eq!(why(&items, Method::Blend), [genre("folk"), calm.clone(), close.clone()]);
    assert_eq!(why(&items, Method::Audio), [calm, close]);
    assert_eq!(why(&items, Method::Genres), [genre("folk")]);
}

#[test]
fn everybody_is_a_neighbour_for_a_reason() {
    let sounds = [0.0, 0.4, 0.5, 0.6, 1.0].map(|energy| item(&[(Feature::Energy, energy)], &["pop"]));
    for method in OF_CONTENT {
        let space = Space::build(&sounds, method);
        let mut lists = space.all(9).flat_map(|batch| batch.lists);
        assert!(lists.all(|list| list.len() == 4 && list.iter().all(|neighbour| !neighbour.why.is_empty())));
    }
}

fn any_reason() -> impl Strategy<Value = Reason> {
    prop_oneof![
        "\\PC*|[%|:\\\\a-f0-9\\x00-\\x1f]*".prop_map(Reason::SharedGenre),
        ("[a-z%/|]*", "\\PC*").prop_map(|(one, other)| Reason::RelatedGenres(one, other)),
        Just(Reason::RelatedArtists),
        proptest::sample::select(Trait::ALL.to_vec()).prop_map(Reason::Both),
        Just(Reason::CloseSound),
        Just(Reason::NearestSound),
    ]
}

proptest! {
    #[test]
    fn any_list_of_reasons_comes_back(reasons in proptest::collection::vec(any_reason(), 0..6)) {
        let text = encode(&reasons);
        prop_assert!(!text.chars().any(char::is_control));
        prop_assert_eq!(decode(&text).collect::<Result<Vec<_>, _>>(), Ok(reasons));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC*|[gas:%|0-9A-Fé]*") {
        let known: Vec<Reason> = decode(&text).flatten().collect();
        prop_assert_eq!(decode(&encode(&known)).flatten().collect::<Vec<_>>(), known);
    }
}
