//! What holds for any names and any text.

use proptest::prelude::*;
use sixpotify_resolve::{ACCEPTED, Index, MOST_CANDIDATES, Verdict};

use crate::{entry, index};

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-zÀ-ỹ '&.!$-]{1,20}", "[가-힣]{1,6}", "[ァ-ヶー・]{1,10}", "[а-яА-Я ]{1,12}", "\\PC{1,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_is_answered_and_answers_are_in_order(text in prop_oneof![name(), "\\PC{0,200}"]) {
        let answer = index().find(&text);
        prop_assert!(answer.candidates.len() <= MOST_CANDIDATES);
        prop_assert!(answer.candidates.iter().all(|c| (0.0..=1.0).contains(&c.score)));
        if let Verdict::Found(_) = answer.verdict {
            prop_assert!(answer.candidates[0].score >= ACCEPTED);
        }
        let mut ids: Vec<_> = answer.candidates.iter().map(|c| c.id.clone()).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), answer.candidates.len());
    }

    #[test]
    fn every_name_finds_itself(names in prop::collection::btree_set(name(), 1..12)) {
        let index = Index::build(names.iter().map(|name| entry(name, name, 1, &[])));
        for name in names.iter().filter(|name| !sixpotify_core::fold(name).is_empty()) {
            let answer = index.find(name);
            // Blanks around it are not part of a name that is typed.
            prop_assert!(answer.candidates.iter().any(|c| c.name.trim() == name.trim()), "{name:?} {answer:?}");
        }
    }

    #[test]
    fn inserting_is_building(names in prop::collection::vec(name(), 1..12), gone in 0_usize..12, query in name()) {
        let ids: Vec<String> = (0..names.len()).map(|n| format!("id{n}")).collect();
        let all = || names.iter().zip(&ids).map(|(name, id)| entry(id, name, 1, &["Some Alias"]));
        let kept = || all().enumerate().filter(|(at, _)| *at != gone).map(|(_, entry)| entry);
        let built = Index::build(kept());
        let mut changed = Index::new();
        all().for_each(|entry| changed.insert(&entry));
        changed.remove(&format!("id{gone}"));
        prop_assert_eq!(built.len(), changed.len());
        for text in names.iter().chain([&query]) {
            prop_assert_eq!(built.find(text), changed.find(text), "{}", text);
        }
    }
}
