//! Redacts everything that goes into one session.

use std::borrow::Cow;

use bytes::Bytes;

use super::body_info::BodyInfo;
use super::cleaner::{Cleaner, Form};
use super::document::{Document, ROOT};
use super::edits::Edits;
use super::looks::Looks;
use super::path_rule::PathRule;
use super::secret_values::SecretValues;
use super::session_key::SessionKey;
use super::text::KeyEdge;
use super::{opaque, status, text, uri, yaml};

/// The streams of a program's log.
const STREAMS: usize = 4;

/// Shorter names hold no secret.
const SHORTEST_NAME: usize = 8;

/// The most lines of a private key in a log.
const KEY_LINES: u32 = 200;

/// Bytes of a log line that are remembered until the next one.
const LINE_END: usize = 4 * 1024;

/// The text that may be stored in place of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactedBody {
    /// Compact JSON: the redacted body, or a description of a body that cannot be stored.
    pub text: Bytes,
    /// True if `text` is the body, false if it is a description.
    pub readable: bool,
}

/// Replaces the secret values in bodies, messages, log lines and URLs of one session.
pub struct Redactor {
    key: SessionKey,
    rules: Vec<PathRule>,
    /// The values that were replaced so far.
    pub(super) replaced: SecretValues,
    /// The values of [`Redactor::add_secret`].
    configured: SecretValues,
    finders: Vec<memchr::memmem::Finder<'static>>,
    looks: Looks,
    /// The end of the last line of each stream: a secret may be split over two lines.
    last_lines: [String; STREAMS],
    /// How many more lines of each stream may belong to a private key that has begun.
    key_lines: [u32; STREAMS],
}

impl Redactor {
    /// A redactor with the session's key and the user's rules, which apply in addition to the built-in ones.
    #[must_use]
    pub fn new(key: SessionKey, mut rules: Vec<PathRule>) -> Redactor {
        for (resource, group, subresource, pointer) in [
            ("serviceaccounts", "", "token", "status/token"),
            ("tokenreviews", "authentication.k8s.io", "", "spec/token"),
            ("tokenreviews", "authentication.k8s.io", "", "status/token"),
            ("oauthclients", "oauth.openshift.io", "", "secret"),
            ("oauthclients", "oauth.openshift.io", "", "additionalSecrets/*"),
        ] {
            rules.push(PathRule::built_in(resource, group, subresource, pointer));
        }
        Redactor {
            key,
            rules,
            replaced: SecretValues::default(),
            configured: SecretValues::default(),
            finders: Vec::new(),
            looks: Looks::ALL,
            last_lines: std::array::from_fn(|_| String::new()),
            key_lines: [0; STREAMS],
        }
    }

    /// Chooses what counts as a secret by its looks [default: everything].
    #[must_use]
    pub fn with_looks(self, looks: Looks) -> Redactor {
        Redactor { looks, ..self }
    }

    /// How many distinctive secret values were seen so far. If it grows, what was recorded before may hold the new value.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.replaced.added()
    }

    /// Replaces the distinctive secret values that were seen so far, in every form; `None` if there is none in the text.
    #[must_use]
    pub fn without_seen(&self, text: &str) -> Option<String> {
        match self.replaced.clean_distinctive(text) {
            Cow::Owned(cleaned) => Some(cleaned),
            Cow::Borrowed(_) => None,
        }
    }

    /// Replaces the distinctive secret values that were seen so far in compact JSON, also where a string escapes them; `None` if there
    /// is none.
    #[must_use]
    pub fn json_without_seen(&self, text: &str) -> Option<String> {
        let quotes = self.replaced.is_in(text.as_bytes());
        if !quotes && memchr::memchr(b'\\', text.as_bytes()).is_none() {
            return None;
        }
        let document = Document::parse(text).ok()?;
        let mut edits = Edits::new(&document);
        for node in document.subtree(ROOT) {
            let Some(found) = document.text(node) else { continue };
            if let Cow::Owned(cleaned) = self.replaced.clean_distinctive(&found) {
                edits.set_text(node, cleaned);
            }
        }
        let unchanged = edits.is_empty();
        let cleaned = edits.apply();
        // Keys are left. A match over a key's end would break the JSON.
        match self.replaced.clean_distinctive(&cleaned) {
            Cow::Owned(all) if Document::parse(&all).is_ok() => Some(all),
            _ => (!unchanged).then_some(cleaned),
        }
    }

    /// Redacts a line of a log. `stream` tells the streams of the program apart: a value may be split over two lines of one.
    pub fn line(&mut self, stream: usize, text: &str) -> String {
        if self.is_in_key(stream, text) {
            return self.key.replace(text.as_bytes());
        }
        if !self.replaced.has_distinctive() {
            return self.text(text).into_owned();
        }
        let before = self.last_lines.get(stream).map_or("", String::as_str);
        let cleaned = self.text(&self.replaced.clean_line(before, text)).into_owned();
        if let Some(last) = self.last_lines.get_mut(stream) {
            let start = text.len().saturating_sub(LINE_END);
            let start = (start..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            text[start..].clone_into(last);
        }
        cleaned
    }

    /// True if a line belongs to a private key that an earlier line of the stream has begun.
    fn is_in_key(&mut self, stream: usize, text: &str) -> bool {
        let Some(left) = self.key_lines.get_mut(stream).filter(|_| self.looks.pem) else { return false };
        let inside = *left > 0;
        *left = match text::key_edge(text) {
            Some(KeyEdge::Begin) => KEY_LINES,
            Some(KeyEdge::End) => 0,
            // A key is base64; anything else means that its end is missing.
            None if inside && text::may_be_in_key(text) => *left - 1,
            None => 0,
        };
        inside && (*left > 0 || text::key_edge(text) == Some(KeyEdge::End))
    }

    /// The id of the key, which may be stored.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.key.id()
    }

    /// Adds a value that must not be written anywhere: a token or a key of the program itself. Every body is searched for it, and
    /// it is never forgotten, so add a handful at most.
    pub fn add_secret(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        let replacement = self.key.replace(value.as_bytes());
        self.configured.add(value.as_bytes(), &replacement);
        self.finders.push(memchr::memmem::Finder::new(value).into_owned());
    }

    /// Replaces the values of [`Redactor::add_secret`]. Neither they nor their replacements contain quotes, so that JSON stays JSON.
    fn without_configured(&self, text: Bytes) -> Bytes {
        if !self.finders.iter().any(|value| value.find(&text).is_some()) {
            return text;
        }
        match std::str::from_utf8(&text).map(|text| self.configured.clean(text)) {
            Ok(Cow::Owned(cleaned)) => Bytes::from(cleaned),
            Ok(Cow::Borrowed(_)) | Err(_) => text,
        }
    }

    fn bytes_without_seen(&self, text: Bytes) -> Bytes {
        if !self.replaced.has_distinctive() {
            return text;
        }
        match std::str::from_utf8(&text).ok().and_then(|text| self.json_without_seen(text)) {
            Some(cleaned) => Bytes::from(cleaned),
            None => text,
        }
    }

    /// Redacts a body that is valid, compact JSON.
    pub fn json(&mut self, info: &BodyInfo<'_>, text: Bytes) -> RedactedBody {
        if std::str::from_utf8(&text).is_err() {
            return self.unreadable("not in UTF-8", info, &text, text.len() as u64);
        }
        if info.subresource == "proxy" {
            // The API server passes such a body on; it may be anything.
            return self.unreadable("of another server", info, &text, text.len() as u64);
        }
        let text = self.without_configured(text);
        let plain = !self.has_rules(info) && !mentions_secret(&text) && !text::suspicious(&self.looks, &text);
        if plain && (self.replaced.is_empty() || !may_be_status(&text)) {
            return RedactedBody { text: self.bytes_without_seen(text), readable: true };
        }
        match std::str::from_utf8(&text).ok().and_then(|text| self.document(info, text)) {
            Some(text) => RedactedBody { text: self.bytes_without_seen(Bytes::from(text)), readable: true },
            None => self.unreadable("not readable", info, &text, text.len() as u64),
        }
    }

    /// Redacts a body in YAML, as apply patches may be. The result is JSON.
    pub fn yaml(&mut self, info: &BodyInfo<'_>, bytes: &[u8]) -> RedactedBody {
        let json = std::str::from_utf8(bytes).ok().and_then(yaml::to_json);
        match json.and_then(|json| self.document(info, &json)) {
            Some(text) => {
                let text = self.without_configured(Bytes::from(text));
                RedactedBody { text: self.bytes_without_seen(text), readable: true }
            }
            None => self.unreadable("not readable", info, bytes, bytes.len() as u64),
        }
    }

    /// Describes a body that cannot be stored. `length` is the length of the whole body; `bytes` may be only its beginning.
    #[must_use]
    pub fn unreadable(&self, why: &str, info: &BodyInfo<'_>, bytes: &[u8], length: u64) -> RedactedBody {
        RedactedBody { text: opaque::describe(&self.key, why, info.media_type, bytes, length), readable: false }
    }

    /// True if bodies like this must always be parsed.
    #[must_use]
    pub fn has_rules(&self, info: &BodyInfo<'_>) -> bool {
        info.is_secret() || self.rules.iter().any(|rule| rule.applies_to(info))
    }

    /// Redacts an error message. `request_readable` is false if the request's body could not be read: the server may quote any part of
    /// it, so that of a message about secrets only a hash stays.
    #[must_use]
    pub fn message(&self, info: &BodyInfo<'_>, message: &str, request_readable: bool) -> String {
        let cleaned = if !self.has_rules(info) {
            Cow::Borrowed(message)
        } else if request_readable {
            Cow::Owned(status::clean_message(&self.key, message, &info.public_words()))
        } else {
            Cow::Owned(self.key.replace(message.as_bytes()))
        };
        self.text(&cleaned).into_owned()
    }

    /// Redacts plain text: log lines, errors, names.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = match self.configured.clean(text) {
            Cow::Borrowed(text) => self.replaced.clean(text),
            Cow::Owned(text) => Cow::Owned(self.replaced.clean(&text).into_owned()),
        };
        if !text::suspicious(&self.looks, known.as_bytes()) && !known.contains("Authorization") && !known.contains("bearer ") {
            return known;
        }
        match known {
            Cow::Borrowed(text) => text::clean(&self.looks, &self.key, text),
            Cow::Owned(text) => Cow::Owned(text::clean(&self.looks, &self.key, &text).into_owned()),
        }
    }

    /// Redacts a name: an identifier, a header, a short text. Of the values that were seen, those stay that are ordinary names.
    #[must_use]
    pub fn name<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.len() < SHORTEST_NAME {
            return Cow::Borrowed(text);
        }
        let known = match self.configured.clean(text) {
            Cow::Borrowed(text) => self.replaced.clean_name(text),
            Cow::Owned(text) => Cow::Owned(self.replaced.clean_name(&text).into_owned()),
        };
        let looks = Looks { keys: false, ..self.looks };
        if !text::suspicious(&looks, known.as_bytes()) {
            return known;
        }
        Cow::Owned(text::clean(&looks, &self.key, &known).into_owned())
    }

    /// Redacts path and query of a URL, and drops empty query pairs.
    #[must_use]
    pub fn uri(&self, path: &str, query: &str) -> String {
        uri::clean(path, query, |text| self.text(text), |value| self.key.replace(value.as_bytes()))
    }

    /// Redacts a body in compact JSON; `None` if it is no JSON.
    pub(super) fn document(&mut self, info: &BodyInfo<'_>, text: &str) -> Option<String> {
        let document = Document::parse(text).ok()?;
        let is_status = document.member_is(ROOT, "kind", "Status");
        let has_rules = self.has_rules(info);
        let mut cleaner = Cleaner::new(&self.looks, &self.key, &mut self.replaced, &document);
        if is_status && has_rules {
            status::clean_status(&self.key, &document, &mut cleaner.edits, &info.public_words());
        } else if !is_status {
            if info.is_secret() {
                cleaner.secret_body(info);
            }
            for rule in self.rules.iter().filter(|rule| rule.applies_to(info)) {
                rule.select(info, &document).into_iter().for_each(|value| cleaner.replace(value, Form::Plain));
            }
        }
        if !info.is_secret() || is_status {
            cleaner.other_body();
        }
        let mut edits = cleaner.edits;
        if is_status {
            // The texts of an error may quote any value that was replaced before.
            for node in document.subtree(ROOT) {
                let quoted = edits.text(node).and_then(|text| match self.text(&text) {
                    Cow::Owned(cleaned) => Some(cleaned),
                    Cow::Borrowed(_) => None,
                });
                if let Some(cleaned) = quoted {
                    edits.set_text(node, cleaned);
                }
            }
        }
        Some(edits.apply())
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("key", &self.key).field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// True if a Secret may be in it: `"Secret"` as a value, escaped or not.
fn mentions_secret(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"\"Secret").any(|at| matches!(bytes.get(at + 7), Some(b'"' | b'\\')))
}

/// True if it may be the body of an error.
fn may_be_status(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"\"Status\"").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(rules: &[&str]) -> Redactor {
        let rules = rules.iter().map(|rule| PathRule::parse(rule).unwrap()).collect();
        Redactor::new(SessionKey::new([4; 32]), rules)
    }

    fn redacted(redactor: &mut Redactor, info: &BodyInfo<'_>, text: &str) -> String {
        let body = redactor.json(info, Bytes::copy_from_slice(text.as_bytes()));
        assert!(body.readable, "{text}");
        String::from_utf8(body.text.to_vec()).unwrap()
    }

    const SECRETS: BodyInfo<'_> = BodyInfo {
        group: "",
        resource: "secrets",
        kind: "Secret",
        subresource: "",
        namespace: "shop",
        name: "db",
        media_type: "",
    };

    #[test]
    fn key_order_number_text_and_escapes_stay() {
        let mut redactor = redactor(&["widgets:/spec/password"]);
        let info = BodyInfo { resource: "widgets", ..BodyInfo::default() };
        let text = r#"{"z":1.0,"spec":{"y":"\u003ca\u003e","password":"hunter2","b":123456789012345678901234567890},"a":1e2}"#;
        let clean = redacted(&mut redactor, &info, text);
        let hash = redactor.key.replace(b"hunter2");
        assert_eq!(clean, text.replace("hunter2", &hash));

        let text = r#"{"type":"Opaque","metadata":{"name":"db","generation":1.0},"kind":"Secret","data":{"z":"aHVudGVyMg==","a":"aHVudGVyMg=="},"apiVersion":"v1"}"#;
        let clean = redacted(&mut redactor, &SECRETS, text);
        assert_eq!(clean, text.replace("aHVudGVyMg==", &redactor.key.replace_base64("aHVudGVyMg==").0));
    }

    #[test]
    fn copies_in_annotations_keep_their_order_too() {
        let mut redactor = redactor(&[]);
        let copy = r#"{\"kind\":\"Secret\", \"stringData\":{\"pw\":\"hunter2\"},\"apiVersion\":\"v1\"}\n"#;
        let text = format!(
            r#"{{"kind":"Secret","metadata":{{"annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{copy}"}}}}}}"#
        );
        let clean = redacted(&mut redactor, &SECRETS, &text);
        let hash = redactor.key.replace(b"hunter2");
        let compact = copy.replace(", ", ",").replace("\\n", "").replace("hunter2", &hash);
        assert_eq!(clean, text.replace(copy, &compact));
    }

    #[test]
    fn repeated_keys_hide_nothing() {
        let mut redactor = redactor(&["/spec/token"]);
        for text in [
            r#"{"kind":"Secret","data":{"a":"aHVudGVyMg=="},"data":{"b":"aHVudGVyMg=="},"kind":"Status"}"#,
            r#"{"kind":"PartialObjectMetadata","kind":"Secret","metadata":{},"stringData":{"a":"hunter2"}}"#,
            r#"{"items":[{"data":{"a":"aHVudGVyMg=="}}],"items":{"a":"hunter2"}}"#,
            r#"{"metadata":{},"metadata":{"annotations":{"x":"{\"data\":\"hunter2\"}"}}}"#,
        ] {
            let clean = redacted(&mut redactor, &SECRETS, text);
            assert!(!clean.contains("hunter2") && !clean.contains("aHVudGVyMg=="), "{clean}");
        }
        let other = BodyInfo { resource: "widgets", ..BodyInfo::default() };
        for text in [
            r#"{"spec":{"token":"hunter2"},"spec":{"token":"x"}}"#,
            r#"{"a":{"kind":"Pod","kind":"Secret","data":{"a":"aHVudGVyMg=="}}}"#,
            r#"{"a":{"\u006bind":"\u0053ecret","kind":"Secret","data":{"a":"aHVudGVyMg=="}}}"#,
        ] {
            let clean = redacted(&mut redactor, &other, text);
            assert!(!clean.contains("hunter2") && !clean.contains("aHVudGVyMg=="), "{clean}");
        }
        let patch = BodyInfo { media_type: "application/json-patch+json", ..SECRETS };
        let text = r#"[{"op":"add","path":"/metadata/labels","path":"/data","value":{"a":"hunter2"}}]"#;
        assert!(!redacted(&mut redactor, &patch, text).contains("hunter2"));
    }

    #[test]
    fn yaml_becomes_json_in_the_order_of_the_text() {
        let mut redactor = redactor(&[]);
        let body = redactor.yaml(&SECRETS, b"kind: Secret\napiVersion: v1\nstringData:\n  z: hunter2\n  a: null\n");
        let hash = redactor.key.replace(b"hunter2");
        let expected = format!(r#"{{"kind":"Secret","apiVersion":"v1","stringData":{{"z":"{hash}","a":null}}}}"#);
        assert_eq!((body.text, body.readable), (Bytes::from(expected), true));
        assert!(!redactor.yaml(&SECRETS, b"- a\n- b\n").readable);
    }

    #[test]
    fn urls_have_one_form_and_no_secrets() {
        let redactor = redactor(&[]);
        assert_eq!(redactor.uri("/api/v1/pods", "&limit=500"), "/api/v1/pods?limit=500");
        assert_eq!(redactor.uri("/api/v1/pods", "labelSelector=app%3Dweb&watch"), "/api/v1/pods?labelSelector=app%3Dweb&watch");
        assert_eq!(redactor.uri("/api/v1/pods", ""), "/api/v1/pods");
        let exec = redactor.uri("/api/v1/namespaces/a/pods/b/exec", "command=sh&command=-c&command=login+hunter2&tty=true");
        assert!(
            exec.contains("command=sh&command=-c&command=redacted:") && exec.ends_with("&tty=true") && !exec.contains("hunter2")
        );
        assert!(!redactor.uri("/x", "token=hunter2").contains("hunter2"));
        let quoted = redactor.uri("/x", "q=got%20Bearer%20abc123opaque%2Fü");
        assert!(quoted.starts_with("/x?q=got%20Bearer%20redacted:") && !quoted.contains("abc123"), "{quoted}");
    }
}
