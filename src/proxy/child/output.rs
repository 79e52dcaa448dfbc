//! The child's output: passed through byte for byte, and kept as lines.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::text::strip_escapes;
use kuberewind_model::{LogStream, Timestamp};

/// The longest line that is kept, in bytes; of a longer one the beginning.
const LONGEST: usize = 16 * 1024;

/// Lines kept in one second; of a flood the rest is counted.
const PER_SECOND: u32 = 5_000;

/// A line that the child printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// When it was read.
    pub at: Timestamp,
    /// Where it was printed.
    pub stream: LogStream,
    /// It, without its end and what is there for a terminal's sake.
    pub text: String,
}

/// Makes lines of bytes.
#[derive(Debug)]
pub struct Lines {
    stream: LogStream,
    begun: Vec<u8>,
    cut: bool,
    second: i64,
    kept: u32,
    left_out: u64,
}

impl Lines {
    /// Lines of one stream.
    #[must_use]
    pub fn of(stream: LogStream) -> Lines {
        Lines { stream, begun: Vec::new(), cut: false, second: i64::MIN, kept: 0, left_out: 0 }
    }

    /// Reads on; finished lines go to `out`.
    pub fn push(&mut self, at: Timestamp, bytes: &[u8], out: &mut Vec<Printed>) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.begin(&rest[..end]);
            self.line(at, out);
            rest = &rest[end + 1..];
        }
        self.begin(rest);
    }

    /// The end of the stream: what stands without a line's end is a line.
    pub fn end(&mut self, at: Timestamp, out: &mut Vec<Printed>) {
        if !self.begun.is_empty() {
            self.line(at, out);
        }
        self.tell_left_out(at, out);
    }

    fn begin(&mut self, piece: &[u8]) {
        let room = LONGEST.saturating_sub(self.begun.len());
        self.cut |= piece.len() > room;
        self.begun.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn line(&mut self, at: Timestamp, out: &mut Vec<Printed>) {
        let (begun, cut) = (std::mem::take(&mut self.begun), std::mem::take(&mut self.cut));
        let second = at.0.div_euclid(1_000_000_000);
        if second != self.second {
            self.tell_left_out(at, out);
            (self.second, self.kept) = (second, 0);
        }
        if self.kept >= PER_SECOND {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        self.kept += 1;
        let text = String::from_utf8_lossy(begun.strip_suffix(b"\r").unwrap_or(&begun));
        // Colours would stand between the words that somebody looks for.
        let mut text = strip_escapes(&text).into_owned();
        if cut {
            text.push('…');
        }
        out.push(Printed { at, stream: self.stream, text });
    }

    fn tell_left_out(&mut self, at: Timestamp, out: &mut Vec<Printed>) {
        let count = std::mem::take(&mut self.left_out);
        if count > 0 {
            let text = format!("… {count} lines left out: more than {PER_SECOND} in a second");
            out.push(Printed { at, stream: self.stream, text });
        }
    }
}

/// Passes everything from `from` to `to` and hands lines to `tell`. Where `to` takes no more, reading ends, so that the child learns of it.
pub async fn pass<R, W>(mut from: R, mut to: W, mut lines: Lines, now: impl Fn() -> Timestamp, mut tell: impl FnMut(Vec<Printed>))
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0_u8; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let piece = &buffer[..count];
        let written = async {
            to.write_all(piece).await?;
            to.flush().await
        };
        let written = written.await;
        let mut out = Vec::new();
        lines.push(now(), piece, &mut out);
        if !out.is_empty() {
            tell(out);
        }
        if written.is_err() {
            break;
        }
    }
    let mut out = Vec::new();
    lines.end(now(), &mut out);
    if !out.is_empty() {
        tell(out);
    }
}

/// How long output is still awaited when the child has ended but a grandchild holds the pipe.
pub const AFTER_THE_END: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST, Lines, PER_SECOND, pass};
    use kuberewind_model::{LogStream, Timestamp};

    fn texts(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut out) = (Lines::of(LogStream::Stdout), Vec::new());
        pieces.iter().for_each(|piece| lines.push(Timestamp(0), piece, &mut out));
        lines.end(Timestamp(0), &mut out);
        out.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_are_joined_and_long_ones_cut() {
        assert_eq!(texts(&[b"one\r\ntw", b"o\n\nthree"]), ["one", "two", "", "three"]);
        let long = vec![b'x'; LONGEST * 3];
        let kept = texts(&[&long, b"\nshort\n"]);
        assert_eq!((kept[0].len(), kept[1].as_str()), (LONGEST + "…".len(), "short"));
    }

    #[test]
    fn of_a_flood_the_rest_is_counted() {
        let flood = b"line\n".repeat(usize::try_from(PER_SECOND).expect("fits") + 3);
        let kept = texts(&[&flood]);
        assert_eq!(kept.last().map(String::as_str), Some("… 3 lines left out: more than 5000 in a second"));
    }

    #[tokio::test]
    async fn bytes_pass_as_they_are() {
        let bytes = b"\x1b[31mred\x00\xff\n";
        let mut passed = Vec::new();
        pass(
            &bytes[..],
            &mut passed,
            Lines::of(LogStream::Stderr),
            || Timestamp(7),
            |lines| {
                assert_eq!((lines[0].at, lines[0].text.as_str()), (Timestamp(7), "red\0\u{fffd}"));
            },
        )
        .await;
        assert_eq!(passed, bytes);
    }

    proptest! {
        #[test]
        fn cuts_make_no_difference(text in "[ab\n]{0,60}", size in 1..9_usize) {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let expected: Vec<String> = text.strip_suffix('\n').map_or_else(|| if text.is_empty() { vec![] } else { text.split('\n').map(Into::into).collect() },
                |text| text.split('\n').map(Into::into).collect());
            prop_assert_eq!(texts(&pieces), expected);
        }
    }
}
