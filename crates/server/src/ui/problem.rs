//! Errors as pages.

use axum::response::{IntoResponse as _, Response};

use super::page::{Page, PageLanguage};
use crate::error::Problem;

#[derive(askama::Template)]
#[template(path = "problem.html", whitespace = "minimize")]
struct ProblemPage {
    page: Page,
    heading: &'static str,
    text: &'static str,
}

/// The page of a problem.
pub(crate) fn problem(language: &PageLanguage, problem: &Problem) -> Response {
    problem.log();
    let page = Page::new(language.language());
    let words = page.words;
    let (heading, text) = match problem {
        Problem::NotFound(_) => (words.not_found, words.not_found_text),
        Problem::Invalid(_) | Problem::TooLarge | Problem::Method | Problem::Forbidden => {
            (words.invalid, words.invalid_text)
        }
        Problem::TooMany { .. } => (words.too_many, words.too_many_text),
        Problem::Unavailable(_) | Problem::Internal(_) => (words.trouble, words.trouble_text),
    };
    match language.answer(ProblemPage { page, heading, text }) {
        Ok(mut response) => {
            *response.status_mut() = problem.status();
            response
        }
        Err(worse) => worse.into_response(),
    }
}

/// The page for addresses that lead nowhere.
pub(crate) fn not_found(language: &PageLanguage) -> Response {
    problem(language, &Problem::NotFound(String::new()))
}
