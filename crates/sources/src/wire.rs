//! Values as services write them, whatever the service.

use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

/// Every whole number up to this one, 2^53, is exact as a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A whole number, however it is written. In January 2024 Spotify wrote followers as `4.9022656E7`, popularity as `85.0`.
#[derive(Clone, Copy)]
pub(crate) struct Whole(Option<i64>);

impl Whole {
    /// Its value, where `T` can hold it. Negative followers have been seen.
    pub(crate) fn get<T: TryFrom<i64>>(self) -> Option<T> {
        self.0.and_then(|value| T::try_from(value).ok())
    }
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within the exact range")]
        let whole = |float: f64| (float.fract() == 0.0 && float.abs() <= EXACT).then_some(float as i64);
        Ok(Self(number.as_i64().or_else(|| number.as_f64().and_then(whole))))
    }
}

/// A number, whether it is written as one or as text (`"0.83"`); anything else is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Loose(Option<f64>);

impl Loose {
    /// Its value.
    pub(crate) fn get(self) -> Option<f64> {
        self.0
    }

    /// Its value as a whole number from 0 on.
    pub(crate) fn count(self) -> Option<u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the range where every one is exact"
        )]
        self.0.filter(|n| (0.0..=EXACT).contains(n)).map(|n| n as u64)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }))
    }
}

/// A list as services that grew out of XML write it: an array, or its only item, or nothing (`""`, `null`).
#[derive(Clone, Debug)]
pub(crate) struct Several<T>(pub(crate) Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: serde::de::DeserializeOwned> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |value| serde_json::from_value(value).map_err(serde::de::Error::custom);
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Null => Vec::new(),
            Value::String(text) if text.trim().is_empty() => Vec::new(),
            Value::Array(items) => items.into_iter().map(read).collect::<Result<_, _>>()?,
            item => vec![read(item)?],
        }))
    }
}

/// A number that can be one. The wire has doubles: a float that is too large for us must not spoil the whole answer.
pub(crate) fn finite(value: Option<f64>) -> Option<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "what does not fit becomes infinite, and that is unknown")]
    value.map(|v| v as f32).filter(|v| v.is_finite())
}

/// Text with something in it.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_text() {
        let read = |text| serde_json::from_str::<Loose>(text).unwrap();
        assert_eq!(read("\"0.5\"").get(), Some(0.5));
        assert_eq!(read("1200").count(), Some(1200));
        assert_eq!(read("\"1200\"").count(), Some(1200));
        for unknown in ["null", "\"\"", "\"many\"", "\"inf\"", "-1", "{}", "[]"] {
            assert_eq!(read(unknown).count(), None, "{unknown}");
        }
    }

    #[test]
    fn a_list_may_be_its_only_item_or_nothing() {
        let read = |text| serde_json::from_str::<Several<u8>>(text).map(|list| list.0);
        assert_eq!(read("[1,2]").unwrap(), [1, 2]);
        assert_eq!(read("1").unwrap(), [1]);
        assert_eq!(read("null").unwrap(), [0; 0]);
        assert_eq!(read("\"\"").unwrap(), [0; 0]);
        assert!(read("[\"x\"]").is_err());
    }
}
