//! Text and times as both databases can hold them.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde_json::Value;

/// Text on its way into a database.
pub(crate) type Text<'a> = Cow<'a, str>;

/// `text` without U+0000, which PostgreSQL cannot store; applied for both databases, so that both hold the same.
pub(crate) fn clean(text: &str) -> Text<'_> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// [`clean`] for text that may be absent.
pub(crate) fn clean_option(text: Option<&String>) -> Option<Text<'_>> {
    text.map(|t| clean(t))
}

/// `value` as JSON text, without U+0000 in its strings and keys.
pub(crate) fn json_text(value: &Value) -> String {
    fn without_nul(value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(clean(text).into_owned()),
            Value::Array(items) => items.iter().map(without_nul).collect(),
            Value::Object(map) => map.iter().map(|(k, v)| (clean(k).into_owned(), without_nul(v))).collect(),
            other => other.clone(),
        }
    }
    let text = value.to_string();
    if text.contains("\\u0000") { without_nul(value).to_string() } else { text }
}

/// `time` in whole microseconds, the precision of both databases; finer parts are cut off.
pub(crate) fn micros(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// `time` as text that sorts by time: `YYYY-MM-DDTHH:MM:SS.ffffffZ`.
pub(crate) fn time_text(time: DateTime<Utc>) -> String {
    micros(time).to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The largest `i64` where `n` is larger still.
pub(crate) fn saturated(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// The largest `i32` where `n` is larger still.
pub(crate) fn saturated_int(n: u32) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// The position of an element in a list, as the `int` columns count: from `first` on.
pub(crate) fn position(index: usize, first: i32) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX - first) + first
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nul_is_left_out_of_text_and_json() {
        assert_eq!(clean("a\0b"), "ab");
        assert!(matches!(clean("ab"), Cow::Borrowed("ab")));
        assert_eq!(json_text(&json!({"a\0": ["\0x", {"y": "\0"}]})), r#"{"a":["x",{"y":""}]}"#);
        assert_eq!(json_text(&json!(["\\u0000"])), r#"["\\u0000"]"#);
    }
}
