//! JSON that an object carries as bytes: validated and written compactly, as Go's `encoding/json` does with it.

use super::text::special;

/// Writes JSON without white space and with Go's escapes. Numbers and strings stay as they are.
///
/// Errors are the byte where the text is malformed, or none if it has more than `depth` levels.
pub(super) fn compact(out: &mut String, json: &[u8], depth: usize) -> Result<(), Option<usize>> {
    let Ok(text) = std::str::from_utf8(json) else {
        // What is valid before the first byte that is not.
        return Err(Some(json.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len())));
    };
    let mut scanner = Scanner { text, at: 0, open: Vec::new() };
    let mut next = Next::Value;
    loop {
        scanner.skip_space();
        let start = scanner.at;
        let byte = scanner.peek();
        next = match (next, byte) {
            (Next::Value | Next::FirstItem, Some(byte @ (b'{' | b'['))) => {
                if scanner.open.len() >= depth {
                    return Err(None);
                }
                scanner.take(out, 1);
                scanner.open.push(byte);
                if byte == b'{' { Next::FirstKey } else { Next::FirstItem }
            }
            (Next::FirstItem | Next::AfterValue, Some(b']')) if scanner.open.last() == Some(&b'[') => scanner.close(out),
            (Next::FirstKey | Next::AfterValue, Some(b'}')) if scanner.open.last() == Some(&b'{') => scanner.close(out),
            (Next::AfterValue, Some(b',')) => {
                scanner.take(out, 1);
                if scanner.open.last() == Some(&b'{') { Next::Key } else { Next::Value }
            }
            (Next::Key | Next::FirstKey, Some(b'"')) => {
                scanner.string(out)?;
                Next::Colon
            }
            (Next::Colon, Some(b':')) => {
                scanner.take(out, 1);
                Next::Value
            }
            (Next::Value | Next::FirstItem, Some(byte)) => {
                scanner.scalar(out, byte)?;
                scanner.after()
            }
            (Next::End, None) => return Ok(()),
            _ => return Err(Some(start)),
        };
    }
}

/// What comes next in a text.
#[derive(Clone, Copy)]
enum Next {
    Value,
    FirstItem,
    FirstKey,
    Key,
    Colon,
    AfterValue,
    End,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// The brackets that are open.
    open: Vec<u8>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Writes the next bytes, which are whole characters.
    fn take(&mut self, out: &mut String, length: usize) {
        out.push_str(self.text.get(self.at..self.at + length).unwrap_or_default());
        self.at += length;
    }

    fn after(&self) -> Next {
        if self.open.is_empty() { Next::End } else { Next::AfterValue }
    }

    fn close(&mut self, out: &mut String) -> Next {
        self.take(out, 1);
        self.open.pop();
        self.after()
    }

    fn scalar(&mut self, out: &mut String, first: u8) -> Result<(), Option<usize>> {
        if first == b'"' {
            return self.string(out);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = match first {
            b't' if rest.starts_with("true") => 4,
            b'f' if rest.starts_with("false") => 5,
            b'n' if rest.starts_with("null") => 4,
            b'-' | b'0'..=b'9' => number(rest.as_bytes()).ok_or(Some(self.at))?,
            _ => return Err(Some(self.at)),
        };
        self.take(out, length);
        Ok(())
    }

    fn string(&mut self, out: &mut String) -> Result<(), Option<usize>> {
        self.take(out, 1);
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2 | ..0x20));
            self.take(out, plain.ok_or(Some(self.text.len()))?);
            match self.peek() {
                Some(b'"') => {
                    self.take(out, 1);
                    return Ok(());
                }
                Some(b'\\') => {
                    let length = escape(self.text.as_bytes().get(self.at..).unwrap_or_default()).ok_or(Some(self.at))?;
                    self.take(out, length);
                }
                Some(..0x20) | None => return Err(Some(self.at)),
                Some(_) => {
                    let character = self.text.get(self.at..).unwrap_or_default().chars().next().unwrap_or_default();
                    special(out, character);
                    self.at += character.len_utf8();
                }
            }
        }
    }
}

/// The length of the escape at the front.
fn escape(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' => bytes.get(2..6)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

/// The length of the number at the front.
fn number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_compactly() {
        let json = " { \"a\" : [ 1 , -2.5e+3 , true , null , { } , [ ] ] , \"b<\" : \"\\u00e9\\n<\u{2028}é\" } ";
        let mut out = String::new();
        assert_eq!(compact(&mut out, json.as_bytes(), 3), Ok(()));
        assert_eq!(out, "{\"a\":[1,-2.5e+3,true,null,{},[]],\"b\\u003c\":\"\\u00e9\\n\\u003c\\u2028é\"}");
    }

    #[test]
    fn malformed_json_is_refused() {
        let cases = [
            "",
            " ",
            "{",
            "[1",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "1 2",
            "01",
            "1.",
            "1e",
            "-",
            "tru",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "]",
            "}",
            "[}",
            "{]",
            ",",
            ":",
            "[,]",
        ];
        for json in cases {
            assert!(matches!(compact(&mut String::new(), json.as_bytes(), 9), Err(Some(_))), "{json}");
            assert!(serde_json::from_str::<serde_json::Value>(json).is_err(), "{json}");
        }
        assert_eq!(compact(&mut String::new(), b"\"\xff\"", 9), Err(Some(1)));
        assert_eq!(compact(&mut String::new(), b"[[[]]]", 2), Err(None));
    }
}
