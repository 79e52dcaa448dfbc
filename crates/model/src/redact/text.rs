//! Secrets in free text that are recognised by their form: bearer tokens, JSON web tokens, private keys, passwords in URLs,
//! and the keys of a kubeconfig.

use std::borrow::Cow;

use super::archives::{GZIP, GZIP_TWICE};
use super::looks::Looks;
use super::session_key::SessionKey;
use super::{assignments, needles, shapes};

/// Words before a secret. The secret ends at white space, a quote, a comma, a semicolon or a closing bracket.
const BEFORE: &[&str] =
    &["Bearer ", "bearer ", "client-key-data:", "client-key-data\":", "client-key-data\\\":", "Authorization: Basic "];

/// True if there may be a secret; fast enough for every text.
pub(super) fn suspicious(looks: &Looks, bytes: &[u8]) -> bool {
    let has = |needle: &str| memchr::memmem::find(bytes, needle.as_bytes()).is_some();
    let chosen = |on: bool, group: u8| if on { group } else { 0 };
    let enough = chosen(looks.keys, needles::KEY) | chosen(looks.tokens, needles::WEB_TOKEN);
    let found = needles::groups_in(bytes, enough);
    let found_in = |on: bool, group: u8| on && found & group != 0;
    found & enough != 0
        || (found_in(looks.tokens, needles::CREDENTIAL) && (has("Bearer ") || has("bearer ") || has("client-key-data")))
        || (found_in(looks.pem, needles::PEM) && has("PRIVATE KEY-----"))
        || (found_in(looks.urls, needles::ADDRESS) && memchr::memchr(b'@', bytes).is_some())
        || (found_in(looks.archives, needles::ARCHIVE) && (has(GZIP) || has(GZIP_TWICE)))
        || (found_in(looks.shapes, needles::SHAPE) && shapes::may_have(bytes))
        || (looks.shapes && shapes::has_bootstrap_dot(bytes))
}

/// The shortest line of a private key after what a logger wrote before it, in characters.
const KEY_LINE: usize = 40;
/// The shortest compressed text, in characters.
const SHORTEST_ARCHIVE: usize = 64;

/// Replaces everything that looks like a secret.
pub(super) fn clean<'t>(looks: &Looks, key: &SessionKey, text: &'t str) -> Cow<'t, str> {
    let mut text = Cow::Borrowed(text);
    let finders: [(bool, Find); 7] = [
        (looks.pem, private_key),
        (looks.tokens, web_token),
        (looks.tokens, after_words),
        (looks.urls, password_in_address),
        (looks.archives, archive),
        (looks.shapes, shapes::find),
        (looks.keys, assignments::find),
    ];
    for (_, find) in finders.into_iter().filter(|(on, _)| *on) {
        text = replace_all(key, text, find);
    }
    text
}

/// A compressed text in base64, which may hold anything.
fn archive(text: &str, from: usize) -> Option<(usize, usize)> {
    let begins = [GZIP, GZIP_TWICE].iter().filter_map(|needle| find_from(text, from, needle));
    let takes = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    let length = |start: usize| text.as_bytes().get(start..).map_or(0, |rest| rest.iter().take_while(|byte| takes(byte)).count());
    begins.map(|start| (start, start + length(start))).filter(|(start, end)| end - start >= SHORTEST_ARCHIVE).min()
}

/// Finds the first secret at or after an offset: its start and end.
type Find = fn(&str, usize) -> Option<(usize, usize)>;

fn replace_all<'t>(key: &SessionKey, text: Cow<'t, str>, find: Find) -> Cow<'t, str> {
    let mut out = String::new();
    let mut copied = 0;
    while let Some((start, end)) = find(&text, copied) {
        let (Some(before), Some(secret)) = (text.get(copied..start), text.get(start..end)) else { break };
        out.push_str(before);
        if secret.starts_with("redacted:") || secret.is_empty() {
            out.push_str(secret);
        } else {
            out.push_str(&key.replace(secret.as_bytes()));
        }
        copied = end;
    }
    if copied == 0 {
        return text;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn find_from(text: &str, from: usize, needle: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes().get(from..)?, needle.as_bytes()).map(|at| from + at)
}

/// A private key from its first line to its last, or to the end of a text that was cut.
fn private_key(text: &str, from: usize) -> Option<(usize, usize)> {
    let marker = find_from(text, from, "PRIVATE KEY-----")?;
    let start = text.get(from..marker)?.rfind("-----BEGIN").map_or(marker, |at| from + at);
    let body = marker + "PRIVATE KEY-----".len();
    let end = find_from(text, body, "PRIVATE KEY-----").map_or(text.len(), |at| at + "PRIVATE KEY-----".len());
    Some((start, end))
}

/// The first or the last line of a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyEdge {
    Begin,
    End,
}

/// The edge of a private key that a log line is, if its other edge is on another line.
pub(super) fn key_edge(line: &str) -> Option<KeyEdge> {
    let marker = line.rfind("PRIVATE KEY-----")?;
    let before = line.get(..marker)?;
    match (before.rfind("-----BEGIN"), before.rfind("-----END")) {
        (Some(begin), Some(end)) if begin < end => None,
        (Some(_), _) => Some(KeyEdge::Begin),
        (None, Some(_)) => Some(KeyEdge::End),
        (None, None) => None,
    }
}

/// True if a line may be one between the edges: base64, or a header such as `DEK-Info: AES-256-CBC,…`, with something before it that a
/// logger wrote.
pub(super) fn may_be_in_key(line: &str) -> bool {
    let last = line.split_whitespace().next_back().unwrap_or_default();
    let base64 = last.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    // The words of other messages are shorter than a line of a key.
    let alone = !line.trim().contains(char::is_whitespace);
    (base64 && (alone || last.len() >= KEY_LINE)) || line.starts_with("DEK-Info:") || line.starts_with("Proc-Type:")
}

/// A JSON web token: three base64url parts with dots between, the first of which encodes `{"…`.
fn web_token(text: &str, mut from: usize) -> Option<(usize, usize)> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    while let Some(start) = find_from(text, from, "eyJ") {
        let rest = text.as_bytes().get(start..)?;
        let length = rest.iter().take_while(|byte| is_part(byte) || **byte == b'.').count();
        let token = rest.get(..length)?;
        let parts: Vec<&[u8]> = token.split(|&byte| byte == b'.').collect();
        if parts.len() >= 3 && parts[..2].iter().all(|part| part.len() >= 8) {
            return Some((start, start + length));
        }
        from = start + length.max(3);
    }
    None
}

/// The word after one of [`BEFORE`].
fn after_words(text: &str, from: usize) -> Option<(usize, usize)> {
    let (at, before) = BEFORE.iter().filter_map(|word| Some((find_from(text, from, word)?, word))).min_by_key(|(at, _)| *at)?;
    let bytes = text.as_bytes();
    let mut start = at + before.len();
    while bytes.get(start).is_some_and(|byte| matches!(byte, b' ' | b'"' | b'\\' | b'\'')) {
        start += 1;
    }
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\\' | b'\'' | b',' | b';' | b'}' | b']');
    let length = bytes.get(start..)?.iter().take_while(|byte| !ends(byte)).count();
    Some((start, start + length))
}

/// `pw` in `scheme://user:pw@host`.
fn password_in_address(text: &str, mut from: usize) -> Option<(usize, usize)> {
    while let Some(scheme) = find_from(text, from, "://") {
        let start = scheme + 3;
        let rest = text.as_bytes().get(start..)?;
        let length = rest
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'"' | b'\'' | b'?' | b'#'))
            .count();
        let authority = rest.get(..length)?;
        if let Some(at) = memchr::memrchr(b'@', authority)
            && let Some(colon) = memchr::memchr(b':', &authority[..at])
            && colon + 1 < at
        {
            return Some((start + colon + 1, start + at));
        }
        from = start;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        clean(&Looks::ALL, &SessionKey::new([7; 32]), text).into_owned()
    }

    #[test]
    fn secrets_are_found_by_their_form() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJl";
        for (text, secret) in [
            (format!("header Authorization: Bearer {token} sent"), token),
            (format!("token={token}"), token),
            ("got Bearer abc123opaque, retrying".into(), "abc123opaque"),
            ("users: client-key-data: TUlJRXBBSUJB\nmore".into(), "TUlJRXBBSUJB"),
            (r#"{"client-key-data":"TUlJRXBBSUJB"}"#.into(), "TUlJRXBBSUJB"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n".into(), "MIIE"),
            ("cut -----BEGIN PRIVATE KEY-----\nMIIE".into(), "MIIE"),
            ("dial postgres://app:hunter2@db:5432/x".into(), "hunter2"),
        ] {
            let clean = cleaned(&text);
            assert!(!clean.contains(secret) && clean.contains("redacted:"), "{text} → {clean}");
        }
    }

    #[test]
    fn the_edges_of_a_private_key_are_recognised() {
        assert_eq!(key_edge("x -----BEGIN PRIVATE KEY-----"), Some(KeyEdge::Begin));
        assert_eq!(key_edge("-----END EC PRIVATE KEY-----"), Some(KeyEdge::End));
        assert_eq!(key_edge("-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----"), None);
        assert!(may_be_in_key("MIIEowIBAAKCAQ==") && may_be_in_key("") && !may_be_in_key("starting the controller"));
        assert!(may_be_in_key(&format!("INFO {}", "MIIE".repeat(16))));
    }

    #[test]
    fn other_text_stays_unchanged() {
        for text in ["", "Bearer", "eyJ", "http://host:80/a@b", "reconciling shop/checkout", "ünïcödé ://@ eyJ.a.b"] {
            assert_eq!(cleaned(text), text);
        }
    }
}
