//! Numbers as words and words as numbers.

const UNITS: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A number as it is spoken, without blanks: up to 99 as one, longer ones digit by digit.
pub(crate) fn spoken(digits: &str) -> String {
    match digits.parse::<usize>() {
        Ok(n) if n < 20 && digits.len() <= 2 => UNITS[n].to_owned(),
        Ok(n) if n < 100 && digits.len() == 2 => {
            let unit = if n % 10 == 0 { "" } else { UNITS[n % 10] };
            format!("{}{unit}", TENS[n / 10 - 2])
        }
        _ => digits.bytes().map(|d| UNITS[usize::from(d.saturating_sub(b'0')).min(9)]).collect(),
    }
}

/// The number that a word says, and whether it is a ten that takes a unit after it.
fn value(word: &str) -> Option<(u32, bool)> {
    if let Some(n) = UNITS.iter().position(|u| *u == word) {
        return Some((u32::try_from(n).ok()?, false));
    }
    let n = TENS.iter().position(|t| *t == word)?;
    Some((u32::try_from(n).ok()? * 10 + 20, true))
}

/// Number words as digits, words joined where they are one number: `twenty one pilots` becomes `21 pilots`. Roman
/// numbers from two to nine count as number words where they are words of two letters and more.
pub(crate) fn as_digits(words: &[String]) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len());
    let mut open_ten: Option<u32> = None;
    for word in words {
        let said = value(word).or_else(|| roman(word).map(|n| (n, false)));
        match (open_ten.take(), said) {
            (Some(ten), Some((unit, false))) if (1..10).contains(&unit) => {
                out.pop();
                out.push((ten + unit).to_string());
            }
            (_, Some((n, is_ten))) => {
                out.push(n.to_string());
                open_ten = is_ten.then_some(n);
            }
            (_, None) => out.push(word.clone()),
        }
    }
    out
}

fn roman(word: &str) -> Option<u32> {
    Some(match word {
        "ii" => 2,
        "iii" => 3,
        "iv" => 4,
        "vi" => 6,
        "vii" => 7,
        "viii" => 8,
        "ix" => 9,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> String {
        as_digits(&text.split(' ').map(str::to_owned).collect::<Vec<_>>()).join(" ")
    }

    #[test]
    fn words_become_digits_and_digits_words() {
        assert_eq!(digits("twenty one pilots"), "21 pilots");
        assert_eq!(digits("three days grace"), "3 days grace");
        assert_eq!(digits("matchbox twenty"), "matchbox 20");
        assert_eq!(digits("twenty ten"), "20 10");
        assert_eq!(digits("boyz ii men"), "boyz 2 men");
        assert_eq!(digits("one two"), "1 2");
        assert_eq!(spoken("7"), "seven");
        assert_eq!(spoken("21"), "twentyone");
        assert_eq!(spoken("30"), "thirty");
        assert_eq!(spoken("182"), "oneeighttwo");
        assert_eq!(spoken("07"), "seven");
        assert_eq!(spoken("00"), "zero");
    }
}
