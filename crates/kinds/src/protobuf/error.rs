//! Errors of a body or an object.

/// An error of a conversion: its place and its cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {reason}", if .path.is_empty() { "body" } else { .path }, .offset.map(|at| format!(" at byte {at}")).unwrap_or_default())]
pub struct Error {
    /// The byte of the body; none when encoding, and for an exceeded limit.
    pub offset: Option<usize>,
    /// JSON pointer to the field, empty for the envelope.
    pub path: String,
    /// The cause.
    pub reason: Reason,
}

/// The cause of a failed conversion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The body does not begin with `k8s\0`.
    #[error("it does not begin with the Kubernetes protobuf prefix")]
    NoPrefix,
    /// The envelope has an encoding or content type other than protobuf and JSON.
    #[error("the content type or encoding {0:?} is not supported")]
    ContentType(String),
    /// The table does not have the kind.
    #[error("{api_version} {kind} is not a built-in kind")]
    UnknownKind {
        /// The envelope's apiVersion.
        api_version: String,
        /// The envelope's kind.
        kind: String,
    },
    /// The bytes end inside a value.
    #[error("the value is cut off")]
    CutOff,
    /// A varint is longer than 10 bytes.
    #[error("the number is too long")]
    LongNumber,
    /// A tag has the number 0, a number above 2^29 - 1 or an undefined wire type.
    #[error("the field tag {0:#x} is invalid")]
    Tag(u64),
    /// A group begins without an end or ends without a beginning.
    #[error("a group has no begin or end")]
    Group,
    /// A known field has another wire type than its type.
    #[error("field {number} has wire type {found}, expected {expected}")]
    WireType {
        /// The field's number.
        number: u32,
        /// The wire type in the body.
        found: u8,
        /// The wire type of the field's type.
        expected: u8,
    },
    /// JSON that an object carries as bytes is malformed.
    #[error("the embedded JSON is malformed at its byte {0}")]
    Json(usize),
    /// A time outside the years 0 to 9999, or one that is not RFC 3339.
    #[error("the time is invalid")]
    Time,
    /// A floating-point number that JSON cannot express.
    #[error("the number is not finite")]
    NotFinite,
    /// A value of another JSON type than the field's.
    #[error("expected {expected}, found {found}")]
    JsonType {
        /// The type of the field.
        expected: &'static str,
        /// The type in the object.
        found: &'static str,
    },
    /// A number outside the range of the field's type.
    #[error("the number is out of range")]
    Range,
    /// A string is not base64.
    #[error("the string is not base64")]
    Base64,
    /// One of the [`Limits`](super::Limits) was exceeded.
    #[error("more than {limit} {what}")]
    Limit {
        /// The limited quantity.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

/// A field that the table does not have. It was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownField {
    /// JSON pointer to the object with the field; when encoding, to the field itself.
    pub path: String,
    /// The field's number in protobuf, none when encoding.
    pub number: Option<u32>,
}

impl std::fmt::Display for UnknownField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.number {
            Some(number) => write!(f, "protobuf field {number} of \"{}\"", self.path),
            None => write!(f, "field \"{}\"", self.path),
        }
    }
}

/// Bytes of a JSON pointer, about. Keys of maps can be as long as a body.
const PATH_BYTES: usize = 1024;

/// Characters of a segment.
const SEGMENT_CHARACTERS: usize = 256;

/// Appends a segment to a JSON pointer. A long one is cut, as is a long pointer.
pub(super) fn push_segment(path: &mut String, segment: &str) {
    if path.len() > PATH_BYTES {
        return;
    }
    path.push('/');
    for character in segment.chars().take(SEGMENT_CHARACTERS) {
        match character {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            _ => path.push(character),
        }
    }
}

/// Appends a segment that need not be UTF-8.
pub(super) fn push_key(path: &mut String, key: &[u8]) {
    let start = key.get(..4 * SEGMENT_CHARACTERS).unwrap_or(key);
    push_segment(path, &String::from_utf8_lossy(start));
}
