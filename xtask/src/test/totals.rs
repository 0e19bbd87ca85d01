//! Adds up what the test programs report.

use std::fmt;

/// Tests over all test programs of a run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Totals {
    /// Takes in one line of output; every other line than a test program's last is passed over.
    pub(crate) fn count(&mut self, line: &str) {
        let Some(result) = line.trim_end().strip_prefix("test result: ") else {
            return;
        };
        // `ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
        let Some((_, counts)) = result.split_once(". ") else {
            return;
        };
        for count in counts.split("; ") {
            let Some((number, what)) = count.split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }

    /// How many tests were run.
    pub(crate) fn ran(&self) -> u64 {
        self.passed + self.failed
    }

    /// How many of them failed.
    pub(crate) fn failed(&self) -> u64 {
        self.failed
    }
}

/// `5 passed, 0 failed`, and what was ignored where something was.
impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.ignored > 0 {
            write!(f, ", {} skipped", self.ignored)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(output: &str) -> Totals {
        let mut totals = Totals::default();
        output.lines().for_each(|line| totals.count(line));
        totals
    }

    #[test]
    fn sums_over_programs_and_says_what_was_skipped() {
        let output = "\
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s

test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.50s
";
        let totals = totals(output);
        assert_eq!(totals.to_string(), "5 passed, 1 failed");
        assert_eq!((totals.ran(), totals.failed()), (6, 1));
    }

    #[test]
    fn ignored_tests_are_not_run_tests() {
        let totals = totals("test result: ok. 0 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out\n");
        assert_eq!(totals.to_string(), "0 passed, 0 failed, 2 skipped");
        assert_eq!(totals.ran(), 0);
    }

    #[test]
    fn talk_about_results_is_not_a_result() {
        assert_eq!(totals("a test result: ok. 5 passed; 0 failed\ntest result: odd\n").ran(), 0);
    }
}
