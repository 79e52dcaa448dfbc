//! The envelope of an object: `k8s\0` and a message `runtime.Unknown`.

use super::error::{Error, Reason};
use super::wire::{self, Wire};

/// The first bytes of every body.
pub const MAGIC: &[u8] = b"k8s\0";

/// An envelope that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The apiVersion of the object.
    pub api_version: &'a str,
    /// The kind of the object.
    pub kind: &'a str,
    /// The media type of [`raw`](Envelope::raw); empty for protobuf.
    pub content_type: &'a str,
    /// The encoded object.
    pub raw: &'a [u8],
}

/// Opens the envelope of a body without decoding the object. Fields that the envelope does not define are skipped.
///
/// # Errors
///
/// If the prefix is missing, the bytes are malformed, or the object is compressed.
pub fn envelope(body: &[u8]) -> Result<Envelope<'_>, Error> {
    open(body).map_err(|(rest, reason)| Error { offset: Some(wire::offset(body, rest)), path: String::new(), reason })
}

type Failure<'a> = (&'a [u8], Reason);

pub(super) fn open(body: &[u8]) -> Result<Envelope<'_>, Failure<'_>> {
    let mut rest = body.strip_prefix(MAGIC).ok_or((body, Reason::NoPrefix))?;
    let mut envelope = Envelope { api_version: "", kind: "", content_type: "", raw: &[] };
    while !rest.is_empty() {
        let at = rest;
        let field = wire::field(&mut rest).map_err(|reason| (at, reason))?;
        match (field.number, field.value) {
            (1, Wire::Bytes(bytes)) => type_meta(&mut envelope, bytes)?,
            (2, Wire::Bytes(bytes)) => envelope.raw = bytes,
            (3, Wire::Bytes(bytes)) if !bytes.is_empty() => return Err((at, Reason::ContentType(lossy(bytes)))),
            (4, Wire::Bytes(bytes)) => envelope.content_type = text(bytes)?,
            (1..=4, Wire::Number(_)) => {
                let reason = Reason::WireType { number: field.number, found: field.wire_type, expected: wire::BYTES };
                return Err((at, reason));
            }
            _ => {}
        }
    }
    Ok(envelope)
}

fn type_meta<'a>(envelope: &mut Envelope<'a>, mut rest: &'a [u8]) -> Result<(), Failure<'a>> {
    while !rest.is_empty() {
        let at = rest;
        let field = wire::field(&mut rest).map_err(|reason| (at, reason))?;
        match (field.number, field.value) {
            (1, Wire::Bytes(bytes)) => envelope.api_version = text(bytes)?,
            (2, Wire::Bytes(bytes)) => envelope.kind = text(bytes)?,
            _ => {}
        }
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<&str, Failure<'_>> {
    std::str::from_utf8(bytes).map_err(|_| (bytes, Reason::ContentType(lossy(bytes))))
}

/// At most the first 64 bytes, for a message.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..64).unwrap_or(bytes)).into_owned()
}
