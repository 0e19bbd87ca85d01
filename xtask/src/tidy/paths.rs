//! No file names a folder of one person's machine.

use std::path::Path;

use super::Problem;

/// Put together here, so that this file does not hold what it looks for.
const MACHINES: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

pub(super) fn check(path: &Path, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for machine in MACHINES {
            if line.match_indices(machine).any(|(at, _)| is_absolute(&line[..at])) {
                problems.push(Problem::line(path, index, format!("names a machine's own path (`{machine}..`)")));
            }
        }
    }
    problems
}

/// Whether a path begins here, and is not the middle of a longer one or of an address.
fn is_absolute(before: &str) -> bool {
    !before.chars().next_back().is_some_and(|last| last.is_alphanumeric() || "._-~}/*".contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Option<usize>> {
        check(Path::new("f"), text).into_iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn absolute_paths_are_found_and_parts_of_others_are_not() {
        let [root, work, home, _] = MACHINES;
        assert_eq!(lines(&format!("see {work}x\n\nopen(\"{root}y\")\n{home}me\n")), [Some(1), Some(3), Some(4)]);
        assert_eq!(lines(&format!("https://example.org{work}1 ../..{work} $HOME{root} a/b{home}")), []);
        assert_eq!(lines("/tmp/x and /usr/bin\n"), []);
    }
}
