//! Decodes the recorded copy of a compressed body in bounded portions.

use std::io::Write;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// Compressed bytes per step. Deflate expands at most 1,032 times, so that a hostile body of this length becomes 4 MiB.
const MAX_INPUT: usize = 4 * 1024;

/// The decoder of one body.
pub enum Decoder {
    /// No encoding.
    Plain,
    /// gzip with one or more members. Newer API servers compress each watch event as its own member.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// The bytes are not gzip; the rest cannot be decoded.
    Broken,
}

impl Decoder {
    /// The decoder for `Content-Encoding`; `None` for an unknown encoding.
    pub fn of(headers: &HeaderMap) -> Option<Decoder> {
        match headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().trim_ascii()) {
            None | Some(b"" | b"identity") => Some(Decoder::Plain),
            Some(b"gzip" | b"x-gzip") => Some(Decoder::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))),
            Some(_) => None,
        }
    }

    /// Decodes a chunk and passes the result to `out` in portions. Returns false if it cannot be decoded.
    pub fn read(&mut self, piece: &Bytes, mut out: impl FnMut(Bytes)) -> bool {
        let gzip = match self {
            Decoder::Plain => {
                out(piece.clone());
                return true;
            }
            Decoder::Gzip(gzip) => gzip,
            Decoder::Broken => return false,
        };
        for input in piece.chunks(MAX_INPUT) {
            if gzip.write_all(input).and_then(|()| gzip.flush()).is_err() {
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
    fn each_event_is_decoded_as_it_arrives() {
        let mut decoder = gzip();
        assert_eq!(read(&mut decoder, &member(b"one\n")), (b"one\n".to_vec(), true));
        assert_eq!(read(&mut decoder, &member(b"two\n")), (b"two\n".to_vec(), true));
    }

    #[test]
    fn invalid_gzip_is_reported() {
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
        fn chunk_boundaries_make_no_difference(text in proptest::collection::vec(any::<u8>(), 0..5_000), size in 1..600_usize) {
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
