//! Finds the end of a JSON value in chunks, and notices early that text is not JSON.

/// The deepest nesting, as in the scanner of the model.
const MAX_DEPTH: u32 = 127;

/// The state of reading one object or array.
#[derive(Debug, Clone, Default)]
pub(crate) struct JsonTracker {
    /// One bit per open bracket, set for arrays.
    arrays: u128,
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// The last byte outside of strings that is not white space; `"` for a string.
    last: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The value continues.
    Open,
    /// The value ends before this offset of the chunk.
    Done(usize),
    /// The text is not JSON.
    Bad,
}

impl JsonTracker {
    /// True within a string, which cannot contain a line end.
    pub(crate) fn in_string(&self) -> bool {
        self.in_string
    }

    /// Reads the next chunk of a value that starts with a bracket.
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> Progress {
        let mut at = 0;
        while at < chunk.len() {
            if self.in_string {
                match self.string(&chunk[at..]) {
                    Some(used) => at += used,
                    None => return Progress::Open,
                }
                continue;
            }
            let byte = chunk[at];
            at += 1;
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                continue;
            }
            if !self.accepts(byte) {
                return Progress::Bad;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => {
                    self.arrays = self.arrays << 1 | u128::from(byte == b'[');
                    self.depth += 1;
                }
                b'}' | b']' => {
                    self.arrays >>= 1;
                    self.depth -= 1;
                }
                _ => {}
            }
            self.last = byte;
            if self.depth == 0 {
                return Progress::Done(at);
            }
        }
        Progress::Open
    }

    /// True if a byte can follow what was read.
    fn accepts(&self, byte: u8) -> bool {
        let array = self.arrays & 1 == 1;
        let value_may_start =
            if self.depth == 0 { self.last == 0 } else { matches!((array, self.last), (true, b'[' | b',') | (false, b':')) };
        match byte {
            b'{' | b'[' => value_may_start && self.depth < MAX_DEPTH,
            b'"' => value_may_start || (self.depth > 0 && !array && matches!(self.last, b'{' | b',')),
            b'}' => self.depth > 0 && !array && !matches!(self.last, b',' | b':'),
            b']' => self.depth > 0 && array && self.last != b',',
            b',' => self.depth > 0 && !matches!(self.last, b',' | b'{' | b'[' | b':'),
            b':' => self.depth > 0 && !array && self.last == b'"',
            b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E' => self.depth > 0,
            // The letters of true, false and null.
            b't' | b'r' | b'u' | b'f' | b'a' | b'l' | b's' | b'n' => self.depth > 0,
            _ => false,
        }
    }

    /// Reads within a string; returns the offset after its end, or `None` if it continues.
    fn string(&mut self, chunk: &[u8]) -> Option<usize> {
        let mut at = 0;
        if std::mem::take(&mut self.escaped) {
            at = 1;
        }
        loop {
            let stop = at + memchr::memchr2(b'"', b'\\', chunk.get(at..)?)?;
            if chunk[stop] == b'"' {
                self.in_string = false;
                return Some(stop + 1);
            }
            at = stop + 2;
            if at > chunk.len() {
                self.escaped = true;
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_across_any_chunks() {
        let value = br#"{"a":[1,-2.5e3,true,null,"x\"}\\"],"b":{},"c":[]}"#;
        let text = [value.as_slice(), b" rest"].concat();
        for cut in 0..value.len() {
            let mut tracker = JsonTracker::default();
            assert_eq!(tracker.feed(&text[..cut]), Progress::Open, "{cut}");
            assert_eq!(tracker.feed(&text[cut..]), Progress::Done(value.len() - cut), "{cut}");
        }
    }

    #[test]
    fn other_text_is_noticed() {
        for text in ["[INFO] x", "{\"a\":1,\n{\"b\":2}", "{x", "{\"a\" \"b\"}", "[1}", "{]", "[,", "{\"a\":1,}", &"[".repeat(128)]
        {
            assert_eq!(JsonTracker::default().feed(text.as_bytes()), Progress::Bad, "{text}");
        }
    }
}
