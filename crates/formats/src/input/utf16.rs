//! Turns UTF-16 with a byte-order mark into UTF-8.

use std::io::{self, Read};

const PIECE: usize = 64 * 1024;

pub(super) struct Utf16<R> {
    inner: R,
    big_endian: bool,
    /// Bytes that were read and not decoded yet.
    raw: Vec<u8>,
    text: Vec<u8>,
    at: usize,
}

impl<R: Read> Utf16<R> {
    pub(super) fn new(inner: R, big_endian: bool) -> Utf16<R> {
        Utf16 { inner, big_endian, raw: Vec::new(), text: Vec::new(), at: 0 }
    }

    /// Decodes the next piece; the text stays empty at the end.
    fn fill(&mut self) -> io::Result<()> {
        let kept = self.raw.len();
        self.raw.resize(kept + PIECE, 0);
        let read = self.inner.read(&mut self.raw[kept..])?;
        self.raw.truncate(kept + read);
        let unit = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if self.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let mut units: Vec<u16> = self.raw.chunks_exact(2).map(unit).collect();
        // Half a character waits for the next piece.
        let half = units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit)) && read > 0;
        if half {
            units.pop();
        }
        self.raw.drain(..units.len() * 2);
        if read == 0 {
            self.raw.clear();
        }
        (self.text, self.at) = (String::from_utf16_lossy(&units).into_bytes(), 0);
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.text.len() {
            let before = self.raw.len();
            self.fill()?;
            if self.text.is_empty() && self.raw.len() <= before {
                return Ok(0);
            }
        }
        let read = (self.text.len() - self.at).min(into.len());
        into[..read].copy_from_slice(&self.text[self.at..self.at + read]);
        self.at += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte for each read.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let (Some((first, rest)), Some(place)) = (self.0.split_first(), into.first_mut()) else { return Ok(0) };
            *place = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn pairs_and_pieces_are_joined() {
        let text = "{\"a\":\"ü 😀\"}\r\n";
        for big_endian in [false, true] {
            let bytes: Vec<u8> =
                text.encode_utf16().flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            let mut read = String::new();
            Utf16::new(Slow(&bytes), big_endian).read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
        }
        let mut odd = Vec::new();
        Utf16::new(&b"a\0b"[..], false).read_to_end(&mut odd).unwrap();
        assert_eq!(odd, b"a");
    }
}
