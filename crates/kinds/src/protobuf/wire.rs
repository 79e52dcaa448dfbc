//! The wire format of protobuf.

use super::error::Reason;

/// The value of a field on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wire<'a> {
    /// A varint, or the bits of a fixed 64-bit or 32-bit value.
    Number(u64),
    /// Bytes with a length.
    Bytes(&'a [u8]),
}

/// A field on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawField<'a> {
    pub(super) number: u32,
    pub(super) wire_type: u8,
    pub(super) value: Wire<'a>,
}

pub(super) const VARINT: u8 = 0;
pub(super) const FIXED64: u8 = 1;
pub(super) const BYTES: u8 = 2;
const GROUP: u8 = 3;
const GROUP_END: u8 = 4;
const FIXED32: u8 = 5;

const MAX_NUMBER: u64 = (1 << 29) - 1;

/// Takes a varint from the front.
pub(super) fn varint(bytes: &mut &[u8]) -> Result<u64, Reason> {
    // Most numbers, tags and lengths are one byte.
    if let Some((first, rest)) = bytes.split_first()
        && *first < 0x80
    {
        *bytes = rest;
        return Ok(u64::from(*first));
    }
    let mut value = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            *bytes = bytes.get(at + 1..).unwrap_or_default();
            return Ok(value);
        }
    }
    Err(if bytes.len() < 10 { Reason::CutOff } else { Reason::LongNumber })
}

fn take<'a>(bytes: &mut &'a [u8], length: u64) -> Result<&'a [u8], Reason> {
    let length = usize::try_from(length).map_err(|_| Reason::CutOff)?;
    let (value, rest) = bytes.split_at_checked(length).ok_or(Reason::CutOff)?;
    *bytes = rest;
    Ok(value)
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn tag(bytes: &mut &[u8]) -> Result<(u32, u8), Reason> {
    let tag = varint(bytes)?;
    let number = tag >> 3;
    match (u32::try_from(number), u8::try_from(tag & 7)) {
        (Ok(number), Ok(wire_type)) if number > 0 && u64::from(number) <= MAX_NUMBER && wire_type <= FIXED32 => {
            Ok((number, wire_type))
        }
        _ => Err(Reason::Tag(tag)),
    }
}

/// Takes a field from the front. A group, which Kubernetes does not use, is skipped and returned without its content.
pub(super) fn field<'a>(bytes: &mut &'a [u8]) -> Result<RawField<'a>, Reason> {
    let (number, wire_type) = tag(bytes)?;
    let value = match wire_type {
        VARINT => Wire::Number(varint(bytes)?),
        FIXED64 => Wire::Number(little_endian(take(bytes, 8)?)),
        FIXED32 => Wire::Number(little_endian(take(bytes, 4)?)),
        BYTES => {
            let length = varint(bytes)?;
            Wire::Bytes(take(bytes, length)?)
        }
        GROUP => {
            skip_group(bytes, number)?;
            Wire::Bytes(&[])
        }
        _ => return Err(Reason::Group),
    };
    Ok(RawField { number, wire_type, value })
}

/// Takes a value of a packed list from the front, which is a varint or 64 bits.
pub(super) fn number(bytes: &mut &[u8], wire_type: u8) -> Result<u64, Reason> {
    if wire_type == VARINT { varint(bytes) } else { Ok(little_endian(take(bytes, 8)?)) }
}

/// Skips to the end of a group, with the groups inside.
fn skip_group(bytes: &mut &[u8], number: u32) -> Result<(), Reason> {
    let mut open = vec![number];
    while let Some(current) = open.last() {
        let (number, wire_type) = tag(bytes)?;
        match wire_type {
            GROUP => open.push(number),
            GROUP_END if number == *current => {
                open.pop();
            }
            GROUP_END => return Err(Reason::Group),
            VARINT => {
                varint(bytes)?;
            }
            FIXED64 => {
                take(bytes, 8)?;
            }
            FIXED32 => {
                take(bytes, 4)?;
            }
            _ => {
                let length = varint(bytes)?;
                take(bytes, length)?;
            }
        }
    }
    Ok(())
}

/// The number of bytes from the start of `whole` to the start of `part`, which is a part of it.
pub(super) fn offset(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(whole.as_ptr().addr()).min(whole.len())
}
