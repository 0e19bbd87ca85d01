//! Who may depend on whom: the map of ARCHITECTURE.md, held.

use std::path::Path;

use super::Problem;
use super::manifest::{Kind, Manifest};

/// One crate of ours.
struct Crate {
    name: &'static str,
    /// The crates of ours that it may be built on.
    may: &'static [&'static str],
    /// What it must not know; its absence is what keeps the crate pure, or replaceable.
    must_not: &'static [&'static str],
}

/// Anything that reaches a disk, a network or a clock of its own.
const IO: &[&str] = &[
    "axum",
    "clap",
    "fastrand",
    "hyper",
    "object_store",
    "rand",
    "reqwest",
    "rusqlite",
    "sqlx",
    "tempfile",
    "tokio",
    "tracing",
    "ureq",
];

const MAP: &[Crate] = &[
    Crate { name: "sixpotify-core", may: &[], must_not: IO },
    Crate { name: "sixpotify-similar", may: &["sixpotify-core"], must_not: IO },
    Crate { name: "sixpotify-resolve", may: &["sixpotify-core"], must_not: IO },
    Crate {
        name: "sixpotify-sources",
        may: &["sixpotify-core"],
        must_not: &["axum", "clap", "object_store", "rusqlite", "sqlx"],
    },
    Crate {
        name: "sixpotify-store",
        may: &["sixpotify-core"],
        must_not: &["axum", "clap", "hyper", "object_store", "reqwest"],
    },
    Crate {
        name: "sixpotify-pipeline",
        may: &["sixpotify-core", "sixpotify-resolve", "sixpotify-similar", "sixpotify-sources", "sixpotify-store"],
        must_not: &["axum", "clap", "reqwest", "rusqlite", "sqlx"],
    },
    Crate { name: "sixpotify-bot", may: &["sixpotify-core", "sixpotify-similar"], must_not: IO },
    Crate {
        name: "sixpotify-server",
        may: &[
            "sixpotify-core",
            "sixpotify-resolve",
            "sixpotify-similar",
            "sixpotify-sources",
            "sixpotify-store",
            "sixpotify-pipeline",
            "sixpotify-bot",
        ],
        must_not: &["clap", "reqwest", "rusqlite", "sqlx"],
    },
    Crate {
        name: "sixpotify",
        may: &[
            "sixpotify-core",
            "sixpotify-resolve",
            "sixpotify-similar",
            "sixpotify-sources",
            "sixpotify-store",
            "sixpotify-pipeline",
            "sixpotify-bot",
            "sixpotify-server",
            "spotify-sim",
            "open-sim",
        ],
        must_not: &["reqwest", "rusqlite", "sqlx"],
    },
    // A stand-in that shared our code would share our misunderstandings.
    Crate { name: "spotify-sim", may: &[], must_not: &["reqwest", "rusqlite", "sqlx"] },
    Crate { name: "open-sim", may: &["spotify-sim"], must_not: &["reqwest", "rusqlite", "sqlx"] },
    Crate { name: "chat-sim", may: &[], must_not: &["reqwest", "rusqlite", "sqlx"] },
    Crate { name: "sixpotify-testkit", may: &[], must_not: &[] },
    Crate { name: "xtask", may: &["sixpotify-testkit"], must_not: &["clap", "serde", "tokio"] },
];

/// Dev-dependencies are free: tests may know everybody.
pub(super) fn check(manifests: &[(&Path, Manifest)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, manifest) in manifests {
        let name = manifest.package.as_str();
        if !manifest.workspace_lints {
            problems.push(Problem::file(*path, "lacks `[lints]` with `workspace = true`"));
        }
        let Some(entry) = entry(name) else {
            problems.push(Problem::file(*path, format!("`{name}` is not on the map in `xtask/src/tidy/arrows.rs`")));
            continue;
        };
        let mut seen = Vec::new();
        for dependency in manifest.dependencies.iter().filter(|dependency| dependency.kind != Kind::Dev) {
            let on = dependency.package.as_str();
            let ours = self::entry(on).is_some();
            let wrong = entry.must_not.contains(&on) || (ours && !entry.may.contains(&on));
            if wrong && !seen.contains(&on) {
                seen.push(on);
                problems.push(Problem::file(*path, format!("`{name}` must not depend on `{on}`")));
            }
        }
    }
    problems
}

fn entry(name: &str) -> Option<&'static Crate> {
    MAP.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(name: &str, body: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{body}");
        let manifest = Manifest::parse(&text);
        check(&[(Path::new("c/Cargo.toml"), manifest)]).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn arrows_point_one_way() {
        let body = "[dependencies]\nsixpotify-core.workspace = true\nsixpotify-store.workspace = true\n";
        assert_eq!(problems("sixpotify-pipeline", body), [""; 0]);
        assert_eq!(
            problems("sixpotify-similar", body),
            ["c/Cargo.toml: `sixpotify-similar` must not depend on `sixpotify-store`"]
        );
        assert_eq!(
            problems("spotify-sim", "[build-dependencies]\nsixpotify-core.workspace = true\n"),
            ["c/Cargo.toml: `spotify-sim` must not depend on `sixpotify-core`"]
        );
    }

    #[test]
    fn pure_crates_know_no_runtime_and_only_tests_know_the_test_kit() {
        assert_eq!(
            problems("sixpotify-core", "[dependencies]\ntokio = { version = \"1\", optional = true }\nserde = \"1\"\n"),
            ["c/Cargo.toml: `sixpotify-core` must not depend on `tokio`"]
        );
        let kit = "sixpotify-testkit.workspace = true\ntokio.workspace = true\n";
        assert_eq!(problems("sixpotify-core", &format!("[dev-dependencies]\n{kit}")), [""; 0]);
        assert_eq!(
            problems("sixpotify-store", &format!("[dependencies]\n{kit}")),
            ["c/Cargo.toml: `sixpotify-store` must not depend on `sixpotify-testkit`"]
        );
    }

    #[test]
    fn a_new_crate_must_be_put_on_the_map_and_under_the_lints() {
        let found = problems("sixpotify-lake", "");
        assert_eq!(found, ["c/Cargo.toml: `sixpotify-lake` is not on the map in `xtask/src/tidy/arrows.rs`"]);
        let manifest = Manifest::parse("[package]\nname = \"sixpotify-core\"\n");
        assert!(check(&[(Path::new("Cargo.toml"), manifest)])[0].text.contains("[lints]"));
    }

    #[test]
    fn nobody_may_have_what_is_not_on_the_map() {
        for entry in MAP {
            assert!(entry.may.iter().all(|name| self::entry(name).is_some()), "{}", entry.name);
        }
    }
}
