//! JSON to protobuf.
//!
//! The bytes are those that client-go writes: fields in the order of their numbers, maps sorted by key, zero values of Go
//! fields that are not pointers included. They are written from the end to the beginning, so that the length of a message
//! is known before it is written; the fields, items and entries come in reverse.

mod value;

use serde_json::{Map, Value};

use super::buffer::Buffer;
use super::envelope::MAGIC;
use super::error::{Error, Reason, UnknownField, push_segment};
use super::limits::Limits;
use crate::builtin::table;
use crate::message::{Field, Message, Shape, Type};
use crate::table::Table;

/// An object that was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The body.
    pub bytes: Vec<u8>,
    /// Fields that the table does not have, at most [`Limits::unknown_fields`]. They are not in the bytes.
    pub unknown: Vec<UnknownField>,
    /// How many fields the table does not have.
    pub unknown_count: usize,
}

/// Encodes an object with its envelope. `apiVersion` and `kind` of the object itself are not read.
///
/// `null` is the same as an absent field, and an empty list or map too: protobuf cannot express them.
///
/// # Errors
///
/// If the kind is not built in, a value has another type than its field, or the object is too deep.
pub fn encode(api_version: &str, kind: &str, object: &Value) -> Result<Encoded, Error> {
    let Some(message) = table().message_of(api_version, kind) else {
        let reason = Reason::UnknownKind { api_version: api_version.to_owned(), kind: kind.to_owned() };
        return Err(Error { offset: None, path: String::new(), reason });
    };
    let mut encoder = Encoder::new();
    // Go writes the encoding and content type of every envelope, both empty.
    encoder.out.bytes(4, b"");
    encoder.out.bytes(3, b"");
    let end = encoder.out.len();
    encoder.object(message, object)?;
    encoder.out.close(2, end);
    let end = encoder.out.len();
    encoder.out.bytes(2, kind.as_bytes());
    encoder.out.bytes(1, api_version.as_bytes());
    encoder.out.close(1, end);
    encoder.out.prepend(MAGIC);
    Ok(encoder.finish())
}

/// Encodes an object as the bytes of a message, without an envelope.
///
/// # Errors
///
/// As [`encode`].
pub fn encode_as(message: &'static Message, object: &Value) -> Result<Encoded, Error> {
    let mut encoder = Encoder::new();
    encoder.object(message, object)?;
    Ok(encoder.finish())
}

struct Encoder<'v> {
    table: &'static Table,
    out: Buffer,
    stack: Vec<Frame<'v>>,
    /// The values of the fields of the open messages.
    slots: Vec<Option<&'v Value>>,
    /// The entries of the open maps.
    entries: Vec<(&'v str, &'v Value)>,
    unknown: Vec<UnknownField>,
    unknown_count: usize,
}

/// Something that is being written. `end` is the length of the buffer when it was opened.
enum Frame<'v> {
    Message(OpenMessage<'v>),
    List {
        ty: Type,
        number: u32,
        items: &'v [Value],
        left: usize,
    },
    /// A map; its entries are those from `base` on. The last one is `writing`, from `end` on.
    Map {
        ty: Type,
        number: u32,
        base: usize,
        writing: Option<&'v str>,
        end: usize,
    },
    /// A union of a schema with something else; `allows` is its first field.
    Union {
        number: u32,
        allows: Option<bool>,
        end: usize,
    },
}

struct OpenMessage<'v> {
    message: &'static Message,
    object: Option<&'v Map<String, Value>>,
    /// The number of the field that the message is; none for the object itself.
    number: Option<u32>,
    /// The number of the field that is being written. Those below are left.
    left: usize,
    base: usize,
    end: usize,
}

impl<'v> Encoder<'v> {
    fn new() -> Encoder<'v> {
        Encoder {
            table: table(),
            out: Buffer::with_capacity(4096),
            stack: Vec::with_capacity(16),
            slots: Vec::with_capacity(128),
            entries: Vec::new(),
            unknown: Vec::new(),
            unknown_count: 0,
        }
    }

    fn finish(self) -> Encoded {
        Encoded { bytes: self.out.into_bytes(), unknown: self.unknown, unknown_count: self.unknown_count }
    }

    /// Writes an object and all that is inside.
    fn object(&mut self, message: &'static Message, object: &'v Value) -> Result<(), Error> {
        let Value::Object(object) = object else { return Err(self.expected("an object", object)) };
        self.open(message, Some(object), None, false)?;
        while let Some(frame) = self.stack.last_mut() {
            match frame {
                Frame::Message(open) => match previous_field(open, &self.slots) {
                    Some((field, slot)) => self.field(field, slot)?,
                    None => self.close_message(),
                },
                Frame::List { ty, number, items, left } => match left.checked_sub(1).and_then(|at| items.get(at)) {
                    Some(item) => {
                        let (ty, number) = (*ty, *number);
                        *left -= 1;
                        self.value(ty, number, item)?;
                    }
                    None => {
                        self.stack.pop();
                    }
                },
                Frame::Map { .. } => self.entry()?,
                Frame::Union { number, allows, end } => {
                    if let Some(allows) = allows {
                        self.out.number(1, u64::from(*allows));
                    }
                    self.out.close(*number, *end);
                    self.stack.pop();
                }
            }
        }
        Ok(())
    }

    /// Makes a message the one that is written. An absent object has the zero values only.
    fn open(
        &mut self,
        message: &'static Message,
        object: Option<&'v Map<String, Value>>,
        number: Option<u32>,
        inline: bool,
    ) -> Result<(), Error> {
        let base = self.slots.len();
        self.slots.resize(base + message.fields.len(), None);
        for (name, value) in object.into_iter().flatten() {
            match message.own(name) {
                Some(_) if value.is_null() => {}
                Some(index) => {
                    if let Some(slot) = self.slots.get_mut(base + index) {
                        *slot = Some(value);
                    }
                }
                None if !inline && !message.knows(name) => self.report(name),
                None => {}
            }
        }
        let end = self.out.len();
        self.push(Frame::Message(OpenMessage { message, object, number, left: message.by_number.len(), base, end }))
    }

    fn close_message(&mut self) {
        let Some(Frame::Message(open)) = self.stack.pop() else { return };
        self.slots.truncate(open.base);
        if let Some(number) = open.number {
            self.out.close(number, open.end);
        }
    }

    fn field(&mut self, field: &'static Field, value: Option<&'v Value>) -> Result<(), Error> {
        if field.inline {
            let object = match self.stack.last() {
                Some(Frame::Message(open)) => open.object,
                _ => None,
            };
            let Type::Message(id) = field.ty else { return Ok(()) };
            return self.open(self.table.message(id), object, Some(field.number), true);
        }
        let Some(value) = value else {
            // Of what is not a pointer, Go writes the zero value.
            return if field.pointer || field.shape != Shape::Single { Ok(()) } else { self.zero(field.ty, field.number) };
        };
        match field.shape {
            Shape::Single => self.value(field.ty, field.number, value),
            Shape::List => {
                let Value::Array(items) = value else { return Err(self.expected("a list", value)) };
                self.push(Frame::List { ty: field.ty, number: field.number, items, left: items.len() })
            }
            Shape::Map => {
                let Value::Object(map) = value else { return Err(self.expected("an object", value)) };
                let base = self.entries.len();
                self.entries.extend(map.iter().map(|(key, value)| (key.as_str(), value)));
                let entries = self.entries.get_mut(base..).unwrap_or_default();
                if !entries.is_sorted_by_key(|(key, _)| *key) {
                    entries.sort_unstable_by_key(|(key, _)| *key);
                }
                let end = self.out.len();
                self.push(Frame::Map { ty: field.ty, number: field.number, base, writing: None, end })
            }
        }
    }

    /// Ends the entry of a map that is being written, and begins the one before.
    fn entry(&mut self) -> Result<(), Error> {
        let Some(Frame::Map { ty, number, base, writing, end }) = self.stack.last_mut() else { return Ok(()) };
        if let Some(key) = writing.take() {
            self.out.bytes(1, key.as_bytes());
            self.out.close(*number, *end);
            self.entries.pop();
        }
        let Some((key, value)) = self.entries.get(*base..).and_then(<[_]>::last).copied() else {
            self.stack.pop();
            return Ok(());
        };
        (*writing, *end) = (Some(key), self.out.len());
        let ty = *ty;
        self.value(ty, 2, value)
    }

    fn push(&mut self, frame: Frame<'v>) -> Result<(), Error> {
        self.stack.push(frame);
        let limit = Limits::DEFAULT.depth;
        if self.stack.len() > limit { Err(self.error(Reason::Limit { what: "levels", limit })) } else { Ok(()) }
    }

    fn report(&mut self, name: &str) {
        self.unknown_count += 1;
        if self.unknown.len() < Limits::DEFAULT.unknown_fields {
            let mut path = self.path();
            push_segment(&mut path, name);
            self.unknown.push(UnknownField { path, number: None });
        }
    }

    fn error(&self, reason: Reason) -> Error {
        Error { offset: None, path: self.path(), reason }
    }

    fn expected(&self, expected: &'static str, value: &Value) -> Error {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.error(Reason::JsonType { expected, found })
    }

    /// The JSON pointer to what is being written.
    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.stack {
            match frame {
                Frame::Message(open) => {
                    let number = u32::try_from(open.left).unwrap_or_default();
                    if let Some(field) = open.message.field_numbered(number).filter(|field| !field.inline) {
                        push_segment(&mut path, field.name);
                    }
                }
                Frame::List { items, left, .. } if *left < items.len() => push_segment(&mut path, &left.to_string()),
                Frame::Map { writing: Some(key), .. } => push_segment(&mut path, key),
                Frame::List { .. } | Frame::Map { .. } | Frame::Union { .. } => {}
            }
        }
        path
    }
}

/// Steps to the field with the next lower number of which something is written, and returns it with its value.
fn previous_field<'v>(open: &mut OpenMessage<'v>, slots: &[Option<&'v Value>]) -> Option<(&'static Field, Option<&'v Value>)> {
    while let Some(number) = open.left.checked_sub(1) {
        open.left = number;
        let index = open.message.by_number.get(number).map(|index| usize::from(*index));
        let Some((index, field)) = index.and_then(|index| Some((index, open.message.fields.get(index)?))) else { continue };
        let slot = slots.get(open.base + index).copied().flatten();
        let written = slot.is_some() || field.inline || (field.shape == Shape::Single && !field.pointer);
        if written {
            return Some((field, slot));
        }
    }
    None
}
