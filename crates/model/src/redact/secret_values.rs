//! Secret values and their replacements, so that whatever quotes the values can be cleaned. They are kept in memory only.

use std::borrow::Cow;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::forms;
use super::patterns::{Patterns, SHORTEST};

/// Of longer values, only the parts are searched for.
const LONGEST: usize = 4 * 1024;
/// Limits on the values that are searched for in texts, and their bytes.
const MAX_VALUES: usize = 8_192;
const MAX_BYTES: usize = 1024 * 1024;
/// Limits on the forms of distinctive values that are searched for everywhere, and their bytes. A value has about 20 forms.
const MAX_FORMS: usize = 64 * 1024;
const MAX_FORM_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of a value that is read as JSON for its parts.
const MAX_DOCUMENT: usize = 256 * 1024;
/// Parts of one value.
const MAX_PARTS: usize = 256;
/// The shortest beginning of a value at the end of a log line that is replaced.
const BEGUN: usize = 6;

/// A bounded set of values. The oldest value is forgotten first.
pub(super) struct SecretValues {
    /// Values and their lines, for messages and log lines.
    texts: Patterns,
    /// All forms of distinctive values, for everything.
    seen: Patterns,
    /// How many distinctive values were added.
    added: u64,
    /// Hashes of the values of which everything is known: the same Secret is shown again and again.
    known: HashSet<u64>,
    hasher: RandomState,
    /// How many sequences were forgotten when `known` began.
    forgotten: u64,
}

impl Default for SecretValues {
    fn default() -> SecretValues {
        SecretValues {
            texts: Patterns::new(SHORTEST, MAX_VALUES, MAX_BYTES),
            seen: Patterns::new(forms::SHORTEST, MAX_FORMS, MAX_FORM_BYTES),
            added: 0,
            known: HashSet::new(),
            hasher: RandomState::new(),
            forgotten: 0,
        }
    }
}

impl SecretValues {
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// True if there is a distinctive value.
    pub(super) fn has_distinctive(&self) -> bool {
        !self.seen.is_empty()
    }

    /// How many distinctive values were added so far.
    pub(super) fn added(&self) -> u64 {
        self.added
    }

    /// Adds a value, its JSON-escaped form, and its parts: the lines of a text, the texts in a JSON document.
    pub(super) fn add(&mut self, value: &[u8], replacement: &str) {
        if !self.is_new(value) {
            return;
        }
        self.add_text(value, replacement);
        self.add_distinctive(value, replacement);
        for part in parts(value) {
            self.add_distinctive(&part, replacement);
        }
    }

    /// True if a value, or a part of it, may be unknown.
    fn is_new(&mut self, value: &[u8]) -> bool {
        let forgotten = self.texts.forgotten().saturating_add(self.seen.forgotten());
        if forgotten != self.forgotten || self.known.len() >= MAX_VALUES {
            self.known.clear();
            self.forgotten = forgotten;
        }
        self.known.insert(self.hasher.hash_one(value))
    }

    fn add_text(&mut self, value: &[u8], replacement: &str) {
        if value.len() <= LONGEST {
            self.texts.insert(value, replacement);
        }
        if value.contains(&b'\n') {
            for line in value.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
                // Short lines of a longer text are mostly punctuation.
                if line.len() >= 2 * SHORTEST && line.len() <= LONGEST {
                    self.texts.insert(line, replacement);
                }
            }
        }
        if let Ok(text) = std::str::from_utf8(value)
            && let Ok(quoted) = serde_json::to_string(text)
            && quoted.len() > text.len() + 2
            && quoted.len() <= LONGEST
        {
            self.texts.insert(&quoted.as_bytes()[1..quoted.len() - 1], replacement);
        }
    }

    fn add_distinctive(&mut self, value: &[u8], replacement: &str) {
        let value = value.trim_ascii();
        if value.len() > LONGEST || !forms::is_distinctive(value) || value.starts_with(b"redacted:") {
            return;
        }
        let mut fresh = false;
        for form in forms::of(value) {
            fresh |= self.seen.insert(&form, replacement);
        }
        self.added += u64::from(fresh);
    }

    /// Replaces every value in a text.
    pub(super) fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.texts.clean(text) {
            Cow::Borrowed(text) => self.seen.clean(text),
            Cow::Owned(text) => Cow::Owned(self.seen.clean(&text).into_owned()),
        }
    }

    /// Replaces the distinctive values in a text, in every form.
    pub(super) fn clean_distinctive<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.seen.clean(text)
    }

    /// Replaces the distinctive values in a name, except those that are ordinary names themselves: a Secret may hold the name of a
    /// database, of a user or of a host.
    pub(super) fn clean_name<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let is_name = |found: &[u8]| {
            let dns =
                found.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'/'));
            dns && (found.iter().any(|byte| matches!(byte, b'-' | b'.' | b'/')) || !found.iter().any(u8::is_ascii_digit))
        };
        match self.seen.find(text.as_bytes(), 0) {
            Some(found) if !is_name(&text.as_bytes()[found.start..found.end]) => self.seen.clean(text),
            _ => Cow::Borrowed(text),
        }
    }

    /// True if a distinctive value is in a text, in any form.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        self.seen.find(text, 0).is_some()
    }

    /// Cleans a line of a log whose line before was `before`: a value may be split over both.
    pub(super) fn clean_line(&self, before: &str, line: &str) -> String {
        let mut out = String::new();
        let joined = [before, line].concat();
        let mut rest = line;
        let mut from = 0;
        while let Some(found) = self.seen.find(joined.as_bytes(), from).filter(|found| found.start < before.len()) {
            if found.end > before.len() {
                out.push_str(found.replacement);
                rest = line.get(found.end - before.len()..).unwrap_or_default();
            }
            from = found.end;
        }
        match self.seen.begun_at_end(rest.as_bytes(), BEGUN) {
            Some(begun) if rest.is_char_boundary(begun.start) => {
                out.push_str(&self.clean(&rest[..begun.start]));
                out.push_str(begun.replacement);
            }
            _ => out.push_str(&self.clean(rest)),
        }
        out
    }
}

/// The texts inside a value that are secrets of their own: lines, the values of `KEY=VALUE` and `key: value`, texts of a JSON document,
/// and the parts of a `user:password` in base64.
fn parts(value: &[u8]) -> Vec<Vec<u8>> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    if let Ok(document) = serde_json::from_slice::<serde_json::Value>(value.get(..MAX_DOCUMENT).unwrap_or(value))
        && (document.is_object() || document.is_array())
    {
        let mut open = vec![document];
        while let Some(inner) = open.pop() {
            match inner {
                serde_json::Value::Array(items) => open.extend(items),
                serde_json::Value::Object(members) => open.extend(members.into_iter().map(|(_, value)| value)),
                serde_json::Value::String(text) => parts.push(text.into_bytes()),
                _ => {}
            }
        }
    } else if value.contains(&b'\n') && !value.starts_with(b"-----BEGIN CERTIFICATE") {
        for line in value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            parts.push(line.to_vec());
            let separator = line.iter().position(|byte| matches!(byte, b'=' | b':'));
            if let Some(assigned) = separator.and_then(|at| line.get(at + 1..)) {
                parts.push(assigned.trim_ascii().iter().copied().filter(|byte| !matches!(byte, b'"' | b'\'')).collect());
            }
        }
    }
    let decoded: Vec<Vec<u8>> = parts.iter().filter_map(|part| STANDARD.decode(part).ok()).collect();
    for pair in decoded.into_iter().filter(|pair| std::str::from_utf8(pair).is_ok()) {
        parts.extend(pair.iter().position(|byte| *byte == b':').map(|at| pair[at + 1..].to_vec()));
    }
    parts.retain(|part| !part.starts_with(b"-----") && part.len() <= LONGEST);
    parts.truncate(MAX_PARTS);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_anywhere_in_a_text() {
        let mut values = SecretValues::default();
        values.add(b"hunter2", "redacted:a");
        values.add(b"-----BEGIN\nMIIEowIBAAKCAQ\n", "redacted:c");
        assert_eq!(values.clean("is hunter2."), "is redacted:a.");
        assert_eq!(values.clean(r"key: -----BEGIN\nMIIEowIBAAKCAQ\n"), "key: redacted:c");
        assert_eq!(values.clean("MIIEowIBAAKCAQ"), "redacted:c");
        assert!(matches!(values.clean_distinctive("hunter2"), Cow::Borrowed(_)), "a short value may be there by chance");
    }

    #[test]
    fn a_value_that_was_forgotten_is_learned_again() {
        let mut values = SecretValues::default();
        values.add(b"T0pSecretValue-0", "r0");
        let added = values.added();
        values.add(b"T0pSecretValue-0", "r0");
        assert_eq!((values.added(), values.clean("T0pSecretValue-0").as_ref()), (added, "r0"));
        for number in 1..=MAX_VALUES {
            values.add(format!("T0pSecretValue-{number}").as_bytes(), "r");
        }
        assert_eq!(values.clean_distinctive("T0pSecretValue-0"), "T0pSecretValue-0", "the oldest is forgotten");
        values.add(b"T0pSecretValue-0", "r0");
        assert_eq!(values.clean_distinctive("T0pSecretValue-0"), "r0");
    }

    #[test]
    fn the_parts_of_a_value_are_secrets_too() {
        let mut values = SecretValues::default();
        values.add(br#"{"auths":{"x":{"auth":"dXNlcjpDMHJyZWN0SG9yc2U="}}}"#, "r");
        assert_eq!(values.clean_distinctive("login C0rrectHorse now"), "login r now");
        values.add(b"user=me\nDB_PASSWORD='T0pSecretValue'\n", "s");
        assert_eq!(values.clean_distinctive("T0pSecretValue"), "s");
        assert!(values.added() >= 2);
    }

    #[test]
    fn a_value_that_is_split_over_two_lines_is_found() {
        let mut values = SecretValues::default();
        values.add(b"T0pSecretValue-of-the-day", "r");
        assert_eq!(values.clean_line("", "token T0pSecretV"), "token r");
        assert_eq!(values.clean_line("token T0pSecretV", "alue-of-the-day, more"), "r, more");
        assert_eq!(values.clean_line("", "token T0p"), "token T0p");
        assert_eq!(values.clean_line("token T0p", "SecretValue-of-the-day"), "r");
        assert_eq!(values.clean_line("done", "T0pSecretValue-of-the-day"), "r");
        assert_eq!(values.clean_line("T0pSecretValue-of-the-day", "next"), "next");
    }
}
