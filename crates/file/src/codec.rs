//! Encoding of bodies: the hash of a text, and zstd against a keyframe or against a dictionary of the kind.
//!
//! Short texts are stored plain, others compressed. If the object has a keyframe, its text is the compression dictionary, so
//! that two states of one object cost only their difference. The first state of an object is compressed against earlier bodies
//! of its kind (see [`crate::dictionary`]). Both zstd contexts are reused: creating one costs more than compressing 4 KiB.

use zstd::zstd_safe::{CCtx, CDict, DCtx, get_error_name};

use kuberewind_model::Result;

use crate::error::damaged;

/// For a shorter text, a zstd frame costs more bytes than it saves. Any SQLite program can read a plain text.
const PLAIN_BELOW: usize = 128;
/// The most bytes of a body. A stored length beyond it is damage.
pub(crate) const MAX_TEXT: usize = 64 << 20;
pub(crate) const LEVEL: i32 = 1;

/// How a body is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// The text itself.
    Plain = 0,
    /// A zstd frame.
    Zstd = 1,
    /// A zstd frame with the keyframe's text as its dictionary.
    Delta = 2,
    /// A zstd frame with a dictionary of the kind.
    Dictionary = 3,
}

/// The base of a compressed text.
pub(crate) enum Against<'a> {
    Nothing,
    Keyframe(&'a [u8]),
    Dictionary(&'a CDict<'static>),
}

impl Codec {
    pub(crate) fn from_code(code: i64) -> Option<Codec> {
        [Codec::Plain, Codec::Zstd, Codec::Delta, Codec::Dictionary].into_iter().find(|codec| *codec as i64 == code)
    }
}

/// The first 128 bits of BLAKE3, enough to exclude a collision within a file.
pub(crate) type Hash = [u8; 16];

pub(crate) fn hash(text: &[u8]) -> Hash {
    let mut short = [0; 16];
    short.copy_from_slice(&blake3::hash(text).as_bytes()[..16]);
    short
}

pub(crate) struct Encoder {
    context: CCtx<'static>,
    out: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new() -> Encoder {
        Encoder { context: CCtx::create(), out: Vec::new() }
    }

    /// Encodes a text for storage.
    pub(crate) fn encode<'a>(&'a mut self, text: &'a [u8], against: &Against<'_>) -> (Codec, &'a [u8]) {
        if text.len() < PLAIN_BELOW {
            return (Codec::Plain, text);
        }
        self.out.clear();
        self.out.reserve(zstd::compress_bound(text.len()));
        let (codec, done) = match against {
            Against::Keyframe(keyframe) => (Codec::Delta, self.context.compress_using_dict(&mut self.out, text, keyframe, LEVEL)),
            Against::Dictionary(dictionary) => {
                (Codec::Dictionary, self.context.compress_using_cdict(&mut self.out, text, dictionary))
            }
            Against::Nothing => (Codec::Zstd, self.context.compress(&mut self.out, text, LEVEL)),
        };
        if done.is_ok() && self.out.len() < text.len() { (codec, &self.out) } else { (Codec::Plain, text) }
    }
}

pub(crate) struct Decoder {
    context: DCtx<'static>,
}

impl Decoder {
    pub(crate) fn new() -> Decoder {
        Decoder { context: DCtx::create() }
    }

    /// Decodes a text of `length` bytes. Never allocates more than that. `base` is the text of the keyframe, or the dictionary.
    pub(crate) fn decode(&mut self, codec: Codec, data: &[u8], base: &[u8], length: u64) -> Result<Vec<u8>> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_TEXT {
            return Err(damaged(format!("a body claims to have {length} bytes")));
        }
        let mut text = Vec::with_capacity(length);
        let done = match codec {
            Codec::Plain => {
                text.extend_from_slice(&data[..data.len().min(length + 1)]);
                Ok(text.len())
            }
            Codec::Zstd => self.context.decompress(&mut text, data),
            Codec::Delta | Codec::Dictionary => self.context.decompress_using_dict(&mut text, data, base),
        };
        match done {
            Ok(made) if made == length => Ok(text),
            Ok(made) => Err(damaged(format!("a body has {made} bytes where {length} were stored"))),
            Err(code) => Err(damaged(format!("a body cannot be decompressed: {}", get_error_name(code)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use zstd::zstd_safe::create_cdict;

    use super::{Against, Codec, Decoder, Encoder, LEVEL, hash};

    #[test]
    fn texts_come_back_alone_and_against_a_keyframe_or_a_dictionary() {
        let keyframe = r#"{"kind":"Deployment","spec":{"replicas":3,"template":{"a":"b"}}}"#.repeat(20);
        let text = keyframe.replacen("replicas\":3", "replicas\":5", 1);
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        let dictionary = create_cdict(keyframe.as_bytes(), LEVEL);
        for against in [Against::Nothing, Against::Keyframe(keyframe.as_bytes()), Against::Dictionary(&dictionary)] {
            let (codec, data) = encoder.encode(text.as_bytes(), &against);
            let data = data.to_vec();
            assert!(data.len() < text.len() / 4);
            let base = if codec == Codec::Zstd { "" } else { keyframe.as_str() };
            let back = decoder.decode(codec, &data, base.as_bytes(), text.len() as u64).unwrap();
            assert_eq!(hash(&back), hash(text.as_bytes()));
        }
    }

    #[test]
    fn a_wrong_length_is_damage_and_makes_nothing_big() {
        let text = "x".repeat(100_000);
        let (mut encoder, mut decoder) = (Encoder::new(), Decoder::new());
        let data = encoder.encode(text.as_bytes(), &Against::Nothing).1.to_vec();
        for length in [0, 99_999, 100_001, u64::MAX] {
            assert!(decoder.decode(Codec::Zstd, &data, b"", length).is_err(), "{length}");
        }
        assert!(decoder.decode(Codec::Zstd, b"not zstd", b"", 10).is_err());
    }
}
