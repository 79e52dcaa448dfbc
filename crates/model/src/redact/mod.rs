//! Keeping secrets out: what may be written to a recording, and as what.
//!
//! A secret value is replaced by a hash under a key that is drawn per session and never stored, so that a *change* still
//! shows and nothing can be tried out. What counts as secret:
//!
//! - `data` and `stringData` of Secrets, and whatever else stands in one that its schema does not have: in objects, items
//!   of lists, rows of tables, patches of every media type, copies in annotations, Secrets inside other objects;
//! - tokens: TokenRequest, TokenReview, bearer and JSON web tokens anywhere in a text; private keys; passwords in addresses;
//! - what the user's rules name ([`PathRule`]), and values that are known from elsewhere ([`Redactor::know`]);
//! - in messages, log lines and addresses: every value that was replaced before, and in messages about Secrets whatever is quoted.
//!
//! A body that cannot be read cannot be cleaned, so it is never stored: its length, media type and keyed hash are.
//! Bodies of kinds without rules are not parsed; they are looked over for the few byte sequences that secrets begin with.

mod hash;
mod opaque;
mod path;
mod seen;
mod status;
mod text;
mod tree;
mod uri;

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::Value;

pub use hash::SessionKey;
pub use path::PathRule;

use seen::Seen;
use tree::{Cleaner, Form};

/// What a body is about, from the request's path and headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct About<'a> {
    /// API group, '' for core.
    pub group: &'a str,
    /// Plural as in URLs, '' where unknown.
    pub resource: &'a str,
    /// Kind of the body, '' where unknown.
    pub kind: &'a str,
    /// Subresource, '' for none.
    pub subresource: &'a str,
    /// Namespace, '' for none.
    pub namespace: &'a str,
    /// Name, '' for none.
    pub name: &'a str,
    /// Media type of the body, '' where unknown: then JSON.
    pub media_type: &'a str,
}

impl About<'_> {
    pub(crate) fn is_json_patch(&self) -> bool {
        self.media_type.starts_with("application/json-patch+json")
    }

    fn is_secret(&self) -> bool {
        (self.group.is_empty() && self.resource == "secrets") || self.kind == "Secret"
    }
}

/// What may be stored of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// Compact JSON: the body, or what stands for it.
    pub text: Bytes,
    /// Whether it is the body.
    pub readable: bool,
}

/// Takes secrets out of everything that goes into one session.
pub struct Redactor {
    key: SessionKey,
    rules: Vec<PathRule>,
    seen: Seen,
    known: Seen,
    finders: Vec<memchr::memmem::Finder<'static>>,
}

impl Redactor {
    /// A redactor with the session's key and the user's rules; ours come in addition.
    #[must_use]
    pub fn new(key: SessionKey, rules: Vec<PathRule>) -> Redactor {
        let mut rules = rules;
        for (resource, group, subresource, pointer) in [
            ("serviceaccounts", "", "token", "status/token"),
            ("tokenreviews", "authentication.k8s.io", "", "spec/token"),
            ("tokenreviews", "authentication.k8s.io", "", "status/token"),
        ] {
            rules.push(PathRule::built_in(resource, group, subresource, pointer));
        }
        Redactor { key, rules, seen: Seen::default(), known: Seen::default(), finders: Vec::new() }
    }

    /// What may be stored of the key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        self.key.id()
    }

    /// A value that must not be written wherever it shows itself, known from elsewhere than the traffic: a token, a key. It is looked
    /// for in every body too, and never forgotten, so that there may be a handful of them only.
    pub fn know(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        let stands = self.key.replace(value.as_bytes());
        self.known.remember(value.as_bytes(), &stands);
        self.finders.push(memchr::memmem::Finder::new(value).into_owned());
    }

    /// The text without the values that are known from elsewhere. They are words without quotes, and so is what stands for them.
    fn without_known(&self, text: Bytes) -> Bytes {
        if !self.finders.iter().any(|value| value.find(&text).is_some()) {
            return text;
        }
        match std::str::from_utf8(&text).map(|text| self.known.clean(text)) {
            Ok(Cow::Owned(cleaned)) => Bytes::from(cleaned),
            Ok(Cow::Borrowed(_)) | Err(_) => text,
        }
    }

    /// Cleans a body that is known to be sound, compact JSON.
    pub fn json(&mut self, about: &About<'_>, text: Bytes) -> Clean {
        if std::str::from_utf8(&text).is_err() {
            return self.unreadable("not in UTF-8", about, &text, text.len() as u64);
        }
        let text = self.without_known(text);
        let plain = !self.has_rules(about) && !mentions_secret(&text) && !text::suspicious(&text);
        if plain && (self.seen.is_empty() || !may_be_status(&text)) {
            return Clean { text, readable: true };
        }
        match serde_json::from_slice::<Value>(&text) {
            Ok(value) => Clean { text: Bytes::from(self.value(about, value).to_string()), readable: true },
            Err(_) => self.unreadable("not readable", about, &text, text.len() as u64),
        }
    }

    /// Cleans a body in YAML, as apply patches may be; it becomes JSON.
    pub fn yaml(&mut self, about: &About<'_>, bytes: &[u8]) -> Clean {
        let read = std::str::from_utf8(bytes).ok().and_then(|text| serde_saphyr::from_str::<Value>(text).ok());
        if let Some(value) = read.filter(Value::is_object) {
            let text = Bytes::from(self.value(about, value).to_string());
            let text = self.without_known(text);
            // YAML may nest deeper than the readers of JSON go.
            if serde_json::from_slice::<serde::de::IgnoredAny>(&text).is_ok() {
                return Clean { text, readable: true };
            }
        }
        self.unreadable("not readable", about, bytes, bytes.len() as u64)
    }

    /// What stands for a body that is not to be stored: of `length` bytes, as far as they are known `bytes`.
    #[must_use]
    pub fn unreadable(&self, why: &str, about: &About<'_>, bytes: &[u8], length: u64) -> Clean {
        Clean { text: opaque::stand_in(&self.key, why, about.media_type, bytes, length), readable: false }
    }

    /// Whether these are the bytes of a body in Kubernetes' protobuf or another encoding that is not read here.
    #[must_use]
    pub fn is_foreign(about: &About<'_>, bytes: &[u8]) -> bool {
        opaque::is_protobuf(bytes) || about.media_type.contains("protobuf") || about.media_type.contains("cbor")
    }

    /// Whether bodies about this have to be parsed in any case.
    #[must_use]
    pub fn has_rules(&self, about: &About<'_>) -> bool {
        about.is_secret() || self.rules.iter().any(|rule| rule.concerns(about) || rule.concerns_all())
    }

    /// Cleans the message of an error. `request_read` says whether what was sent could be read: if not, nobody knows what
    /// the server quotes of it, and of a message about secrets only a hash stays.
    #[must_use]
    pub fn message(&self, about: &About<'_>, message: &str, request_read: bool) -> String {
        let cleaned = if !self.has_rules(about) {
            Cow::Borrowed(message)
        } else if request_read {
            Cow::Owned(status::clean_message(&self.key, message, &safe_words(about)))
        } else {
            Cow::Owned(self.key.replace(message.as_bytes()))
        };
        self.text(&cleaned).into_owned()
    }

    /// Cleans a text that a program printed.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = match self.known.clean(text) {
            Cow::Borrowed(text) => self.seen.clean(text),
            Cow::Owned(text) => Cow::Owned(self.seen.clean(&text).into_owned()),
        };
        if !text::suspicious(known.as_bytes())
            && !known.contains("://")
            && !known.contains("Authorization")
            && !known.contains("bearer ")
        {
            return known;
        }
        match known {
            Cow::Borrowed(text) => text::clean(&self.key, text),
            Cow::Owned(text) => Cow::Owned(text::clean(&self.key, &text).into_owned()),
        }
    }

    /// Cleans path and query, and writes them in one way: no empty pairs.
    #[must_use]
    pub fn uri(&self, path: &str, query: &str) -> String {
        uri::clean(self, path, query)
    }

    fn value(&mut self, about: &About<'_>, mut value: Value) -> Value {
        let status = value.get("kind").and_then(Value::as_str) == Some("Status");
        let strict = self.has_rules(about);
        let mut cleaner = Cleaner { key: &self.key, seen: &mut self.seen, plain_words: Vec::new() };
        if status {
            if strict {
                status::clean_status(&self.key, &mut value, &safe_words(about));
            }
        } else {
            if about.is_secret() {
                cleaner.about_secrets(&mut value, about);
            }
            for rule in self.rules.iter().filter(|rule| rule.concerns(about)) {
                apply(rule, about, &mut value, &mut |found| cleaner.replace(found, Form::Plain));
            }
        }
        if !about.is_secret() || status {
            cleaner.anything(&mut value);
        }
        if status {
            self.quotes(&mut value);
        }
        value
    }

    /// Of an error's texts: what they quote of values that were replaced before, whatever it is about and however it is quoted.
    fn quotes(&self, status: &mut Value) {
        let mut waiting = vec![status];
        while let Some(value) = waiting.pop() {
            match value {
                Value::Object(members) => waiting.extend(members.values_mut()),
                Value::Array(items) => waiting.extend(items.iter_mut()),
                Value::String(text) => {
                    if let Cow::Owned(cleaned) = self.text(text) {
                        *text = cleaned;
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("key", &self.key).field("rules", &self.rules).finish_non_exhaustive()
    }
}

fn apply(rule: &PathRule, about: &About<'_>, value: &mut Value, replace: &mut dyn FnMut(&mut Value)) {
    match value {
        Value::Array(operations) if about.is_json_patch() => {
            for operation in operations {
                let Some(path) = tree::pointer_of(operation) else { continue };
                if let Some(value) = operation.get_mut("value") {
                    rule.apply_at(&path, value, replace);
                }
            }
        }
        Value::Object(row) if row.contains_key("cells") => {
            if let Some(object) = row.get_mut("object") {
                rule.apply(object, 0, replace);
            }
        }
        value => rule.apply(value, 0, replace),
    }
}

/// Whether there could be a Secret in it: `"Secret"` as a value, escaped or not.
fn mentions_secret(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"\"Secret").any(|at| matches!(bytes.get(at + 7), Some(b'"' | b'\\')))
}

/// Whether it could be the body of an error.
fn may_be_status(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"\"Status\"").is_some()
}

fn safe_words<'a>(about: &About<'a>) -> [&'a str; 7] {
    [about.name, about.resource, about.kind, about.namespace, about.group, "Secret", "secrets"]
}
