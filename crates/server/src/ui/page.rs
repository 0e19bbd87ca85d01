//! What all pages have in common: language, words, addresses of the assets.

use axum::extract::{FromRequestParts, Query};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderValue, SET_COOKIE, VARY};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use sixpotify_bot::Language;

use super::assets::{ASSETS, Assets};
use super::words::{ENGLISH, KOREAN, Words};
use crate::error::Problem;

/// The cookie that remembers a language that was chosen.
const COOKIE_NAME: &str = "lang";

/// The frame of a page.
pub(crate) struct Page {
    /// Its language.
    pub(crate) language: Language,
    /// Its words.
    pub(crate) words: &'static Words,
    /// Where its stylesheet and script are.
    pub(crate) assets: &'static Assets,
}

/// A language to choose.
pub(crate) struct Tongue {
    /// Its code.
    pub(crate) code: &'static str,
    /// Its name for itself.
    pub(crate) name: &'static str,
    /// Whether the page is in it.
    pub(crate) current: bool,
}

impl Page {
    /// A page in `language`.
    pub(crate) fn new(language: Language) -> Self {
        Self { language, words: words(language), assets: &ASSETS }
    }

    /// The languages to choose from.
    pub(crate) fn tongues(&self) -> Vec<Tongue> {
        let tongue = |(language, name): (Language, &'static str)| Tongue {
            code: language.code(),
            name,
            current: language == self.language,
        };
        [(Language::English, "English"), (Language::Korean, "한국어")].into_iter().map(tongue).collect()
    }
}

/// The words of `language`.
pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Korean => &KOREAN,
    }
}

/// In which language to show a page: as its address says (`?lang=ko`), as was chosen before (cookie), as the browser says, English.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageLanguage {
    /// Chosen, now or earlier.
    pub(crate) chosen: Option<Language>,
    /// Chosen now.
    pub(crate) chosen_now: bool,
    /// What the browser prefers of what we speak.
    pub(crate) preferred: Option<Language>,
}

#[derive(Debug, Default, Deserialize)]
struct LanguageQuery {
    lang: Option<String>,
}

impl PageLanguage {
    /// The language.
    pub(crate) fn language(&self) -> Language {
        self.chosen.or(self.preferred).unwrap_or_default()
    }

    fn of(headers: &HeaderMap, wish: Option<&str>) -> Self {
        let known = |code: &str| Language::ALL.into_iter().find(|language| language.code() == code);
        let now = wish.and_then(known);
        let earlier = cookie(headers, COOKIE_NAME).and_then(known);
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { chosen: now.or(earlier), chosen_now: now.is_some(), preferred: preferred(accepted) }
    }

    /// The rendered `page` as an answer; a language chosen now is remembered for a year.
    pub(crate) fn answer(&self, page: impl askama::Template) -> Result<Response, Problem> {
        let html = page.render().map_err(|error| Problem::Internal(Box::new(error)))?;
        let mut response = Html(html).into_response();
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept-language, cookie"));
        if let (true, Some(language)) = (self.chosen_now, self.chosen) {
            headers.append(SET_COOKIE, language_cookie(language));
        }
        Ok(response)
    }
}

/// Remembers `language` for a year.
pub(crate) fn language_cookie(language: Language) -> HeaderValue {
    match language {
        Language::English => HeaderValue::from_static("lang=en; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"),
        Language::Korean => HeaderValue::from_static("lang=ko; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageLanguage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let query = Query::<LanguageQuery>::from_request_parts(parts, state).await;
        let wish = query.ok().and_then(|Query(query)| query.lang);
        Ok(Self::of(&parts.headers, wish.as_deref()))
    }
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// The language that we speak with the highest weight in an `Accept-Language`; the first of equals.
fn preferred(accepted: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for range in accepted.split(',').take(32) {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse::<f32>().ok());
        let Some((language, weight)) = Language::of_locale(tag).zip(weight) else { continue };
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_preference_is_understood() {
        for (accepted, expected) in [
            ("ko-KR,ko;q=0.9,en;q=0.8", Some(Language::Korean)),
            ("en;q=0.3, ko;q=0.7", Some(Language::Korean)),
            ("de, fr;q=0.9, en;q=0.1", Some(Language::English)),
            ("ko;q=0", None),
            ("*", None),
            ("", None),
            ("en;q=x, ko", Some(Language::Korean)),
        ] {
            assert_eq!(preferred(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn what_was_chosen_counts_more_than_what_the_browser_says() {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static("en"));
        assert_eq!(PageLanguage::of(&headers, None).language(), Language::English);
        headers.insert(COOKIE, HeaderValue::from_static("a=b; lang=ko"));
        assert_eq!(PageLanguage::of(&headers, None).language(), Language::Korean);
        assert_eq!(PageLanguage::of(&headers, Some("en")).language(), Language::English);
        assert_eq!(PageLanguage::of(&headers, Some("xx")).language(), Language::Korean);
    }
}
