//! The values that were replaced so far, so that texts which quote them can be cleaned as well.
//!
//! Only in memory, only as many as fit. Looking a text over costs a few nanoseconds per byte: a bit per pair of first
//! bytes says where a value could begin at all.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

/// Shorter values are not looked for: they would be found in every other word.
const SHORTEST: usize = 4;
/// Longer ones are looked for by their lines only.
const LONGEST: usize = 4 * 1024;
/// How many values are remembered, and how many bytes of them.
const MOST: usize = 8_192;
const MOST_BYTES: usize = 1024 * 1024;

type Start = [u8; 4];

/// A value, and what stands for it.
type Known = (Box<[u8]>, Box<str>);

/// Remembered values and what stands for each.
#[derive(Default)]
pub(super) struct Seen {
    by_start: HashMap<Start, Vec<Known>>,
    known: HashSet<Box<[u8]>>,
    order: VecDeque<Box<[u8]>>,
    bytes: usize,
    pairs: Vec<u64>,
}

impl Seen {
    /// Whether nothing is remembered.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Remembers a value and, of a text of several lines (a key, a configuration), its lines.
    pub(super) fn remember(&mut self, value: &[u8], stands: &str) {
        if value.len() <= LONGEST {
            self.one(value, stands);
        }
        if value.contains(&b'\n') {
            for line in value.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
                // Short lines of a longer text are rather punctuation than secrets.
                if line.len() >= 2 * SHORTEST && line.len() <= LONGEST {
                    self.one(line, stands);
                }
            }
        }
        if let Ok(text) = std::str::from_utf8(value)
            && let Ok(quoted) = serde_json::to_string(text)
            && quoted.len() > text.len() + 2
            && quoted.len() <= LONGEST
        {
            self.one(&quoted.as_bytes()[1..quoted.len() - 1], stands);
        }
    }

    fn one(&mut self, value: &[u8], stands: &str) {
        let Some(start) = value.first_chunk::<4>() else { return };
        if self.known.contains(value) {
            return;
        }
        while self.order.len() >= MOST || self.bytes.saturating_add(value.len()) > MOST_BYTES {
            if !self.forget_oldest() {
                break;
            }
        }
        self.bytes += value.len();
        self.order.push_back(value.into());
        self.known.insert(value.into());
        let candidates = self.by_start.entry(*start).or_default();
        candidates.push((value.into(), stands.into()));
        // The longest first: it is the one meant where several begin alike.
        candidates.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        self.pairs.resize(1024, 0);
        let pair = pair_of(start[0], start[1]);
        self.pairs[pair / 64] |= 1 << (pair % 64);
    }

    /// The bits of pairs stay set: they only say where to look.
    fn forget_oldest(&mut self) -> bool {
        let Some(value) = self.order.pop_front() else { return false };
        self.bytes = self.bytes.saturating_sub(value.len());
        self.known.remove(&value);
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

    /// The text with every remembered value replaced.
    pub(super) fn clean<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.order.is_empty() {
            return Cow::Borrowed(text);
        }
        let bytes = text.as_bytes();
        let mut out: Vec<u8> = Vec::new();
        let (mut at, mut copied) = (0, 0);
        while at + SHORTEST <= bytes.len() {
            match self.found_at(&bytes[at..]) {
                Some((length, stands)) => {
                    out.extend_from_slice(&bytes[copied..at]);
                    out.extend_from_slice(stands.as_bytes());
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
        candidates.iter().find(|(value, _)| rest.starts_with(value)).map(|(value, stands)| (value.len(), stands.as_ref()))
    }
}

fn pair_of(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_wherever_they_stand() {
        let mut seen = Seen::default();
        seen.remember(b"hunter2", "redacted:a");
        seen.remember(b"hunter22", "redacted:b");
        seen.remember(b"-----BEGIN\nMIIEowIBAAKCAQ\n", "redacted:c");
        assert_eq!(seen.clean("hunter2"), "redacted:a");
        assert_eq!(seen.clean("is hunter22, not hunter2."), "is redacted:b, not redacted:a.");
        assert_eq!(seen.clean(r"key: -----BEGIN\nMIIEowIBAAKCAQ\n"), "key: redacted:c");
        assert_eq!(seen.clean("MIIEowIBAAKCAQ"), "redacted:c");
        assert!(matches!(seen.clean("nothing here: hunter"), Cow::Borrowed(_)));
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut seen = Seen::default();
        for number in 0..MOST + 10 {
            seen.remember(format!("secret-{number:06}").as_bytes(), "x");
        }
        assert!(seen.order.len() <= MOST && seen.known.len() == seen.order.len());
        assert_eq!(seen.clean("secret-000001"), "secret-000001");
        assert_eq!(seen.clean("secret-008195"), "x");
    }
}
