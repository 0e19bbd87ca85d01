//! Every Rust file says what it is for, is short enough to be one room, and is clean at the edges.

use std::path::Path;

use super::Problem;

const MOST_LINES: usize = 600;

pub(super) fn check(path: &Path, text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !has_head(text) {
        problems.push(Problem::file(path, "does not start with a `//!` line that says its purpose"));
    }
    let lines = text.lines().count();
    if lines > MOST_LINES {
        problems.push(Problem::file(path, format!("has {lines} lines, over {MOST_LINES}: find the second room in it")));
    }
    // `lines` would hide a carriage return.
    for (index, line) in text.split('\n').enumerate() {
        let fault = if line.ends_with('\r') {
            "ends with a carriage return"
        } else if line.contains('\t') {
            "contains a tab"
        } else if line.ends_with(char::is_whitespace) {
            "ends with a space"
        } else {
            continue;
        };
        problems.push(Problem::line(path, index, fault));
    }
    problems
}

/// Attributes of the whole file may stand before its head.
fn has_head(text: &str) -> bool {
    let mut in_attribute = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#![") {
            in_attribute = true;
        }
        if in_attribute {
            in_attribute = !line.ends_with(']');
            continue;
        }
        if line.is_empty() {
            continue;
        }
        return line.strip_prefix("//!").is_some_and(|purpose| !purpose.trim().is_empty());
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        check(Path::new("f.rs"), text).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn the_head_comes_first_or_after_attributes() {
        for good in [
            "//! What.\nfn f() {}\n",
            "#![no_std]\n\n//! What.\n",
            "#![expect(\n    a,\n    reason = \"b\"\n)]\n//! What.\n",
        ] {
            assert_eq!(problems(good), [""; 0], "{good}");
        }
        for bad in ["", "//!\nfn f() {}\n", "// What.\n", "use a;\n//! Late.\n", "#![no_std]\nuse a;\n"] {
            assert_eq!(problems(bad), ["f.rs: does not start with a `//!` line that says its purpose"], "{bad}");
        }
    }

    #[test]
    fn edges_are_clean() {
        let found = problems("//! What.\r\nfn a() {} \nfn b() {\n\t1\n}\n");
        assert_eq!(
            found,
            ["f.rs:1: ends with a carriage return", "f.rs:2: ends with a space", "f.rs:4: contains a tab"]
        );
    }

    #[test]
    fn six_hundred_lines_are_the_limit() {
        let text = |lines: usize| format!("//! What.\n{}", "x\n".repeat(lines - 1));
        assert_eq!(problems(&text(600)), [""; 0]);
        assert_eq!(problems(&text(601)), ["f.rs: has 601 lines, over 600: find the second room in it"]);
    }
}
