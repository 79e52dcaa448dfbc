//! How a file is packed, by its first bytes.

use std::io::{self, BufReader, Read};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;

use super::source::{ReadAt, Reading, read_up_to};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
    Bzip2,
    Tar,
    Zip,
    /// Text with two bytes for a character, as PowerShell writes it.
    Utf16 {
        big_endian: bool,
    },
}

/// The archive of a k8shark capture is an input of its own importer.
const CAPTURE: &[u8] = b"k8shark-capture/";

impl Packing {
    pub(super) fn of(content: &dyn ReadAt) -> io::Result<Packing> {
        let mut start = vec![0; 64 * 1024];
        let read = read_up_to(content, 0, &mut start)?;
        let start = &start[..read];
        let tar = start.get(257..262) == Some(b"ustar".as_slice());
        Ok(match start {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Packing::Bzip2,
            [b'P', b'K', 3, 4, ..] if memchr::memmem::find(start, CAPTURE).is_none() => Packing::Zip,
            [0xff, 0xfe, ..] => Packing::Utf16 { big_endian: false },
            [0xfe, 0xff, ..] => Packing::Utf16 { big_endian: true },
            _ if tar => Packing::Tar,
            _ => Packing::Plain,
        })
    }

    /// The decoder of compressed content; `None` for an archive or plain content.
    pub(super) fn decoder<'a>(self, reading: Reading<'a>) -> io::Result<Option<Box<dyn Read + 'a>>> {
        let buffered = BufReader::with_capacity(128 * 1024, reading);
        Ok(match self {
            Packing::Gzip => Some(Box::new(MultiGzDecoder::new(buffered))),
            Packing::Zstd => Some(Box::new(zstd::Decoder::with_buffer(buffered)?)),
            Packing::Bzip2 => Some(Box::new(MultiBzDecoder::new(buffered))),
            Packing::Utf16 { big_endian } => Some(Box::new(super::utf16::Utf16::new(buffered, big_endian))),
            Packing::Plain | Packing::Tar | Packing::Zip => None,
        })
    }
}
