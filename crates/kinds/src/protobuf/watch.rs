//! Frames of a watch stream of `application/vnd.kubernetes.protobuf;stream=watch`.
//!
//! A frame is the length of a message in four bytes, highest first, and a message `WatchEvent` without an envelope. The
//! object inside has one.

use serde_json::Value;

use super::decode::{Decoded, decode_with};
use super::encode::{Encoded, encode};
use super::error::{Error, Reason};
use super::limits::Limits;
use super::wire::{self, Wire};

/// Length of a frame's length.
const PREFIX: usize = 4;

/// An event of a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchEvent {
    /// `ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`.
    pub event_type: String,
    /// The object.
    pub object: Decoded,
}

/// Takes the first frame from the bytes of a stream: its message, and how many bytes the frame has. `None` if the frame is
/// not complete yet.
///
/// # Errors
///
/// If the frame is longer than [`Limits::input_bytes`].
pub fn split<'a>(stream: &'a [u8], limits: &Limits) -> Result<Option<(&'a [u8], usize)>, Error> {
    let Some((length, rest)) = stream.split_first_chunk::<PREFIX>() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > limits.input_bytes {
        let reason = Reason::Limit { what: "bytes of a watch frame", limit: limits.input_bytes };
        return Err(Error { offset: None, path: String::new(), reason });
    }
    Ok(rest.get(..length).map(|frame| (frame, PREFIX + length)))
}

/// Decodes the message of a frame.
///
/// # Errors
///
/// If the message or the object is malformed, or the object's kind is not built in.
pub fn decode(frame: &[u8], limits: &Limits) -> Result<WatchEvent, Error> {
    let (event_type, object) =
        fields(frame).map_err(|(at, reason)| Error { offset: Some(wire::offset(frame, at)), path: String::new(), reason })?;
    let inside = wire::offset(frame, object);
    let object = decode_with(object, limits).map_err(|mut error| {
        error.offset = error.offset.map(|offset| offset + inside);
        error
    })?;
    Ok(WatchEvent { event_type: String::from_utf8_lossy(event_type).into_owned(), object })
}

type Failure<'a> = (&'a [u8], Reason);

/// The type, and the bytes of the object.
fn fields(mut rest: &[u8]) -> Result<(&[u8], &[u8]), Failure<'_>> {
    let (mut event_type, mut object) = (&[][..], rest.get(rest.len()..).unwrap_or_default());
    while !rest.is_empty() {
        let at = rest;
        let field = wire::field(&mut rest).map_err(|reason| (at, reason))?;
        match (field.number, field.value) {
            (1, Wire::Bytes(bytes)) => event_type = bytes,
            (2, Wire::Bytes(mut extension)) => {
                while !extension.is_empty() {
                    let at = extension;
                    let field = wire::field(&mut extension).map_err(|reason| (at, reason))?;
                    if let (1, Wire::Bytes(bytes)) = (field.number, field.value) {
                        object = bytes;
                    }
                }
            }
            _ => {}
        }
    }
    Ok((event_type, object))
}

/// Encodes an event as a frame with its length.
///
/// # Errors
///
/// As [`encode`]; also if the object has more than 4 GiB.
pub fn encode_frame(event_type: &str, api_version: &str, kind: &str, object: &Value) -> Result<Encoded, Error> {
    let mut encoded = encode(api_version, kind, object)?;
    let mut frame = super::buffer::Buffer::with_capacity(encoded.bytes.len() + event_type.len() + 32);
    frame.prepend(&encoded.bytes);
    frame.close(1, 0);
    frame.close(2, 0);
    frame.bytes(1, event_type.as_bytes());
    let length = u32::try_from(frame.len()).map_err(|_| {
        let reason = Reason::Limit { what: "bytes of a watch frame", limit: usize::MAX };
        Error { offset: None, path: String::new(), reason }
    })?;
    frame.prepend(&length.to_be_bytes());
    encoded.bytes = frame.into_bytes();
    Ok(encoded)
}
