//! Secret values and their replacements, so that texts which quote the values can be cleaned.
//!
//! They are kept in memory only, and their number is bounded. Searching a text costs a few nanoseconds per byte: a bit per pair of
//! first bytes is set if a value begins with that pair.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

/// Shorter values are not searched for: they would be found in every other word.
const SHORTEST: usize = 4;
/// Of longer values, only the lines are searched for.
const LONGEST: usize = 4 * 1024;
/// Limits on the number of values and their bytes.
const MAX_VALUES: usize = 8_192;
const MAX_BYTES: usize = 1024 * 1024;

type Start = [u8; 4];

/// A value and its replacement.
type Pair = (Box<[u8]>, Box<str>);

/// A bounded set of values. The oldest value is forgotten first.
#[derive(Default)]
pub(super) struct SecretValues {
    by_start: HashMap<Start, Vec<Pair>>,
    values: HashSet<Box<[u8]>>,
    order: VecDeque<Box<[u8]>>,
    bytes: usize,
    pairs: Vec<u64>,
}

impl SecretValues {
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Adds a value, its JSON-escaped form and, of a text of several lines (a key, a configuration), each long line.
    pub(super) fn add(&mut self, value: &[u8], replacement: &str) {
        if value.len() <= LONGEST {
            self.insert(value, replacement);
        }
        if value.contains(&b'\n') {
            for line in value.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
                // Short lines of a longer text are mostly punctuation.
                if line.len() >= 2 * SHORTEST && line.len() <= LONGEST {
                    self.insert(line, replacement);
                }
            }
        }
        if let Ok(text) = std::str::from_utf8(value)
            && let Ok(quoted) = serde_json::to_string(text)
            && quoted.len() > text.len() + 2
            && quoted.len() <= LONGEST
        {
            self.insert(&quoted.as_bytes()[1..quoted.len() - 1], replacement);
        }
    }

    fn insert(&mut self, value: &[u8], replacement: &str) {
        let Some(start) = value.first_chunk::<4>() else { return };
        if self.values.contains(value) {
            return;
        }
        while self.order.len() >= MAX_VALUES || self.bytes.saturating_add(value.len()) > MAX_BYTES {
            if !self.forget_oldest() {
                break;
            }
        }
        self.bytes += value.len();
        self.order.push_back(value.into());
        self.values.insert(value.into());
        let candidates = self.by_start.entry(*start).or_default();
        candidates.push((value.into(), replacement.into()));
        // The longest first, so that a value that begins with another one is found whole.
        candidates.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        self.pairs.resize(1024, 0);
        let pair = pair_of(start[0], start[1]);
        self.pairs[pair / 64] |= 1 << (pair % 64);
    }

    /// The bits of pairs stay set: they only cost a lookup.
    fn forget_oldest(&mut self) -> bool {
        let Some(value) = self.order.pop_front() else { return false };
        self.bytes = self.bytes.saturating_sub(value.len());
        self.values.remove(&value);
        if let Some(start) = value.first_chunk::<4>()
            && let Some(candidates) = self.by_start.get_mut(start)
        {
            candidates.retain(|(candidate, _)| *candidate != value);
            if candidates.is_empty() {
                self.by_start.remove(start);
            }
        }
        true
    }

    /// Replaces every value in a text.
    pub(super) fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.order.is_empty() {
            return Cow::Borrowed(text);
        }
        let bytes = text.as_bytes();
        let mut out: Vec<u8> = Vec::new();
        let (mut at, mut copied) = (0, 0);
        while at + SHORTEST <= bytes.len() {
            match self.found_at(&bytes[at..]) {
                Some((length, replacement)) => {
                    out.extend_from_slice(&bytes[copied..at]);
                    out.extend_from_slice(replacement.as_bytes());
                    at += length;
                    copied = at;
                }
                None => at += 1,
            }
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        out.extend_from_slice(&bytes[copied..]);
        Cow::Owned(String::from_utf8_lossy(&out).into_owned())
    }

    fn found_at(&self, rest: &[u8]) -> Option<(usize, &str)> {
        let pair = pair_of(rest[0], rest[1]);
        if self.pairs[pair / 64] >> (pair % 64) & 1 == 0 {
            return None;
        }
        let candidates = self.by_start.get(rest.first_chunk::<4>()?)?;
        candidates
            .iter()
            .find(|(value, _)| rest.starts_with(value))
            .map(|(value, replacement)| (value.len(), replacement.as_ref()))
    }
}

fn pair_of(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_anywhere_in_a_text() {
        let mut values = SecretValues::default();
        values.add(b"hunter2", "redacted:a");
        values.add(b"hunter22", "redacted:b");
        values.add(b"-----BEGIN\nMIIEowIBAAKCAQ\n", "redacted:c");
        assert_eq!(values.clean("hunter2"), "redacted:a");
        assert_eq!(values.clean("is hunter22, not hunter2."), "is redacted:b, not redacted:a.");
        assert_eq!(values.clean(r"key: -----BEGIN\nMIIEowIBAAKCAQ\n"), "key: redacted:c");
        assert_eq!(values.clean("MIIEowIBAAKCAQ"), "redacted:c");
        assert!(matches!(values.clean("nothing here: hunter"), Cow::Borrowed(_)));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut values = SecretValues::default();
        for number in 0..MAX_VALUES + 10 {
            values.add(format!("secret-{number:06}").as_bytes(), "x");
        }
        assert!(values.order.len() <= MAX_VALUES && values.values.len() == values.order.len());
        assert_eq!(values.clean("secret-000001"), "secret-000001");
        assert_eq!(values.clean("secret-008195"), "x");
    }
}
