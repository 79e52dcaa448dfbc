//! CBOR (RFC 8949) to JSON text, as Kubernetes uses it: byte strings are texts unless a tag asks for base64 or hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The tag that self-described CBOR begins with.
pub(super) const SELF_DESCRIBED: &[u8] = &[0xd9, 0xd9, 0xf7];

/// Levels of arrays and maps inside each other.
const MAX_DEPTH: usize = 120;

/// An array or map that is being written.
struct Open {
    map: bool,
    /// Items that are still to come, keys and values counted singly; `None` until a break.
    left: Option<u64>,
    /// Items so far.
    done: u64,
}

/// The form in which tags 21 to 23 ask for a byte string.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Base64Url,
    Base64,
    Hex,
}

/// The head of an item: its major type, its short argument, and the argument, which an indefinite length does not have.
struct Head {
    major: u8,
    short: u8,
    argument: Option<u64>,
}

/// Converts one item that fills the whole body. `None` if it is malformed, has no JSON form, or needs more than `limit` bytes of text.
pub(super) fn to_json(bytes: &[u8], limit: usize) -> Option<String> {
    let mut writer = Writer { rest: bytes, out: String::new(), open: Vec::new() };
    loop {
        writer.item()?;
        writer.close_full()?;
        if writer.out.len() > limit {
            return None;
        }
        if writer.open.is_empty() {
            return writer.rest.is_empty().then_some(writer.out);
        }
    }
}

struct Writer<'b> {
    rest: &'b [u8],
    out: String,
    open: Vec<Open>,
}

impl<'b> Writer<'b> {
    /// Reads one item: writes a scalar, or opens an array or a map.
    fn item(&mut self) -> Option<()> {
        let mut form = Form::Text;
        let mut head = self.head()?;
        while head.major == 6 {
            form = match head.argument? {
                21 => Form::Base64Url,
                22 => Form::Base64,
                23 => Form::Hex,
                _ => form,
            };
            head = self.head()?;
        }
        let is_break = head.major == 7 && head.short == 31;
        if is_break {
            return self.end_indefinite();
        }
        self.separate();
        let is_key = self.open.last().is_some_and(|open| open.map && open.done % 2 == 0);
        if is_key && !matches!(head.major, 2 | 3) {
            return None;
        }
        match head.major {
            0 => self.out.push_str(&head.argument?.to_string()),
            1 => self.out.push_str(&(-1 - i128::from(head.argument?)).to_string()),
            2 | 3 => {
                let length = usize::try_from(head.argument?).ok()?;
                let (text, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                self.string(text, if head.major == 3 { Form::Text } else { form })?;
            }
            4 | 5 => return self.begin(head.major == 5, head.argument),
            _ => self.simple(&head)?,
        }
        self.count();
        Some(())
    }

    fn head(&mut self) -> Option<Head> {
        let (&first, rest) = self.rest.split_first()?;
        let (major, short) = (first >> 5, first & 31);
        let length = match short {
            0..=23 | 31 => 0,
            24..=27 => 1 << (short - 24),
            _ => return None,
        };
        let (argument, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        let argument = match short {
            0..=23 => Some(u64::from(short)),
            31 => None,
            _ => Some(argument.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))),
        };
        Some(Head { major, short, argument })
    }

    fn begin(&mut self, map: bool, length: Option<u64>) -> Option<()> {
        let left = match length {
            Some(length) if map => Some(length.checked_mul(2)?),
            other => other,
        };
        self.out.push(if map { '{' } else { '[' });
        self.open.push(Open { map, left, done: 0 });
        (self.open.len() <= MAX_DEPTH).then_some(())
    }

    /// Writes what separates the next item from the one before.
    fn separate(&mut self) {
        if let Some(open) = self.open.last().filter(|open| open.done > 0) {
            self.out.push(if open.map && open.done % 2 == 1 { ':' } else { ',' });
        }
    }

    fn count(&mut self) {
        if let Some(open) = self.open.last_mut() {
            open.done = open.done.saturating_add(1);
        }
    }

    fn end_indefinite(&mut self) -> Option<()> {
        let open = self.open.last_mut().filter(|open| open.left.is_none() && !(open.map && open.done % 2 == 1))?;
        open.left = Some(open.done);
        Some(())
    }

    /// Closes everything that has all its items.
    fn close_full(&mut self) -> Option<()> {
        while let Some(open) = self.open.last().filter(|open| open.left == Some(open.done)) {
            self.out.push(if open.map { '}' } else { ']' });
            self.open.pop();
            let in_key = self.open.last().is_some_and(|open| open.map && open.done % 2 == 0);
            if in_key {
                return None;
            }
            self.count();
        }
        Some(())
    }

    fn string(&mut self, bytes: &[u8], form: Form) -> Option<()> {
        let text = match form {
            Form::Text => std::str::from_utf8(bytes).ok()?.to_owned(),
            Form::Base64 => STANDARD.encode(bytes),
            Form::Base64Url => URL_SAFE_NO_PAD.encode(bytes),
            Form::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        self.out.push_str(&serde_json::Value::from(text).to_string());
        Some(())
    }

    fn simple(&mut self, head: &Head) -> Option<()> {
        match (head.short, head.argument?) {
            (20, _) => self.out.push_str("false"),
            (21, _) => self.out.push_str("true"),
            (22 | 23, _) => self.out.push_str("null"),
            (25, bits) => self.float(f64::from(half(u16::try_from(bits).ok()?)))?,
            (26, bits) => self.float(f64::from(f32::from_bits(u32::try_from(bits).ok()?)))?,
            (27, bits) => self.float(f64::from_bits(bits))?,
            _ => return None,
        }
        Some(())
    }

    fn float(&mut self, number: f64) -> Option<()> {
        self.out.push_str(&serde_json::Number::from_f64(number)?.to_string());
        Some(())
    }
}

/// The value of a half-precision number.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f32.powi(exponent - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::to_json;

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("a byte");
        digits.chunks(2).map(byte).collect()
    }

    fn json(text: &str) -> Option<String> {
        to_json(&hex(text), 1000)
    }

    #[test]
    fn the_forms_of_kubernetes_have_json() {
        for (cbor, expected) in [
            ("d9d9f7 a2 44 6b696e64 43 506f64 41 61 f6", r#"{"kind":"Pod","a":null}"#),
            ("a1 61 61 83 01 20 f5", r#"{"a":[1,-1,true]}"#),
            ("a1 61 61 d6 43 616263", r#"{"a":"YWJj"}"#),
            ("bf 61 61 9f 01 02 ff ff", r#"{"a":[1,2]}"#),
            ("82 a0 80", "[{},[]]"),
            ("f9 3e00", "1.5"),
            ("fb 3ff199999999999a", "1.1"),
            ("3b ffffffffffffffff", "-18446744073709551616"),
            ("c0 74 323032362d30312d30315430303a30303a30305a", r#""2026-01-01T00:00:00Z""#),
        ] {
            assert_eq!(json(cbor).as_deref(), Some(expected), "{cbor}");
        }
    }

    #[test]
    fn malformed_input_is_refused() {
        for cbor in ["", "a1", "a1 01 02", "a1 61 61 ff", "ff", "01 02", "5f 41 61 ff", "f97c00", "1c", "43 ffffff", "a1 80 01"] {
            assert_eq!(json(cbor), None, "{cbor}");
        }
        assert_eq!(to_json(&vec![0x81; 10_000], 100_000), None, "too deep");
        assert_eq!(to_json(&hex("83 42 6161 42 6161 42 6161"), 8), None, "too long");
    }

    proptest! {
        #[test]
        fn any_result_is_json(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if let Some(text) = to_json(&bytes, 10_000) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            }
        }
    }
}
