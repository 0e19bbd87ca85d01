//! Reads from a `Cargo.toml` what tidy wants to know of it: the name, and who is depended on in which way.
//!
//! Not a TOML parser, which would be most of the time that xtask takes to build: it understands the tables, keys, strings
//! and comments that manifests are written with, and cargo has accepted them before.

/// How a package is depended on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Dev,
    Build,
}

/// One dependency, on every platform and with every feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    /// The package's own name, where it is renamed.
    pub(super) package: String,
    pub(super) kind: Kind,
}

/// What tidy wants to know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) package: String,
    pub(super) dependencies: Vec<Dependency>,
    /// Whether the workspace's lints apply.
    pub(super) workspace_lints: bool,
}

/// What the lines below a header are about.
enum Table {
    Package,
    Lints,
    Dependencies(Kind),
    /// `[dependencies.name]`: the lines describe the last dependency.
    OneDependency,
    Other,
}

impl Manifest {
    pub(super) fn parse(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut table = Table::Other;
        // Above zero within a value that goes on over several lines.
        let mut depth = 0_i32;
        for line in text.lines().map(without_comment) {
            let at_key = depth == 0;
            if at_key && line.starts_with('[') {
                table = manifest.header(line);
                continue;
            }
            depth += nesting(line);
            let Some((key, value)) = line.split_once('=').filter(|_| at_key) else { continue };
            manifest.entry(&table, key.trim(), value.trim());
        }
        manifest
    }

    fn header(&mut self, line: &str) -> Table {
        let keys = split_key(line.trim_matches(['[', ']']));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let keys = match keys[..] {
            // Whatever the platform is.
            ["target", _, ref rest @ ..] => rest,
            ref all => all,
        };
        match *keys {
            ["package"] => Table::Package,
            ["lints"] => Table::Lints,
            [table] => kind(table).map_or(Table::Other, Table::Dependencies),
            [table, name] if kind(table).is_some() => {
                let kind = kind(table).unwrap_or(Kind::Normal);
                self.dependencies.push(Dependency { package: name.into(), kind });
                Table::OneDependency
            }
            _ => Table::Other,
        }
    }

    fn entry(&mut self, table: &Table, key: &str, value: &str) {
        let keys = split_key(key);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        match (table, &keys[..]) {
            (Table::Package, ["name"]) => self.package = unquoted(value).into(),
            (Table::Lints, ["workspace"]) => self.workspace_lints = value == "true",
            // `name = "1"`, `name = { package = "other", .. }`
            (Table::Dependencies(kind), [name]) => {
                let package = inline_package(value).unwrap_or_else(|| (*name).into());
                self.dependencies.push(Dependency { package, kind: *kind });
            }
            // `name.package = "other"` after `name.version = "1"`, in any order
            (Table::Dependencies(kind), [name, attribute]) => {
                let package = if *attribute == "package" { unquoted(value) } else { name };
                self.dependencies.push(Dependency { package: package.into(), kind: *kind });
            }
            (Table::OneDependency, ["package"]) => {
                if let Some(last) = self.dependencies.last_mut() {
                    last.package = unquoted(value).into();
                }
            }
            _ => {}
        }
    }
}

fn kind(table: &str) -> Option<Kind> {
    match table {
        "dependencies" => Some(Kind::Normal),
        "dev-dependencies" => Some(Kind::Dev),
        "build-dependencies" => Some(Kind::Build),
        _ => None,
    }
}

/// The part before a `#` that stands in no string, trimmed.
fn without_comment(line: &str) -> &str {
    let end = outside_strings(line).find(|(_, character)| *character == '#').map_or(line.len(), |(at, _)| at);
    line[..end].trim()
}

/// How many brackets and braces a line leaves open (or closes).
fn nesting(line: &str) -> i32 {
    outside_strings(line).fold(0, |depth, (_, character)| match character {
        '[' | '{' => depth + 1,
        ']' | '}' => depth - 1,
        _ => depth,
    })
}

fn outside_strings(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut escaped = false;
    line.char_indices().filter(move |(_, character)| match quote {
        Some(open) => {
            if *character == open && !escaped {
                quote = None;
            }
            escaped = open == '"' && *character == '\\' && !escaped;
            false
        }
        None => {
            quote = matches!(character, '"' | '\'').then_some(*character);
            quote.is_none()
        }
    })
}

/// `target.'cfg(unix)'.dependencies` in its parts, without quotes.
fn split_key(key: &str) -> Vec<String> {
    let dots: Vec<usize> = outside_strings(key).filter(|(_, c)| *c == '.').map(|(at, _)| at).collect();
    let starts = std::iter::once(0).chain(dots.iter().map(|at| at + 1));
    let ends = dots.iter().copied().chain([key.len()]);
    starts.zip(ends).map(|(start, end)| unquoted(&key[start..end]).to_owned()).collect()
}

fn unquoted(value: &str) -> &str {
    value.trim().trim_matches(['"', '\''])
}

/// The name in `{ version = "1", package = "name" }`.
fn inline_package(value: &str) -> Option<String> {
    let inside = value.strip_prefix('{')?;
    inside.split([',', '}']).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        (key.trim() == "package").then(|| unquoted(value).to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependencies(text: &str) -> Vec<(String, Kind)> {
        let manifest = Manifest::parse(text);
        manifest.dependencies.into_iter().map(|dependency| (dependency.package, dependency.kind)).collect()
    }

    #[test]
    fn every_way_to_write_a_dependency_is_read() {
        let text = r##"
[package]
name = "it" # "not this"
[lints]
workspace = true
[dependencies]
a.workspace = true
"b" = "1"
c = { version = "1", features = [
    "x = y", # ]
    "[dev-dependencies]",
] }
renamed = { package = "d", version = "1" }
[target.'cfg(target.os = "x")'.dependencies]
e = "1"
[dependencies.f]
version = "1"
[dependencies.other]
package = "g"
[features]
h = ["dep:a"]
[dev-dependencies]
i = "1"
[build-dependencies]
j = "1"
"##;
        let expected = [
            ("a", Kind::Normal),
            ("b", Kind::Normal),
            ("c", Kind::Normal),
            ("d", Kind::Normal),
            ("e", Kind::Normal),
            ("f", Kind::Normal),
            ("g", Kind::Normal),
            ("i", Kind::Dev),
            ("j", Kind::Build),
        ];
        assert_eq!(dependencies(text), expected.map(|(name, kind)| (name.to_owned(), kind)));
        let manifest = Manifest::parse(text);
        assert_eq!(manifest.package, "it");
        assert!(manifest.workspace_lints);
    }

    #[test]
    fn a_hash_in_a_string_is_no_comment() {
        assert_eq!(without_comment(r##"a = "#" # b"##), r##"a = "#""##);
        assert_eq!(without_comment(r##"a = "\"#" # b"##), r##"a = "\"#""##);
        assert_eq!(without_comment("# all"), "");
    }
}
