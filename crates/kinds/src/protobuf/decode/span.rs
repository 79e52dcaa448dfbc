//! A field on the wire that is known but not written yet.

use crate::protobuf::wire::Wire;

/// A field of a message, or an item of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span<'a> {
    /// Index of the field in its message.
    pub(super) field: u8,
    pub(super) value: Wire<'a>,
}
