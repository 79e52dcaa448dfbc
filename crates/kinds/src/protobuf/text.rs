//! Scalars as JSON text, written as Go's `encoding/json` writes them.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes that a string cannot have as they are, and the first byte of U+2028 and U+2029.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[b'<' as usize] = true;
    table[b'>' as usize] = true;
    table[b'&' as usize] = true;
    table[0xe2] = true;
    table
};

/// Writes a string. Bytes that are not UTF-8 become U+FFFD, each of them.
pub(super) fn string(out: &mut String, bytes: &[u8]) {
    out.push('"');
    match std::str::from_utf8(bytes) {
        Ok(text) => escaped(out, text),
        Err(_) => {
            for chunk in bytes.utf8_chunks() {
                escaped(out, chunk.valid());
                for _ in chunk.invalid() {
                    out.push_str("\\ufffd");
                }
            }
        }
    }
    out.push('"');
}

fn escaped(out: &mut String, mut text: &str) {
    loop {
        let Some(at) = text.bytes().position(|byte| ESCAPED[usize::from(byte)]) else {
            out.push_str(text);
            return;
        };
        let (plain, rest) = text.split_at(at);
        out.push_str(plain);
        let mut characters = rest.chars();
        match characters.next().unwrap_or_default() {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            character => special(out, character),
        }
        text = characters.as_str();
    }
}

/// Writes a character that Go escapes by its number, or another one as it is.
pub(super) fn special(out: &mut String, character: char) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let code = match character {
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => u32::from(character),
        _ => return out.push(character),
    };
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        let digit = usize::try_from(code >> shift & 0xf).unwrap_or_default();
        out.push(HEX.get(digit).copied().unwrap_or_default());
    }
}

/// Writes bytes as base64.
pub(super) fn base64(out: &mut String, bytes: &[u8]) {
    out.push('"');
    STANDARD.encode_string(bytes, out);
    out.push('"');
}

/// Reads base64.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

pub(super) fn integer(out: &mut String, number: i64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        if let Some(digit) = digits.get_mut(at) {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(digits.get(at..).unwrap_or_default()).unwrap_or_default());
}

/// Writes a number with the fewest digits that identify it, with an exponent below 1e-6 and from 1e21 on. False if it is
/// not finite.
pub(super) fn double(out: &mut String, number: f64) -> bool {
    if !number.is_finite() {
        return false;
    }
    let size = number.abs();
    // Writing to a string cannot fail.
    let written = if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        // Go writes the sign of every exponent, and `e-07` as `e-7`.
        match text.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => write!(out, "{digits}e+{exponent}"),
            _ => out.write_str(&text),
        }
    } else {
        write!(out, "{number}")
    };
    written.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_written_as_go_writes_them() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.1, "0.1"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (-1e-9, "-1e-9"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
        ];
        for (number, expected) in cases {
            let mut out = String::new();
            assert!(double(&mut out, number));
            assert_eq!(out, expected);
        }
        assert!(!double(&mut String::new(), f64::NAN));
    }

    #[test]
    fn integers_have_all_their_digits() {
        for number in [0, 7, -7, 10, i64::MAX, i64::MIN] {
            let mut out = String::new();
            integer(&mut out, number);
            assert_eq!(out, number.to_string());
        }
    }

    #[test]
    fn strings_are_escaped_as_go_escapes_them() {
        let mut out = String::new();
        string(&mut out, "a<b>&\"\\\n\r\t\u{8}\u{c}\u{1}\u{7f}é\u{2028}\u{2029}\u{2030}😀".as_bytes());
        assert_eq!(out, "\"a\\u003cb\\u003e\\u0026\\\"\\\\\\n\\r\\t\\b\\f\\u0001\u{7f}é\\u2028\\u2029\u{2030}😀\"");
        let mut out = String::new();
        string(&mut out, b"a\xff\xfeb\xe2\x28");
        assert_eq!(out, "\"a\\ufffd\\ufffdb\\ufffd(\"");
    }
}
