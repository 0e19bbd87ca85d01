//! The README's first screen takes a newcomer all the way.

use super::Problem;

const FILE: &str = "README.md";
/// What one sees without scrolling.
const FIRST_SCREEN_LINES: usize = 40;
const COMMANDS: [&str; 2] = ["cargo run --release -- demo", "cargo xtask test"];

pub(super) fn check(readme: Option<&str>) -> Vec<Problem> {
    let Some(text) = readme else {
        return vec![Problem::file(FILE, "is missing")];
    };
    let screen: Vec<&str> = text.lines().take(FIRST_SCREEN_LINES).collect();
    let absent = COMMANDS.iter().filter(|command| !screen.iter().any(|line| line.contains(*command)));
    absent
        .map(|command| {
            Problem::file(FILE, format!("does not show `{command}` in its first {FIRST_SCREEN_LINES} lines"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_commands_must_be_on_the_first_screen() {
        let both = "# S\n\n    cargo run --release -- demo\n    cargo xtask test\n";
        assert_eq!(check(Some(both)), []);
        let late = format!("cargo run --release -- demo\n{}cargo xtask test\n", "\n".repeat(39));
        let problems = check(Some(&late));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].text.contains("cargo xtask test"));
        assert_eq!(check(None)[0].text, "is missing");
    }
}
