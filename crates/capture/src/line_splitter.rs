//! Splits a stream into lines, wherever the transport split it into chunks.

use bytes::{Bytes, BytesMut};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A line without its line feed.
    Whole(Bytes),
    /// A line longer than the limit: its length.
    TooLong(u64),
}

/// Holds the beginning of at most one line, up to a limit.
#[derive(Debug)]
pub(super) struct LineSplitter {
    limit: usize,
    beginning: BytesMut,
    length: u64,
    skipping: bool,
}

impl LineSplitter {
    pub(super) fn new(limit: usize) -> LineSplitter {
        LineSplitter { limit, beginning: BytesMut::new(), length: 0, skipping: false }
    }

    /// Discards the beginning of a line after lost bytes. If the loss ended in the middle of a line (`mid_line`), its rest is skipped
    /// too. Returns the number of discarded bytes.
    pub(super) fn lost(&mut self, mid_line: bool) -> u64 {
        let discarded = std::mem::take(&mut self.length);
        self.beginning = BytesMut::new();
        self.skipping = mid_line;
        discarded
    }

    pub(super) fn held(&self) -> usize {
        self.beginning.len()
    }

    /// Reads a chunk and appends the lines that end in it to `out`.
    pub(super) fn push(&mut self, chunk: &Bytes, out: &mut Vec<Line>) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', chunk) {
            let piece = chunk.slice(start..end);
            start = end + 1;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if let Some(line) = self.line(piece) {
                out.push(line);
            }
        }
        if start < chunk.len() && !self.skipping {
            self.keep(&chunk[start..]);
        }
    }

    /// Returns the text after the last line feed: a server may end the stream without one.
    pub(super) fn rest(&mut self) -> Option<Line> {
        if std::mem::take(&mut self.skipping) { None } else { self.line(Bytes::new()) }
    }

    fn line(&mut self, piece: Bytes) -> Option<Line> {
        if self.length == 0 {
            let line = if piece.len() > self.limit { Line::TooLong(piece.len() as u64) } else { Line::Whole(piece) };
            return if line == Line::Whole(Bytes::new()) { None } else { Some(line) };
        }
        self.keep(&piece);
        let (length, begun) = (std::mem::take(&mut self.length), std::mem::take(&mut self.beginning));
        Some(if length > self.limit as u64 { Line::TooLong(length) } else { Line::Whole(begun.freeze()) })
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.length > self.limit as u64 {
            self.beginning = BytesMut::new();
        } else {
            self.beginning.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(lines: &mut LineSplitter, chunks: &[&[u8]]) -> Vec<Line> {
        let mut out = Vec::new();
        chunks.iter().for_each(|chunk| lines.push(&Bytes::copy_from_slice(chunk), &mut out));
        out.extend(lines.rest());
        out
    }

    #[test]
    fn after_a_loss_reading_resumes_at_the_next_line() {
        let mut lines = LineSplitter::new(100);
        let mut out = Vec::new();
        lines.push(&Bytes::from_static(b"one\ntw"), &mut out);
        assert_eq!(lines.lost(true), 2);
        lines.push(&Bytes::from_static(b"ee\nfour\n"), &mut out);
        assert_eq!(lines.lost(false), 0);
        lines.push(&Bytes::from_static(b"six\n"), &mut out);
        let whole = |text: &'static str| Line::Whole(Bytes::from_static(text.as_bytes()));
        assert_eq!(out, [whole("one"), whole("four"), whole("six")]);
    }

    #[test]
    fn of_a_line_over_the_limit_the_length_is_known() {
        let mut lines = LineSplitter::new(4);
        assert_eq!(
            joined(&mut lines, &[b"abc", b"defg", b"h\nok\ntoolong\n"]),
            [Line::TooLong(8), Line::Whole(Bytes::from_static(b"ok")), Line::TooLong(7)]
        );
    }

    proptest! {
        #[test]
        fn chunk_boundaries_make_no_difference(text in "[ab\n]{0,60}", cuts in proptest::collection::vec(0..60_usize, 0..6)) {
            let mut at: Vec<usize> = cuts.into_iter().filter(|cut| *cut < text.len()).collect();
            at.extend([0, text.len()]);
            at.sort_unstable();
            let chunks: Vec<&[u8]> = at.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            let expected: Vec<Line> = text.split('\n').filter(|line| !line.is_empty())
                .map(|line| Line::Whole(Bytes::copy_from_slice(line.as_bytes()))).collect();
            prop_assert_eq!(joined(&mut LineSplitter::new(100), &chunks), expected);
        }
    }
}
