//! Which titles are takes of one work: "Song - 2011 Remaster", "Song (feat. X)" and "Song" are one.

/// Words that mark a take, not a work. Others in brackets are part of the title, as in "(I Can't Get No) Satisfaction".
const MARKS: [&str; 26] = [
    "acoustic",
    "anniversary",
    "bonus",
    "demo",
    "deluxe",
    "edit",
    "edition",
    "explicit",
    "extended",
    "feat",
    "featuring",
    "ft",
    "instrumental",
    "live",
    "mix",
    "mono",
    "original",
    "radio",
    "recorded",
    "remaster",
    "remastered",
    "remix",
    "single",
    "stereo",
    "version",
    "with",
];

/// The work of a title: lower case, single blanks, without the marks of a take. Empty for an empty title.
pub(crate) fn work(title: &str) -> String {
    let title = title.to_lowercase();
    let mut kept = String::new();
    let mut rest = title.as_str();
    // Bracketed parts that hold a mark go; brackets that never close stay.
    while let Some(open) = rest.find(['(', '[']) {
        let close = if rest[open..].starts_with('(') { ')' } else { ']' };
        let Some(length) = rest[open..].find(close) else { break };
        let (before, part) = (&rest[..open], &rest[open..=open + length]);
        kept.push_str(before);
        // A title that is nothing but its bracket keeps it.
        if !marks_a_take(part) || before.trim().is_empty() && kept.trim().is_empty() {
            kept.push_str(part);
        }
        rest = &rest[open + length + 1..];
    }
    kept.push_str(rest);
    while let Some((before, tail)) = kept.rsplit_once(" - ")
        && marks_a_take(tail)
        && !before.trim().is_empty()
    {
        kept.truncate(before.len());
    }
    for mark in [" feat. ", " ft. ", " featuring "] {
        if let Some(at) = kept.find(mark).filter(|at| *at > 0) {
            kept.truncate(at);
        }
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn marks_a_take(part: &str) -> bool {
    part.split(|c: char| !c.is_alphanumeric()).any(|word| MARKS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::work;

    #[test]
    fn takes_of_one_work_fold() {
        for title in [
            "Help!",
            "Help! - Remastered 2009",
            "HELP! (Live at the BBC)",
            "Help!  [Mono Mix]",
            "Help! feat. X",
            "Help! - Live - 2011 Mix",
        ] {
            assert_eq!(work(title), "help!", "{title}");
        }
        assert_eq!(work("달라달라 (Remix)"), "달라달라");
    }

    #[test]
    fn other_works_stay_apart() {
        let same =
            ["(i can't get no) satisfaction", "live", "(live)", "live and let die", "a - b", "(open", "ok ) (", ""];
        assert_eq!(same.map(work), same.map(str::to_owned));
    }
}
