//! Decides by whose identity a request is forwarded.
//!
//! The proxy's token means the recording user. Any other bearer token is the client's own: kube-controller-manager with
//! `--use-service-account-credentials`, for example, requests a token for each controller and calls with it. Such a request goes to
//! the API server with that token and without anything of the recording user, so a stranger gets no right that it does not have at
//! the API server itself. From another machine it is refused, because the proxy must not open a network that the stranger cannot reach.
//! A request without a bearer token is refused, so no client becomes `system:anonymous` by way of the proxy.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::token::Token;

/// The longest payload of a token that is read, in bytes.
const MAX_PAYLOAD: usize = 16 * 1024;

/// The longest name of a user, in characters: namespace, name and the prefix of service accounts.
const MAX_USER: usize = 400;

/// The header with the user that a client impersonates.
pub const IMPERSONATE_USER: &str = "impersonate-user";

/// Whose credentials a request goes to the API server with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// The recording user's.
    Recorder,
    /// The bearer token that the client sent.
    Client {
        /// The service account that the token names. The API server has not checked it yet.
        user: Option<Arc<str>>,
    },
}

impl Identity {
    /// The identity of a request; `None` if it must be refused. `local` is true for a client on this machine.
    pub fn of(token: &Token, headers: &HeaderMap, local: bool) -> Option<Identity> {
        if token.matches(headers) {
            return Some(Identity::Recorder);
        }
        let sent = bearer(headers).filter(|_| local)?;
        Some(Identity::Client { user: service_account(sent) })
    }

    /// The user as which the API server sees the request, as far as the request names it.
    pub fn user(&self, headers: &HeaderMap) -> Option<Arc<str>> {
        let impersonated = headers.get(IMPERSONATE_USER).and_then(|user| user.to_str().ok()).and_then(user_name);
        match self {
            _ if impersonated.is_some() => impersonated,
            Identity::Client { user } => user.clone(),
            Identity::Recorder => None,
        }
    }
}

/// The token of the only `Authorization` header; `None` if there is none, or one without a bearer token.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let (scheme, token) = values.next().filter(|_| values.next().is_none())?.split_at_checked(7)?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

/// The `sub` of a service account's JSON web token. Nothing else of a token is used.
fn service_account(token: &[u8]) -> Option<Arc<str>> {
    let payload = token.split(|byte| *byte == b'.').nth(1).filter(|payload| payload.len() <= MAX_PAYLOAD)?;
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let subject = claims.get("sub")?.as_str()?;
    user_name(subject).filter(|user| user.starts_with("system:serviceaccount:"))
}

/// The text as a user's name; `None` if it is no printable word.
fn user_name(text: &str) -> Option<Arc<str>> {
    let printable = text.chars().all(|c| c.is_ascii_graphic());
    (printable && !text.is_empty() && text.len() <= MAX_USER).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use http::header::AUTHORIZATION;
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::{IMPERSONATE_USER, Identity};
    use crate::gateway::token::Token;

    fn with(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).expect("text"))).collect()
    }

    fn token_of(claims: &serde_json::Value) -> String {
        format!("Bearer eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    #[test]
    fn the_proxys_token_is_the_recording_user_and_any_other_is_the_clients_own() {
        let token = Token::generate().expect("randomness");
        let of = |values: &[&str], local| Identity::of(&token, &with(values), local);
        assert_eq!(of(&[&format!("Bearer {}", token.text())], false), Some(Identity::Recorder));
        assert_eq!(of(&["bearer opaque"], true), Some(Identity::Client { user: None }));
        assert_eq!(of(&["Bearer opaque"], false), None, "another machine needs the proxy's token");
        for refused in [&[][..], &["Basic dXNlcjpwdw=="], &["Bearer  "], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert_eq!(of(refused, true), None, "{refused:?}");
        }
    }

    #[test]
    fn a_service_account_is_named_and_other_subjects_are_not() {
        let token = Token::generate().expect("randomness");
        let user = |claims: serde_json::Value| match Identity::of(&token, &with(&[&token_of(&claims)]), true) {
            Some(Identity::Client { user }) => user,
            other => panic!("{other:?}"),
        };
        let name = "system:serviceaccount:kube-system:deployment-controller";
        assert_eq!(user(serde_json::json!({"sub": name})).as_deref(), Some(name));
        for claims in [
            serde_json::json!({"sub": "jane@example.com"}),
            serde_json::json!({"sub": "system:serviceaccount:a:\u{1b}[31m"}),
            serde_json::json!({"sub": 7}),
            serde_json::json!([]),
        ] {
            assert_eq!(user(claims), None);
        }
    }

    #[test]
    fn the_impersonated_user_is_the_user() {
        let mut headers = HeaderMap::new();
        assert_eq!(Identity::Recorder.user(&headers), None);
        headers.insert(HeaderName::from_static(IMPERSONATE_USER), HeaderValue::from_static("system:serviceaccount:a:b"));
        assert_eq!(Identity::Recorder.user(&headers).as_deref(), Some("system:serviceaccount:a:b"));
    }
}
