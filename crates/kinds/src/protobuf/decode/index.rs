//! The fields of a message in the order of its struct.

use super::Decoder;
use super::span::Span;
use crate::message::{Field, Message, Shape, Type};
use crate::protobuf::error::{Error, Reason, UnknownField, push_segment};
use crate::protobuf::wire::{self, RawField, Wire};

impl<'a> Wire<'a> {
    pub(super) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Wire::Bytes(bytes) => Some(bytes),
            Wire::Number(_) => None,
        }
    }
}

impl<'a> Decoder<'a> {
    /// Takes the next field of a message off the front.
    pub(super) fn next(&self, rest: &mut &'a [u8]) -> Result<RawField<'a>, Error> {
        let at = *rest;
        wire::field(rest).map_err(|reason| self.error(at, reason))
    }

    /// Appends the fields of a message.
    pub(super) fn index(&mut self, message: &'static Message, mut rest: &'a [u8]) -> Result<(), Error> {
        while !rest.is_empty() {
            let at = rest;
            let raw = self.next(&mut rest)?;
            let known =
                message.numbered(raw.number).and_then(|index| Some((u8::try_from(index).ok()?, message.fields.get(index)?)));
            match known {
                Some((index, field)) => self.index_field(index, field, at, raw)?,
                None => self.report(raw.number),
            }
        }
        Ok(())
    }

    fn index_field(&mut self, index: u8, field: &Field, at: &'a [u8], raw: RawField<'a>) -> Result<(), Error> {
        let expected = if field.shape == Shape::Map { wire::BYTES } else { field.ty.wire() };
        if raw.wire_type == expected {
            self.check_number(field.ty, at, raw.value)?;
            return self.add(index, raw.value);
        }
        let Wire::Bytes(mut packed) = raw.value else { return Err(self.wire_type(field, at, raw, expected)) };
        if field.shape != Shape::List || raw.wire_type != wire::BYTES {
            return Err(self.wire_type(field, at, raw, expected));
        }
        while !packed.is_empty() {
            let at = packed;
            let value = wire::number(&mut packed, expected).map_err(|reason| self.error(at, reason))?;
            self.check_number(field.ty, at, Wire::Number(value))?;
            self.add(index, Wire::Number(value))?;
        }
        Ok(())
    }

    fn check_number(&self, ty: Type, at: &[u8], value: Wire<'_>) -> Result<(), Error> {
        match (ty, value) {
            (Type::Double, Wire::Number(bits)) if !f64::from_bits(bits).is_finite() => Err(self.error(at, Reason::NotFinite)),
            _ => Ok(()),
        }
    }

    pub(super) fn add(&mut self, field: u8, value: Wire<'a>) -> Result<(), Error> {
        if self.spans.len() + self.entries.len() >= self.limits.pending_fields {
            return Err(self.limit("fields", self.limits.pending_fields));
        }
        self.spans.push(Span { field, value });
        Ok(())
    }

    fn wire_type(&self, field: &Field, at: &[u8], raw: RawField<'_>, expected: u8) -> Error {
        let mut error = self.error(at, Reason::WireType { number: raw.number, found: raw.wire_type, expected });
        push_segment(&mut error.path, field.name);
        error
    }

    /// Reports a field that the table does not have.
    pub(super) fn report(&mut self, number: u32) {
        self.unknown_count += 1;
        if self.unknown.len() < self.limits.unknown_fields {
            let path = self.path();
            self.unknown.push(UnknownField { path, number: Some(number) });
        }
    }

    /// Sorts the fields from `base` on by their place in the struct. Values of one field stay in order.
    pub(super) fn sort_spans(&mut self, base: usize) {
        let spans = self.spans.get_mut(base..).unwrap_or_default();
        if !spans.is_sorted_by_key(|span| span.field) {
            spans.sort_by_key(|span| span.field);
        }
    }

    /// Reads the entries of a map, sorted by key, and returns where they begin. Of entries with one key the last one counts.
    pub(super) fn index_entries(&mut self, field: &Field, start: usize, end: usize) -> Result<usize, Error> {
        let base = self.entries.len();
        for at in start..end {
            let Some(entry) = self.spans.get(at).and_then(|span| span.value.bytes()) else { continue };
            let (mut rest, mut key, mut value) = (entry, &[][..], None);
            while !rest.is_empty() {
                let at = rest;
                let raw = self.next(&mut rest)?;
                let expected = if raw.number == 1 { wire::BYTES } else { field.ty.wire() };
                match (raw.number, raw.value) {
                    (1 | 2, _) if raw.wire_type != expected => {
                        return Err(self.error(at, Reason::WireType { number: raw.number, found: raw.wire_type, expected }));
                    }
                    (1, Wire::Bytes(bytes)) => key = bytes,
                    (2, wire) => {
                        self.check_number(field.ty, at, wire)?;
                        value = Some(wire);
                    }
                    _ => self.report(raw.number),
                }
            }
            if self.spans.len() + self.entries.len() >= self.limits.pending_fields {
                return Err(self.limit("fields", self.limits.pending_fields));
            }
            self.entries.push((key, value));
        }
        let mut entries = self.entries.split_off(base);
        if !entries.is_sorted_by_key(|(key, _)| *key) {
            entries.sort_by_key(|(key, _)| *key);
        }
        for (key, value) in entries {
            match self.entries.get_mut(base..).and_then(<[_]>::last_mut) {
                Some(last) if last.0 == key => last.1 = value,
                _ => self.entries.push((key, value)),
            }
        }
        Ok(base)
    }
}
