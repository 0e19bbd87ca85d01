//! Checks that both platforms share. A check gives what is wrong, in words for whoever reads a failed test.

use serde_json::{Map, Value};

pub(crate) type Checked<T = ()> = Result<T, String>;

/// An object with no field but `known` ones.
pub(crate) fn object<'a>(value: &'a Value, what: &str, known: &[&str]) -> Checked<&'a Map<String, Value>> {
    let object = value.as_object().ok_or_else(|| format!("{what} is no object: {value}"))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{what} has a field `{key}` that does not exist")),
        None => Ok(object),
    }
}

/// A list of `from` to `to` elements.
pub(crate) fn list<'a>(value: Option<&'a Value>, what: &str, from: usize, to: usize) -> Checked<&'a Vec<Value>> {
    let list = value.and_then(Value::as_array).ok_or_else(|| format!("{what} is no list"))?;
    if (from..=to).contains(&list.len()) {
        Ok(list)
    } else {
        Err(format!("{what} has {} elements, not {from} to {to}", list.len()))
    }
}

/// Text of `from` to `to` units of UTF-16, not of blanks only.
pub(crate) fn text<'a>(value: Option<&'a Value>, what: &str, from: usize, to: usize) -> Checked<&'a str> {
    let text = value.and_then(Value::as_str).ok_or_else(|| format!("{what} is no text"))?;
    let length = text.encode_utf16().count();
    if !(from..=to).contains(&length) {
        return Err(format!("{what} has {length} units, not {from} to {to}: {text:?}"));
    }
    if from > 0 && text.trim().is_empty() {
        return Err(format!("{what} is blank"));
    }
    Ok(text)
}

/// An `http` or `https` address.
pub(crate) fn address<'a>(value: Option<&'a Value>, what: &str) -> Checked<&'a str> {
    let url = value.and_then(Value::as_str).ok_or_else(|| format!("{what} is no text"))?;
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let fine = !host.is_empty() && !host.starts_with('/') && !url.contains(char::is_whitespace) && url.len() <= 2048;
    if fine { Ok(url) } else { Err(format!("{what} is no address: {url:?}")) }
}
