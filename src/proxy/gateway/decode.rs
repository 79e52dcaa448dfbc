//! Reads the copy of a compressed body, piece by piece, and never more than a bounded amount of it at once.

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// Compressed bytes given to the decoder at once: deflate grows at most 1,032-fold, so that a hostile body of this length becomes 4 MiB.
const MOUTHFUL: usize = 4 * 1024;

/// How a body is read.
pub enum Decoder {
    /// As it comes.
    Plain,
    /// gzip, of one member or several (newer API servers compress each watch event as its own).
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// The bytes were no gzip: nothing after this can be read.
    Broken,
}

impl Decoder {
    /// As `Content-Encoding` says; `None` for an encoding that is not understood.
    pub fn of(headers: &HeaderMap) -> Option<Decoder> {
        match headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii()) {
            None | Some(b"" | b"identity") => Some(Decoder::Plain),
            Some(b"gzip" | b"x-gzip") => Some(Decoder::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))),
            Some(_) => None,
        }
    }

    /// Reads a piece and hands what it holds to `out`, in portions. Says whether it could be read.
    pub fn read(&mut self, piece: &Bytes, mut out: impl FnMut(Bytes)) -> bool {
        let gzip = match self {
            Decoder::Plain => {
                out(piece.clone());
                return true;
            }
            Decoder::Gzip(gzip) => gzip,
            Decoder::Broken => return false,
        };
        for mouthful in piece.chunks(MOUTHFUL) {
            if gzip.write_all(mouthful).and_then(|()| gzip.flush()).is_err() {
                *self = Decoder::Broken;
                return false;
            }
            let plain = std::mem::take(gzip.get_mut());
            if !plain.is_empty() {
                out(Bytes::from(plain));
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bytes::Bytes;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http::header::CONTENT_ENCODING;
    use http::{HeaderMap, HeaderValue};
    use proptest::prelude::*;

    use super::Decoder;

    fn gzip() -> Decoder {
        Decoder::of(&HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))])).expect("known")
    }

    fn member(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    fn read(decoder: &mut Decoder, bytes: &[u8]) -> (Vec<u8>, bool) {
        let mut read = Vec::new();
        let sound = decoder.read(&Bytes::copy_from_slice(bytes), |part| read.extend_from_slice(&part));
        (read, sound)
    }

    #[test]
    fn each_event_is_readable_as_soon_as_it_came() {
        let mut decoder = gzip();
        assert_eq!(read(&mut decoder, &member(b"one\n")), (b"one\n".to_vec(), true));
        assert_eq!(read(&mut decoder, &member(b"two\n")), (b"two\n".to_vec(), true));
    }

    #[test]
    fn what_is_no_gzip_is_said_to_be_unreadable() {
        let mut decoder = gzip();
        assert!(!read(&mut decoder, b"{\"kind\":\"Pod\"}").1);
        assert!(!read(&mut decoder, &member(b"late")).1);
    }

    #[test]
    fn an_unknown_encoding_is_none() {
        assert!(Decoder::of(&HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("zstd"))])).is_none());
    }

    proptest! {
        #[test]
        fn cuts_make_no_difference(text in proptest::collection::vec(any::<u8>(), 0..5_000), size in 1..600_usize) {
            let mut decoder = gzip();
            let mut out = Vec::new();
            for piece in member(&text).chunks(size) {
                let (read, sound) = read(&mut decoder, piece);
                prop_assert!(sound);
                out.extend(read);
            }
            prop_assert_eq!(out, text);
        }
    }
}
