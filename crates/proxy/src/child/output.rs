//! Forwards the child's output unchanged, and splits it into lines for the recording.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use kuberewind_model::{LogStream, Timestamp};
use kuberewind_text::strip_escapes;

/// Recorded bytes per line; the rest is cut.
const MAX_LINE: usize = 16 * 1024;

/// Recorded lines per second and stream; the rest is counted.
const PER_SECOND: u32 = 5_000;

/// A line that the child printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// The time of the read.
    pub at: Timestamp,
    pub stream: LogStream,
    /// The line without its line break and terminal escapes.
    pub text: String,
}

/// Splits a byte stream into lines.
#[derive(Debug)]
pub struct LineSplitter {
    stream: LogStream,
    partial: Vec<u8>,
    cut: bool,
    second: i64,
    recorded: u32,
    omitted: u64,
}

impl LineSplitter {
    #[must_use]
    pub fn new(stream: LogStream) -> LineSplitter {
        LineSplitter { stream, partial: Vec::new(), cut: false, second: i64::MIN, recorded: 0, omitted: 0 }
    }

    /// Takes bytes and appends complete lines to `out`.
    pub fn push(&mut self, at: Timestamp, bytes: &[u8], out: &mut Vec<OutputLine>) {
        let mut rest = bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            self.append(&rest[..end]);
            self.line(at, out);
            rest = &rest[end + 1..];
        }
        self.append(rest);
    }

    /// Ends the stream: the rest without a line break is a line.
    pub fn end(&mut self, at: Timestamp, out: &mut Vec<OutputLine>) {
        if !self.partial.is_empty() {
            self.line(at, out);
        }
        self.report_omitted(at, out);
    }

    fn append(&mut self, chunk: &[u8]) {
        let room = MAX_LINE.saturating_sub(self.partial.len());
        self.cut |= chunk.len() > room;
        self.partial.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }

    fn line(&mut self, at: Timestamp, out: &mut Vec<OutputLine>) {
        let (partial, cut) = (std::mem::take(&mut self.partial), std::mem::take(&mut self.cut));
        let second = at.0.div_euclid(1_000_000_000);
        if second != self.second {
            self.report_omitted(at, out);
            (self.second, self.recorded) = (second, 0);
        }
        if self.recorded >= PER_SECOND {
            self.omitted = self.omitted.saturating_add(1);
            return;
        }
        self.recorded += 1;
        let text = String::from_utf8_lossy(partial.strip_suffix(b"\r").unwrap_or(&partial));
        // Escapes would split the words that a search looks for.
        let mut text = strip_escapes(&text).into_owned();
        if cut {
            text.push('…');
        }
        out.push(OutputLine { at, stream: self.stream, text });
    }

    fn report_omitted(&mut self, at: Timestamp, out: &mut Vec<OutputLine>) {
        let count = std::mem::take(&mut self.omitted);
        if count > 0 {
            let text = format!("… {count} lines omitted: more than {PER_SECOND} per second");
            out.push(OutputLine { at, stream: self.stream, text });
        }
    }
}

/// Copies everything from `from` to `to` and passes the lines to `take`. The lines come first: a slow terminal must not make
/// them later than the calls they are about. If `to` fails, reading stops, so that the child gets a broken pipe.
pub async fn forward<R, W>(
    mut from: R,
    mut to: W,
    mut lines: LineSplitter,
    now: impl Fn() -> Timestamp,
    mut take: impl FnMut(Vec<OutputLine>),
) where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0_u8; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let chunk = &buffer[..count];
        let mut out = Vec::new();
        lines.push(now(), chunk, &mut out);
        if !out.is_empty() {
            take(out);
        }
        let written = async {
            to.write_all(chunk).await?;
            to.flush().await
        };
        if written.await.is_err() {
            break;
        }
    }
    let mut out = Vec::new();
    lines.end(now(), &mut out);
    if !out.is_empty() {
        take(out);
    }
}

/// Time to wait for output after the child has ended while a grandchild keeps the pipe open.
pub const DRAIN_TIMEOUT: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt;

    use super::{Duration, LineSplitter, MAX_LINE, PER_SECOND, forward};
    use kuberewind_model::{LogStream, Timestamp};

    fn texts(pieces: &[&[u8]]) -> Vec<String> {
        let (mut lines, mut out) = (LineSplitter::new(LogStream::Stdout), Vec::new());
        pieces.iter().for_each(|chunk| lines.push(Timestamp(0), chunk, &mut out));
        lines.end(Timestamp(0), &mut out);
        out.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn lines_are_joined_and_long_ones_cut() {
        assert_eq!(texts(&[b"one\r\ntw", b"o\n\nthree"]), ["one", "two", "", "three"]);
        let long = vec![b'x'; MAX_LINE * 3];
        let recorded = texts(&[&long, b"\nshort\n"]);
        assert_eq!((recorded[0].len(), recorded[1].as_str()), (MAX_LINE + "…".len(), "short"));
    }

    #[test]
    fn lines_beyond_the_limit_are_counted() {
        let flood = b"line\n".repeat(usize::try_from(PER_SECOND).expect("fits") + 3);
        let recorded = texts(&[&flood]);
        assert_eq!(recorded.last().map(String::as_str), Some("… 3 lines omitted: more than 5000 per second"));
    }

    #[tokio::test]
    async fn bytes_are_forwarded_unchanged() {
        let bytes = b"\x1b[31mred\x00\xff\n";
        let mut passed = Vec::new();
        forward(
            &bytes[..],
            &mut passed,
            LineSplitter::new(LogStream::Stderr),
            || Timestamp(7),
            |lines| {
                assert_eq!((lines[0].at, lines[0].text.as_str()), (Timestamp(7), "red\0\u{fffd}"));
            },
        )
        .await;
        assert_eq!(passed, bytes);
    }

    #[tokio::test]
    async fn a_line_does_not_wait_for_a_blocked_terminal() {
        // A terminal that takes nothing until it is read.
        let (terminal, mut reader) = tokio::io::duplex(1);
        let (taken, mut lines) = tokio::sync::mpsc::unbounded_channel();
        let copy = forward(
            &b"reconciling\n"[..],
            terminal,
            LineSplitter::new(LogStream::Stderr),
            || Timestamp(7),
            move |new| taken.send(new).expect("the test listens"),
        );
        let read_after_line = async {
            let new = lines.recv().await.expect("a line");
            let mut text = String::new();
            reader.read_to_string(&mut text).await.expect("read");
            (new[0].text.clone(), text)
        };
        let both = async { tokio::join!(copy, read_after_line) };
        let ((), seen) = tokio::time::timeout(Duration::from_secs(30), both).await.expect("the line is passed first");
        assert_eq!(seen, ("reconciling".to_owned(), "reconciling\n".to_owned()));
    }

    proptest! {
        #[test]
        fn chunk_boundaries_make_no_difference(text in "[ab\n]{0,60}", size in 1..9_usize) {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let expected: Vec<String> = text.strip_suffix('\n').map_or_else(|| if text.is_empty() { vec![] } else { text.split('\n').map(Into::into).collect() },
                |text| text.split('\n').map(Into::into).collect());
            prop_assert_eq!(texts(&pieces), expected);
        }
    }
}
