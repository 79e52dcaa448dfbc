//! Skips values and checks them against the grammar of RFC 8259.

use super::scanner::{MAX_DEPTH, Scan, ScanError};

/// Bytes that end a plain run of a string: the quote, the backslash, control characters.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        stops[byte] = true;
        byte += 1;
    }
    stops[b'"' as usize] = true;
    stops[b'\\' as usize] = true;
    stops
};

/// Reads from the first byte inside a string to its closing quote. Returns its offset, and true if there are escapes.
pub(super) fn string(bytes: &[u8], start: usize) -> Result<(usize, bool), ScanError> {
    let mut at = start;
    let mut escaped = false;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(run) = rest.iter().position(|&byte| STOPS[usize::from(byte)]) else {
            return Err(ScanError { at: bytes.len(), what: "unterminated string" });
        };
        at += run;
        match bytes[at] {
            b'"' => return Ok((at, escaped)),
            b'\\' => {
                escaped = true;
                at = escape(bytes, at)?;
            }
            _ => return Err(ScanError { at, what: "control character in a string" }),
        }
    }
}

/// Reads an escape from its backslash to the byte after it, including the low surrogate of a pair.
fn escape(bytes: &[u8], at: usize) -> Result<usize, ScanError> {
    let invalid = ScanError { at, what: "invalid escape" };
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match unit(bytes, at + 2).ok_or(invalid)? {
            0xD800..=0xDBFF => {
                let paired =
                    bytes.get(at + 6..at + 8) == Some(b"\\u".as_slice()) && matches!(unit(bytes, at + 8), Some(0xDC00..=0xDFFF));
                if paired { Ok(at + 12) } else { Err(invalid) }
            }
            0xDC00..=0xDFFF => Err(invalid),
            _ => Ok(at + 6),
        },
        _ => Err(invalid),
    }
}

fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    std::str::from_utf8(digits).ok().and_then(|digits| u16::from_str_radix(digits, 16).ok())
}

/// One bit per open bracket, set for arrays. The depth limit fits a u128.
#[derive(Default)]
struct Brackets {
    arrays: u128,
    depth: usize,
}

impl Brackets {
    fn open(&mut self, array: bool) {
        self.arrays = self.arrays << 1 | u128::from(array);
        self.depth += 1;
    }

    fn in_array(&self) -> bool {
        self.arrays & 1 == 1
    }

    fn close(&mut self) {
        self.arrays >>= 1;
        self.depth -= 1;
    }
}

/// Skips one value.
pub(super) fn value(scan: &mut Scan<'_>) -> Result<(), ScanError> {
    let mut open = Brackets::default();
    loop {
        match scan.peek() {
            Some(byte @ (b'{' | b'[')) => {
                if scan.depth + open.depth >= MAX_DEPTH {
                    return Err(scan.error("the document nests too deep"));
                }
                open.open(byte == b'[');
                scan.at += 1;
                let close = if open.in_array() { b']' } else { b'}' };
                if scan.peek() == Some(close) {
                    scan.at += 1;
                    open.close();
                } else {
                    if !open.in_array() {
                        key(scan)?;
                    }
                    continue;
                }
            }
            Some(b'"') => scan.at = string(scan.bytes, scan.at + 1)?.0 + 1,
            Some(b't') => literal(scan, b"true")?,
            Some(b'f') => literal(scan, b"false")?,
            Some(b'n') => literal(scan, b"null")?,
            Some(b'-' | b'0'..=b'9') => number(scan)?,
            _ => return Err(scan.error("expected a value")),
        }
        if !next_in(scan, &mut open)? {
            return Ok(());
        }
    }
}

/// After a value: closes the containers that end here. Returns true if another value follows.
fn next_in(scan: &mut Scan<'_>, open: &mut Brackets) -> Result<bool, ScanError> {
    while open.depth > 0 {
        match scan.peek() {
            Some(b',') => {
                scan.at += 1;
                if !open.in_array() {
                    key(scan)?;
                }
                return Ok(true);
            }
            Some(b']') if open.in_array() => {}
            Some(b'}') if !open.in_array() => {}
            _ => return Err(scan.error("expected a comma or the end")),
        }
        scan.at += 1;
        open.close();
    }
    Ok(false)
}

fn key(scan: &mut Scan<'_>) -> Result<(), ScanError> {
    if scan.peek() != Some(b'"') {
        return Err(scan.error("expected a key"));
    }
    scan.at = string(scan.bytes, scan.at + 1)?.0 + 1;
    if scan.peek() != Some(b':') {
        return Err(scan.error("expected a colon"));
    }
    scan.at += 1;
    Ok(())
}

fn literal(scan: &mut Scan<'_>, text: &[u8]) -> Result<(), ScanError> {
    if scan.bytes.get(scan.at..scan.at + text.len()) != Some(text) {
        return Err(scan.error("expected a value"));
    }
    scan.at += text.len();
    Ok(())
}

fn number(scan: &mut Scan<'_>) -> Result<(), ScanError> {
    let invalid = scan.error("invalid number");
    let byte = |at: usize| scan.bytes.get(at).copied().unwrap_or(b' ');
    let digits = |from: usize| {
        let run = scan.bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count();
        if run == 0 { Err(invalid) } else { Ok(from + run) }
    };
    let mut at = scan.at + usize::from(byte(scan.at) == b'-');
    at = if byte(at) == b'0' { at + 1 } else { digits(at)? };
    if byte(at) == b'.' {
        at = digits(at + 1)?;
    }
    if matches!(byte(at), b'e' | b'E') {
        at = digits(at + 1 + usize::from(matches!(byte(at + 1), b'+' | b'-')))?;
    }
    scan.at = at;
    Ok(())
}
