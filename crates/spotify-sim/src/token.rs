//! The token endpoint: client credentials in, a bearer token for a while out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use crate::config::Config;
use crate::error::Refusal;
use crate::hash::{hash, mix};
use crate::id::Id;

/// Tokens beyond this many are looked through for dead ones.
const TIDY_ABOVE: usize = 1024;

/// The tokens that were given out.
pub(crate) struct Tokens {
    state: Mutex<State>,
}

struct State {
    /// Until when each token works, on the stand-in's clock.
    until: HashMap<String, Duration>,
    next: u64,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        // Another start gives other tokens, so that one of yesterday is not taken by chance.
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let next = mix(hash("tokens", &format!("{started:?} {}", std::process::id())));
        Self { state: Mutex::new(State { until: HashMap::new(), next }) }
    }

    /// Gives out a token that works for `lifetime` from `now`.
    pub(crate) fn issue(&self, now: Duration, lifetime: Duration) -> String {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.until.len() > TIDY_ABOVE {
            state.until.retain(|_, until| *until > now);
        }
        state.next = mix(state.next);
        let number = u128::from(state.next) << 64 | u128::from(mix(!state.next));
        let token = format!("BQ{}{}", Id::from_number(number), Id::from_number(number.rotate_left(41)));
        state.until.insert(token.clone(), now + lifetime);
        token
    }

    /// Checks the `Authorization` header of a request.
    ///
    /// # Errors
    /// What the service answers to no token, another scheme, an unknown token and one that has expired.
    pub(crate) fn check(&self, now: Duration, header: Option<&str>) -> Result<(), Refusal> {
        let header = header.ok_or(Refusal::Unauthorized("No token provided"))?;
        let token = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(Refusal::BadRequest("Only valid bearer authentication supported"))?;
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.until.get(token) {
            Some(until) if now < *until => Ok(()),
            Some(_) => Err(Refusal::Unauthorized("The access token expired")),
            None => Err(Refusal::Unauthorized("Invalid access token")),
        }
    }
}

/// Checks a request for a token: Basic header and form body.
///
/// # Errors
/// 400 in the form of the token endpoint.
pub(crate) fn check_client(config: &Config, authorization: Option<&str>, body: &[u8]) -> Result<(), Refusal> {
    let form: HashMap<_, _> = form_urlencoded::parse(body).into_owned().collect();
    match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::Token("unsupported_grant_type", "grant_type parameter is not supported")),
        None => return Err(Refusal::Token("unsupported_grant_type", "grant_type parameter is missing")),
    }
    let given = authorization
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
        .and_then(|(_, packed)| STANDARD.decode(packed.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, secret)) = given.as_deref().and_then(|pair| pair.split_once(':')) else {
        return Err(Refusal::Token("invalid_client", "Invalid client"));
    };
    if id != config.client_id {
        return Err(Refusal::Token("invalid_client", "Invalid client"));
    }
    if secret != config.client_secret {
        return Err(Refusal::Token("invalid_client", "Invalid client secret"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_works_until_it_expires() {
        let tokens = Tokens::new();
        let token = format!("Bearer {}", tokens.issue(Duration::ZERO, Duration::from_secs(10)));
        assert_eq!(tokens.check(Duration::from_secs(9), Some(&token)), Ok(()));
        let late = tokens.check(Duration::from_secs(10), Some(&token));
        assert_eq!(late, Err(Refusal::Unauthorized("The access token expired")));
        assert_ne!(tokens.issue(Duration::ZERO, Duration::ZERO), tokens.issue(Duration::ZERO, Duration::ZERO));
    }
}
