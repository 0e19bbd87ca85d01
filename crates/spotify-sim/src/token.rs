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
    alive: HashMap<String, Life>,
    next: u64,
}

/// What is left of a token.
struct Life {
    /// Until when it works, on the stand-in's clock.
    until: Duration,
    /// How many requests it is good for.
    requests: Option<u32>,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        // Another start gives other tokens, so that one of yesterday is not taken by chance.
        let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let next = mix(hash("tokens", &format!("{started:?} {}", std::process::id())));
        Self { state: Mutex::new(State { alive: HashMap::new(), next }) }
    }

    /// Gives out a token at `now`.
    pub(crate) fn issue(&self, now: Duration, config: &Config) -> String {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.alive.len() > TIDY_ABOVE {
            state.alive.retain(|_, life| life.until > now);
        }
        state.next = mix(state.next);
        let number = u128::from(state.next) << 64 | u128::from(mix(!state.next));
        let token = format!("BQ{}{}", Id::from_number(number), Id::from_number(number.rotate_left(41)));
        let lifetime = config.token_dies_after.map_or(config.token_lifetime, |early| early.min(config.token_lifetime));
        state.alive.insert(token.clone(), Life { until: now + lifetime, requests: config.token_requests });
        token
    }

    /// Makes all tokens unknown.
    pub(crate) fn revoke(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).alive.clear();
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let life = state.alive.get_mut(token).ok_or(Refusal::Unauthorized("Invalid access token"))?;
        if now >= life.until || life.requests == Some(0) {
            return Err(Refusal::Unauthorized("The access token expired"));
        }
        life.requests = life.requests.map(|left| left - 1);
        Ok(())
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

    const EXPIRED: Result<(), Refusal> = Err(Refusal::Unauthorized("The access token expired"));

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_token_works_until_it_expires() {
        let tokens = Tokens::new();
        let config = Config { token_lifetime: seconds(10), ..Config::default() };
        let token = format!("Bearer {}", tokens.issue(seconds(0), &config));
        assert_eq!(tokens.check(seconds(9), Some(&token)), Ok(()));
        assert_eq!(tokens.check(seconds(10), Some(&token)), EXPIRED);
        assert_ne!(tokens.issue(seconds(0), &config), tokens.issue(seconds(0), &config));
    }

    #[test]
    fn a_token_may_die_early() {
        let tokens = Tokens::new();
        let by_time = Config { token_dies_after: Some(seconds(5)), ..Config::default() };
        let token = format!("Bearer {}", tokens.issue(seconds(0), &by_time));
        assert_eq!(tokens.check(seconds(5), Some(&token)), EXPIRED);
        let by_use = Config { token_requests: Some(1), ..Config::default() };
        let token = format!("Bearer {}", tokens.issue(seconds(0), &by_use));
        assert_eq!(tokens.check(seconds(0), Some(&token)), Ok(()));
        assert_eq!(tokens.check(seconds(0), Some(&token)), EXPIRED);
        tokens.revoke();
        let unknown = Err(Refusal::Unauthorized("Invalid access token"));
        assert_eq!(tokens.check(seconds(0), Some(&token)), unknown);
    }
}
