//! Pages: `limit` and `offset` in, an envelope with absolute links out.

use serde::Serialize;
use url::form_urlencoded;

use crate::catalogue::Span;
use crate::error::Refusal;

/// The parameters of a request, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the query part of an address.
    pub(crate) fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The span that `limit` and `offset` ask for.
    ///
    /// # Errors
    /// 400 `Invalid limit` unless it is 1 to `most`, 400 `Invalid offset` unless it is 0 to `furthest`.
    pub(crate) fn span(&self, usual: usize, most: usize, furthest: usize) -> Result<Span, Refusal> {
        let number = |name: &str, usual: usize, least: usize, most: usize| match self.get(name) {
            None => Some(usual),
            Some(text) => text.trim().parse().ok().filter(|n| (least..=most).contains(n)),
        };
        Ok(Span {
            limit: number("limit", usual, 1, most).ok_or(Refusal::BadRequest("Invalid limit"))?,
            offset: number("offset", 0, 0, furthest).ok_or(Refusal::BadRequest("Invalid offset"))?,
        })
    }

    /// The address of another page of the same list.
    fn link(&self, path: &str, offset: usize, limit: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("offset", &offset.to_string()).append_pair("limit", &limit.to_string());
        for (key, value) in self.0.iter().filter(|(key, _)| key != "offset" && key != "limit") {
            // As the real service, which takes `q` and answers with links that say `query`.
            query.append_pair(if key == "q" { "query" } else { key }, value);
        }
        format!("{path}?{}", query.finish())
    }
}

/// A page of a longer list.
#[derive(Serialize)]
pub(crate) struct Page<T> {
    href: String,
    items: Vec<T>,
    limit: usize,
    next: Option<String>,
    offset: usize,
    previous: Option<String>,
    total: usize,
}

impl<T> Page<T> {
    /// The page of the list at `path` (absolute) that `span` asked for; there is no link beyond `furthest`.
    pub(crate) fn new(path: &str, params: &Params, span: Span, furthest: usize, total: usize, items: Vec<T>) -> Self {
        let Span { offset, limit } = span;
        let next = offset + limit;
        Self {
            href: params.link(path, offset, limit),
            items,
            limit,
            next: (next < total && next <= furthest).then(|| params.link(path, next, limit)),
            offset,
            previous: (offset > 0).then(|| params.link(path, offset.saturating_sub(limit), limit)),
            total,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_kept() {
        let span = |query: &str| Params::parse(query).span(5, 10, 1000);
        assert!(span("").is_ok_and(|s| s.limit == 5 && s.offset == 0));
        assert!(span("limit=10&offset=1000").is_ok());
        for bad in ["limit=0", "limit=11", "limit=-1", "limit=x", "limit="] {
            assert_eq!(span(bad).err(), Some(Refusal::BadRequest("Invalid limit")), "{bad}");
        }
        for bad in ["offset=1001", "offset=-1", "offset=x"] {
            assert_eq!(span(bad).err(), Some(Refusal::BadRequest("Invalid offset")), "{bad}");
        }
    }

    #[test]
    fn links_keep_the_other_parameters() {
        let params = Params::parse("q=a%26b+c&type=artist&limit=2&offset=2");
        let span = Span { offset: 2, limit: 2 };
        let page = Page::<()>::new("http://h/v1/search", &params, span, 1000, 5, vec![]);
        assert_eq!(page.next.as_deref(), Some("http://h/v1/search?offset=4&limit=2&query=a%26b+c&type=artist"));
        assert_eq!(page.previous.as_deref(), Some("http://h/v1/search?offset=0&limit=2&query=a%26b+c&type=artist"));
    }
}
