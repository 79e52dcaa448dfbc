//! Bounds of a conversion.

/// Bounds of a conversion. Input beyond them is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body.
    pub input_bytes: usize,
    /// Bytes of the JSON text. A small body can have a long text, because absent required fields are printed.
    pub text_bytes: usize,
    /// Levels of objects and lists inside each other. The default is below the 128 that `serde_json` reads.
    pub depth: usize,
    /// Fields, list items and map entries that wait to be written at one time; each takes up to 40 bytes.
    pub pending_fields: usize,
    /// Unknown fields that are listed by path; further ones are counted.
    pub unknown_fields: usize,
}

impl Limits {
    /// The limits that [`decode`](super::decode) uses.
    pub const DEFAULT: Limits =
        Limits { input_bytes: 32 << 20, text_bytes: 128 << 20, depth: 120, pending_fields: 1 << 20, unknown_fields: 64 };
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::DEFAULT
    }
}
