//! Values that are new on every write without saying anything new.

/// What sort of value a leaf has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueClass {
    /// Says what it says.
    Plain,
    /// An RFC 3339 time.
    Timestamp,
    /// A uuid.
    Uuid,
    /// A name with a random suffix, as `generateName` makes them.
    RandomSuffix,
}

impl ValueClass {
    /// The class of a string's raw content (without the quotes).
    #[must_use]
    pub fn of(text: &[u8]) -> ValueClass {
        if is_timestamp(text) {
            ValueClass::Timestamp
        } else if is_uuid(text) {
            ValueClass::Uuid
        } else if has_random_suffix(text) {
            ValueClass::RandomSuffix
        } else {
            ValueClass::Plain
        }
    }

    /// What of the value is kept when values of this class count as equal.
    #[must_use]
    pub fn comparable_part(self, text: &[u8]) -> &[u8] {
        match self {
            ValueClass::Plain => text,
            ValueClass::Timestamp | ValueClass::Uuid => b"",
            ValueClass::RandomSuffix => &text[..text.len().saturating_sub(5)],
        }
    }
}

fn is_timestamp(text: &[u8]) -> bool {
    let digits = |range: std::ops::Range<usize>| text[range].iter().all(u8::is_ascii_digit);
    (20..=40).contains(&text.len())
        && text[4] == b'-'
        && text[7] == b'-'
        && matches!(text[10], b'T' | b't')
        && text[13] == b':'
        && digits(0..4)
        && digits(5..7)
        && digits(8..10)
        && text[19..].iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'Z' | b'z' | b'+' | b'-' | b':'))
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Kubernetes draws suffixes of five characters from an alphabet without vowels and easily confused digits
/// (`k8s.io/apimachinery/pkg/util/rand`).
fn has_random_suffix(text: &[u8]) -> bool {
    let Some(dash) = text.len().checked_sub(6) else { return false };
    dash > 0 && text[dash] == b'-' && text[dash + 1..].iter().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::ValueClass::{self, Plain, RandomSuffix, Timestamp, Uuid};

    #[test]
    fn classes_by_form() {
        for (text, class) in [
            ("2026-02-04T10:13:21Z", Timestamp),
            ("2026-02-04T10:13:21.123456+01:00", Timestamp),
            ("2026-02-04", Plain),
            ("7d0f5f8e-0b4e-4e0e-9d0c-2f5a4c1e0001", Uuid),
            ("api-58dd68c5db-slwpm", RandomSuffix),
            ("checkout-green", Plain),
            ("-slwpm", Plain),
            ("", Plain),
        ] {
            assert_eq!(ValueClass::of(text.as_bytes()), class, "{text}");
        }
    }
}
