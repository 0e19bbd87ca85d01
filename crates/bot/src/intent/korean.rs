//! Korean sentences around a name: `아이유랑 비슷한 가수 추천해줘`, `BTS 노래`, `Dynamite 같은 노래`.

use super::{Ask, What};

/// How a request ends. They say nothing but `please`; `추천` by itself asks for neighbours.
const REQUESTS: &[&str] = &[
    "해 주세요",
    "해주세요",
    "해 줘요",
    "해줘요",
    "해 줘",
    "해줘",
    "해 줄래",
    "해줄래",
    "알려 주세요",
    "알려주세요",
    "알려 줘",
    "알려줘",
    "찾아 주세요",
    "찾아주세요",
    "찾아 줘",
    "찾아줘",
    "보여 주세요",
    "보여주세요",
    "보여 줘",
    "보여줘",
    "들려 줘",
    "들려줘",
    "틀어 줘",
    "틀어줘",
    "부탁해요",
    "부탁해",
    "부탁드려요",
    "있어요",
    "있어",
    "있나요",
    "뭐 있어",
    "뭐야",
    "누구야",
    "누구 있어",
    "누구예요",
    "누구",
    "없어",
    "듣고 싶어",
    "듣고싶어",
    "궁금해",
    "좀",
    "에 대해",
    "에 대해서",
    "에 대해 알려줘",
    "검색",
    "검색해줘",
    "주세요",
    "줘",
    "알아",
    "아니",
];

/// What stands behind a name.
const BEHIND: &[(&str, What)] = &[
    ("비슷한 노래", What::SongsLike),
    ("비슷한 곡", What::SongsLike),
    ("같은 노래", What::SongsLike),
    ("같은 곡", What::SongsLike),
    ("느낌의 노래", What::SongsLike),
    ("느낌 노래", What::SongsLike),
    ("유사한 노래", What::SongsLike),
    ("비슷한 가수", What::Similar),
    ("비슷한 아티스트", What::Similar),
    ("비슷한 그룹", What::Similar),
    ("비슷한 밴드", What::Similar),
    ("비슷한 음악", What::Similar),
    ("비슷한 뮤지션", What::Similar),
    ("비슷한 래퍼", What::Similar),
    ("비슷한 사람", What::Similar),
    ("비슷한 거", What::Similar),
    ("비슷한", What::Similar),
    ("같은 가수", What::Similar),
    ("같은 아티스트", What::Similar),
    ("같은 그룹", What::Similar),
    ("같은 밴드", What::Similar),
    ("같은 음악", What::Similar),
    ("유사한 가수", What::Similar),
    ("느낌의 가수", What::Similar),
    ("좋아해요", What::Similar),
    ("좋아해", What::Similar),
    ("추천", What::Similar),
    ("인기 노래", What::Songs),
    ("인기곡", What::Songs),
    ("대표곡", What::Songs),
    ("히트곡", What::Songs),
    ("노래들", What::Songs),
    ("노래 목록", What::Songs),
    ("노래", What::Songs),
    ("곡", What::Songs),
];

/// Particles that may hang on a name, longest first.
const PARTICLES: &[&str] =
    &["이랑", "하고", "이라는", "라는", "에서", "랑", "과", "와", "의", "를", "을", "은", "는", "이", "가", "도"];

/// What is asked about which name; `None` where no such sentence is seen.
pub(super) fn read(tidy: &str) -> Option<Ask> {
    if tidy.contains('\n') {
        return None;
    }
    let whole = tidy.to_owned();
    let text = tidy.trim_end_matches(['?', '!', '.', '~', ' ']);
    let (mut rest, mut asked) = (text, false);
    // `노래 추천 좀 해 줘`: what asks goes, one piece after the other.
    for _ in 0..4 {
        let Some(shorter) = REQUESTS.iter().filter_map(|request| strip(rest, request)).min_by_key(|rest| rest.len())
        else {
            break;
        };
        (rest, asked) = (shorter, true);
    }
    let mut found = behind(rest);
    if let Some((What::Similar, before)) = found
        && rest.ends_with("추천")
    {
        // `BTS 노래 추천`: what is recommended stands before.
        found = behind(before).or(found);
    }
    let (what, name) = match found {
        Some(found) => found,
        None if asked => (What::Show, rest),
        None => return None,
    };
    let name = name.trim_matches(['"', '“', '”', '\'', '‘', '’', ' ']);
    if name.is_empty() {
        return None;
    }
    let mut names = vec![name.to_owned()];
    if let Some(bare) = PARTICLES.iter().find_map(|particle| name.strip_suffix(particle)) {
        let bare = bare.trim_matches(['"', '“', '”', '\'', '‘', '’', ' ']);
        if !bare.is_empty() {
            names.push(bare.to_owned());
        }
    }
    Some(Ask { what, names, whole })
}

fn behind(text: &str) -> Option<(What, &str)> {
    // The shortest name: the longest sentence around it.
    BEHIND.iter().filter_map(|(end, what)| Some((*what, strip(text, end)?))).min_by_key(|(_, name)| name.len())
}

/// `text` without `end`, which must be a word of its own there, or hang on one that asks (`추천해줘`) or on a quote.
fn strip<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    let rest = text.strip_suffix(end)?;
    let stands_apart = rest.ends_with([' ', '”', '"', '\'', '’']);
    let hangs = (end.starts_with('해') && ["추천", "검색", "소개"].iter().any(|verb| rest.ends_with(verb)))
        || end.starts_with("에 대해");
    ((stands_apart || hangs) && !rest.trim().is_empty()).then(|| rest.trim_end())
}
