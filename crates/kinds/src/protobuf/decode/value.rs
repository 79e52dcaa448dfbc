//! Values that are not messages with a JSON object of their fields.

use super::{Decoder, Frame};
use crate::message::{Field, MessageId, Type};
use crate::protobuf::envelope::MAGIC;
use crate::protobuf::error::{Error, Reason};
use crate::protobuf::text;
use crate::protobuf::time::{self, Time};
use crate::protobuf::wire::{self, Wire};

impl<'a> Decoder<'a> {
    /// Writes a value, or opens it if it has others inside. An absent one is Go's zero value.
    pub(super) fn value(&mut self, ty: Type, value: Option<Wire<'a>>) -> Result<(), Error> {
        let number = match value {
            Some(Wire::Number(number)) => number,
            _ => 0,
        };
        let bytes = value.and_then(Wire::bytes);
        match ty {
            Type::Message(id) => {
                self.out.push('{');
                return self.open(self.table.message(id), false, &[bytes.unwrap_or_default()]);
            }
            Type::String => text::string(&mut self.out, bytes.unwrap_or_default()),
            // Only a map or list item can be empty here.
            Type::Bytes if bytes.is_none() => self.out.push_str(if self.in_map() { "\"\"" } else { "null" }),
            Type::Bytes => text::base64(&mut self.out, bytes.unwrap_or_default()),
            Type::Bool => self.out.push_str(if number == 0 { "false" } else { "true" }),
            Type::Int32 => text::integer(&mut self.out, i64::from(low_half(number))),
            Type::Int64 => text::integer(&mut self.out, number.cast_signed()),
            // Numbers that are not finite were refused with their offset before.
            Type::Double => {
                text::double(&mut self.out, f64::from_bits(number));
            }
            Type::Time => return self.time(bytes.unwrap_or_default(), false),
            Type::MicroTime => return self.time(bytes.unwrap_or_default(), true),
            Type::Quantity => return self.quantity(bytes.unwrap_or_default()),
            Type::IntOrString => return self.int_or_string(bytes.unwrap_or_default()),
            Type::RawExtension | Type::FieldsV1 | Type::Json => return self.raw(ty, bytes.unwrap_or_default()),
            Type::Strings => {
                let values = self.values_of(bytes.unwrap_or_default(), 1)?;
                return self.list(Type::String, &values);
            }
            Type::SchemaOrBool(id) => return self.schema_or_bool(id, bytes.unwrap_or_default()),
            Type::SchemaOrArray(id) => return self.schema_or_list(id, Type::Message(id), bytes.unwrap_or_default()),
            Type::SchemaOrStrings(id) => return self.schema_or_list(id, Type::String, bytes.unwrap_or_default()),
        }
        Ok(())
    }

    fn in_map(&self) -> bool {
        matches!(self.stack.last(), Some(Frame::Map { .. }))
    }

    /// True if a value that is present is left out of the JSON.
    pub(super) fn is_left_out(&mut self, field: &Field, value: Wire<'a>) -> Result<bool, Error> {
        if field.omit_zero && matches!(field.ty, Type::Time | Type::MicroTime) {
            let time = self.read_time(value.bytes().unwrap_or_default())?;
            return Ok(time == time::ZERO);
        }
        if !field.omit_empty {
            return Ok(false);
        }
        Ok(match (field.ty, value) {
            (Type::String | Type::Bytes, Wire::Bytes(bytes)) => bytes.is_empty(),
            (Type::Bool | Type::Int64, Wire::Number(number)) => number == 0,
            (Type::Int32, Wire::Number(number)) => low_half(number) == 0,
            (Type::Double, Wire::Number(bits)) => f64::from_bits(bits) == 0.0,
            (Type::Strings, Wire::Bytes(bytes)) => self.values_of(bytes, 1)?.is_empty(),
            _ => false,
        })
    }

    /// The values of one number in a small message. Other fields are reported.
    fn values_of(&mut self, mut rest: &'a [u8], number: u32) -> Result<Vec<&'a [u8]>, Error> {
        let mut values = Vec::new();
        while let Some(value) = self.next_value(&mut rest, number)? {
            values.push(value);
            if values.len() > self.limits.pending_fields {
                return Err(self.limit("fields", self.limits.pending_fields));
            }
        }
        Ok(values)
    }

    /// The last value of number 1 in a small message.
    fn last_value(&mut self, mut rest: &'a [u8]) -> Result<&'a [u8], Error> {
        let mut last = &[][..];
        while let Some(value) = self.next_value(&mut rest, 1)? {
            last = value;
        }
        Ok(last)
    }

    fn next_value(&mut self, rest: &mut &'a [u8], number: u32) -> Result<Option<&'a [u8]>, Error> {
        while !rest.is_empty() {
            let at = *rest;
            let raw = self.next(rest)?;
            match raw.value {
                Wire::Bytes(bytes) if raw.number == number && raw.wire_type == wire::BYTES => return Ok(Some(bytes)),
                _ if raw.number == number => {
                    let reason = Reason::WireType { number, found: raw.wire_type, expected: wire::BYTES };
                    return Err(self.error(at, reason));
                }
                _ => self.report(raw.number),
            }
        }
        Ok(None)
    }

    fn read_time(&mut self, bytes: &'a [u8]) -> Result<Time, Error> {
        if bytes.is_empty() {
            return Ok(time::ZERO);
        }
        let (mut rest, mut time) = (bytes, Time { seconds: 0, nanos: 0 });
        while !rest.is_empty() {
            let raw = self.next(&mut rest)?;
            match (raw.number, raw.value) {
                (1, Wire::Number(number)) => time.seconds = number.cast_signed(),
                (2, Wire::Number(number)) => {
                    time.nanos = u32::try_from(low_half(number)).map_err(|_| self.error(bytes, Reason::Time))?;
                }
                _ => self.report(raw.number),
            }
        }
        Ok(time)
    }

    fn time(&mut self, bytes: &'a [u8], micro: bool) -> Result<(), Error> {
        let mut time = self.read_time(bytes)?;
        if !micro {
            // Go's decoder ignores them.
            time.nanos = 0;
        }
        if time == time::ZERO {
            self.out.push_str("null");
            return Ok(());
        }
        self.out.push('"');
        if !time::write(&mut self.out, time, micro) {
            return Err(self.error(bytes, Reason::Time));
        }
        self.out.push('"');
        Ok(())
    }

    fn quantity(&mut self, bytes: &'a [u8]) -> Result<(), Error> {
        let quantity = self.last_value(bytes)?;
        text::string(&mut self.out, if quantity.is_empty() { b"0" } else { quantity });
        Ok(())
    }

    fn int_or_string(&mut self, bytes: &'a [u8]) -> Result<(), Error> {
        let (mut rest, mut is_string, mut number, mut string) = (bytes, false, 0, &[][..]);
        while !rest.is_empty() {
            let raw = self.next(&mut rest)?;
            match (raw.number, raw.value) {
                (1, Wire::Number(kind)) => is_string = kind == 1,
                (2, Wire::Number(value)) => number = value,
                (3, Wire::Bytes(value)) => string = value,
                _ => self.report(raw.number),
            }
        }
        if is_string {
            text::string(&mut self.out, string);
        } else {
            text::integer(&mut self.out, i64::from(low_half(number)));
        }
        Ok(())
    }

    /// Writes an object that is carried as bytes: JSON, or an envelope.
    fn raw(&mut self, ty: Type, bytes: &'a [u8]) -> Result<(), Error> {
        let raw = self.last_value(bytes)?;
        if raw.is_empty() {
            self.out.push_str("null");
            return Ok(());
        }
        if ty == Type::RawExtension && raw.starts_with(MAGIC) {
            let envelope = self.envelope(raw)?;
            return self.enveloped(envelope);
        }
        self.raw_json(raw)
    }

    /// Opens a list, `null` without items.
    fn list(&mut self, ty: Type, values: &[&'a [u8]]) -> Result<(), Error> {
        if values.is_empty() {
            self.out.push_str("null");
            return Ok(());
        }
        let base = self.spans.len();
        for value in values {
            self.add(0, Wire::Bytes(value))?;
        }
        self.out.push('[');
        self.push(Frame::List { ty, start: base, at: base, end: self.spans.len(), base })
    }

    fn schema_or_bool(&mut self, id: MessageId, bytes: &'a [u8]) -> Result<(), Error> {
        let (mut rest, mut allows, mut schemas) = (bytes, false, Vec::new());
        while !rest.is_empty() {
            let raw = self.next(&mut rest)?;
            match (raw.number, raw.value) {
                (1, Wire::Number(number)) => allows = number != 0,
                (2, Wire::Bytes(bytes)) => schemas.push(bytes),
                _ => self.report(raw.number),
            }
        }
        if schemas.is_empty() {
            self.out.push_str(if allows { "true" } else { "false" });
            return Ok(());
        }
        self.out.push('{');
        self.open(self.table.message(id), false, &schemas)
    }

    /// Opens the list of number 2, or without items the schema of number 1.
    fn schema_or_list(&mut self, id: MessageId, item: Type, bytes: &'a [u8]) -> Result<(), Error> {
        let (mut rest, mut schemas, mut items) = (bytes, Vec::new(), Vec::new());
        while !rest.is_empty() {
            let raw = self.next(&mut rest)?;
            match (raw.number, raw.value) {
                (1, Wire::Bytes(bytes)) => schemas.push(bytes),
                (2, Wire::Bytes(bytes)) => items.push(bytes),
                _ => self.report(raw.number),
            }
        }
        if !items.is_empty() || schemas.is_empty() {
            return self.list(item, &items);
        }
        self.out.push('{');
        self.open(self.table.message(id), false, &schemas)
    }
}

/// The number that Go keeps of a varint in an `int32`.
pub(super) fn low_half(number: u64) -> i32 {
    u32::try_from(number & 0xffff_ffff).unwrap_or_default().cast_signed()
}
