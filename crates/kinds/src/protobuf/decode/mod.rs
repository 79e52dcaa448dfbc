//! Protobuf to JSON text.
//!
//! Protobuf has the fields of a message in the order of their numbers, JSON in the order of the Go struct. So a message is
//! first indexed, then written: [`index`] has the first step, this file the second one, [`value`] the types that are not
//! messages. Messages that are being written are frames of a stack.

mod index;
mod span;
mod value;

use serde_json::Value;

use self::span::Span;
use super::envelope::{self, Envelope};
use super::error::{Error, Reason, UnknownField, push_key, push_segment};
use super::limits::Limits;
use super::raw;
use super::text;
use super::wire::{self, Wire};
use crate::builtin::table;
use crate::message::{Field, Message, Shape, Type};
use crate::table::Table;

/// An object that was decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The apiVersion of the envelope.
    pub api_version: String,
    /// The kind of the envelope.
    pub kind: String,
    /// The object as compact JSON, in the order in which the API server prints it.
    pub text: String,
    /// Fields that the table does not have, at most [`Limits::unknown_fields`]. They are not in the text.
    pub unknown: Vec<UnknownField>,
    /// How many fields the table does not have.
    pub unknown_count: usize,
}

impl Decoded {
    /// Parses the text.
    ///
    /// # Errors
    ///
    /// If JSON that the object carried as bytes has a number beyond the range of `f64`, or [`Limits::depth`] was raised
    /// above the depth that `serde_json` reads.
    pub fn value(&self) -> serde_json::Result<Value> {
        serde_json::from_str(&self.text)
    }
}

/// Decodes a body: envelope and object.
///
/// # Errors
///
/// If the body is not protobuf of Kubernetes, is malformed, exceeds [`Limits::DEFAULT`], or its kind is not built in.
pub fn decode(body: &[u8]) -> Result<Decoded, Error> {
    decode_with(body, &Limits::DEFAULT)
}

/// Decodes a body with other limits.
///
/// # Errors
///
/// As [`decode`], with these limits.
pub fn decode_with(body: &[u8], limits: &Limits) -> Result<Decoded, Error> {
    let mut decoder = Decoder::new(body, limits)?;
    let envelope = decoder.envelope(body)?;
    decoder.enveloped(envelope)?;
    decoder.run()?;
    Ok(decoder.finish(envelope))
}

/// Decodes the bytes of a message without an envelope. The result has no apiVersion and kind.
///
/// # Errors
///
/// If the bytes are malformed or exceed the limits.
pub fn decode_as(message: &'static Message, bytes: &[u8], limits: &Limits) -> Result<Decoded, Error> {
    let mut decoder = Decoder::new(bytes, limits)?;
    decoder.out.push('{');
    decoder.open(message, false, &[bytes])?;
    decoder.run()?;
    Ok(decoder.finish(Envelope { api_version: "", kind: "", content_type: "", raw: bytes }))
}

struct Decoder<'a> {
    table: &'static Table,
    body: &'a [u8],
    limits: Limits,
    out: String,
    stack: Vec<Frame>,
    /// Fields of the open messages that are not written yet. A frame has a range of them.
    spans: Vec<Span<'a>>,
    /// Entries of the open maps.
    entries: Vec<(&'a [u8], Option<Wire<'a>>)>,
    unknown: Vec<UnknownField>,
    unknown_count: usize,
}

/// Something that is being written.
enum Frame {
    Message(OpenMessage),
    /// A list; its items are `spans[at..end]`. Those from `base` on belong to it alone.
    List {
        ty: Type,
        start: usize,
        at: usize,
        end: usize,
        base: usize,
    },
    /// A map; its entries are `entries[at..]`, those from `base` on belong to it.
    Map {
        ty: Type,
        at: usize,
        base: usize,
    },
}

/// A message that is being written; its fields are `spans[at..end]`, from `base` on.
struct OpenMessage {
    message: &'static Message,
    inline: bool,
    /// The index of the field that is being written.
    current: Option<u8>,
    /// How many of the message's `always_printed` fields are written.
    printed: usize,
    at: usize,
    end: usize,
    base: usize,
}

impl<'a> Decoder<'a> {
    fn new(body: &'a [u8], limits: &Limits) -> Result<Decoder<'a>, Error> {
        if body.len() > limits.input_bytes {
            let reason = Reason::Limit { what: "bytes", limit: limits.input_bytes };
            return Err(Error { offset: None, path: String::new(), reason });
        }
        Ok(Decoder {
            table: table(),
            body,
            limits: *limits,
            out: String::with_capacity(body.len() + body.len() / 2 + 64),
            stack: Vec::with_capacity(16),
            spans: Vec::with_capacity(64),
            entries: Vec::new(),
            unknown: Vec::new(),
            unknown_count: 0,
        })
    }

    fn finish(self, envelope: Envelope<'a>) -> Decoded {
        Decoded {
            api_version: envelope.api_version.to_owned(),
            kind: envelope.kind.to_owned(),
            text: self.out,
            unknown: self.unknown,
            unknown_count: self.unknown_count,
        }
    }

    /// Writes until nothing is open.
    fn run(&mut self) -> Result<(), Error> {
        while let Some(frame) = self.stack.last_mut() {
            if self.out.len() > self.limits.text_bytes {
                return Err(self.limit("bytes of text", self.limits.text_bytes));
            }
            match frame {
                Frame::Message(open) => match next_field(open, &self.spans) {
                    Some((field, start, end)) => self.field(field, start, end)?,
                    None => {
                        let (inline, base) = (open.inline, open.base);
                        self.spans.truncate(base);
                        self.stack.pop();
                        if !inline {
                            self.out.push('}');
                        }
                    }
                },
                Frame::List { ty, at, end, base, .. } => {
                    if at == end {
                        self.spans.truncate(*base);
                        self.stack.pop();
                        self.out.push(']');
                    } else {
                        let (ty, span) = (*ty, *at);
                        *at += 1;
                        self.comma();
                        let value = self.spans.get(span).map(|span| span.value);
                        self.value(ty, value)?;
                    }
                }
                Frame::Map { ty, at, base } => {
                    if let Some((key, value)) = self.entries.get(*at).copied() {
                        let ty = *ty;
                        *at += 1;
                        self.comma();
                        text::string(&mut self.out, key);
                        self.out.push(':');
                        self.value(ty, value)?;
                    } else {
                        self.entries.truncate(*base);
                        self.stack.pop();
                        self.out.push('}');
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes a field whose values are `spans[start..end]`, or opens it.
    fn field(&mut self, field: &'static Field, start: usize, end: usize) -> Result<(), Error> {
        if field.shape == Shape::Single {
            return self.single(field, start, end);
        }
        if start == end {
            self.key(field.name);
            self.out.push_str("null");
            return Ok(());
        }
        self.key(field.name);
        if field.shape == Shape::List {
            self.out.push('[');
            let base = self.spans.len();
            return self.push(Frame::List { ty: field.ty, start, at: start, end, base });
        }
        self.out.push('{');
        let base = self.index_entries(field, start, end)?;
        self.push(Frame::Map { ty: field.ty, at: base, base })
    }

    fn single(&mut self, field: &'static Field, start: usize, end: usize) -> Result<(), Error> {
        let Some(last) = end.checked_sub(1).filter(|last| *last >= start).and_then(|last| self.spans.get(last)) else {
            if field.inline {
                return self.open_spans(field, start, end);
            }
            self.key(field.name);
            if field.pointer {
                self.out.push_str("null");
                return Ok(());
            }
            return self.value(field.ty, None);
        };
        let value = last.value;
        if !field.pointer && self.is_left_out(field, value)? {
            return Ok(());
        }
        if !field.inline {
            self.key(field.name);
        }
        if let Type::Message(_) = field.ty {
            if !field.inline {
                self.out.push('{');
            }
            return self.open_spans(field, start, end);
        }
        self.value(field.ty, Some(value))
    }

    /// Opens the message of a field; all its occurrences are merged.
    fn open_spans(&mut self, field: &'static Field, start: usize, end: usize) -> Result<(), Error> {
        let Type::Message(id) = field.ty else { return Ok(()) };
        if end == start + 1
            && let Some(Span { value: Wire::Bytes(bytes), .. }) = self.spans.get(start)
        {
            return self.open(self.table.message(id), field.inline, &[bytes]);
        }
        let spans = self.spans.get(start..end).unwrap_or_default();
        let sources: Vec<&[u8]> = spans.iter().filter_map(|span| span.value.bytes()).collect();
        self.open(self.table.message(id), field.inline, &sources)
    }

    /// Indexes a message and makes it the one that is written.
    fn open(&mut self, message: &'static Message, inline: bool, sources: &[&'a [u8]]) -> Result<(), Error> {
        let base = self.spans.len();
        for source in sources {
            self.index(message, source)?;
        }
        self.sort_spans(base);
        let end = self.spans.len();
        self.push(Frame::Message(OpenMessage { message, inline, current: None, printed: 0, at: base, end, base }))
    }

    fn envelope(&self, body: &'a [u8]) -> Result<Envelope<'a>, Error> {
        envelope::open(body).map_err(|(at, reason)| self.error(at, reason))
    }

    /// Opens an object inside an envelope.
    fn enveloped(&mut self, envelope: Envelope<'a>) -> Result<(), Error> {
        match envelope.content_type {
            "" | "application/vnd.kubernetes.protobuf" => {}
            "application/json" => return self.raw_json(envelope.raw),
            other => {
                let reason = Reason::ContentType(other.chars().take(64).collect());
                return Err(self.error(envelope.content_type.as_bytes(), reason));
            }
        }
        let Some(message) = self.table.message_of(envelope.api_version, envelope.kind) else {
            let short = |text: &str| text.chars().take(256).collect();
            let reason = Reason::UnknownKind { api_version: short(envelope.api_version), kind: short(envelope.kind) };
            return Err(self.error(envelope.kind.as_bytes(), reason));
        };
        self.out.push('{');
        if message.typed {
            for (name, value) in [("kind", envelope.kind), ("apiVersion", envelope.api_version)] {
                self.key(name);
                text::string(&mut self.out, value.as_bytes());
            }
        }
        self.open(message, false, &[envelope.raw])
    }

    fn raw_json(&mut self, json: &'a [u8]) -> Result<(), Error> {
        let depth = self.limits.depth.saturating_sub(self.stack.len());
        match raw::compact(&mut self.out, json, depth) {
            Ok(()) => Ok(()),
            Err(Some(at)) => Err(self.error(json.get(at..).unwrap_or_default(), Reason::Json(at))),
            Err(None) => Err(self.error(json, Reason::Limit { what: "levels", limit: self.limits.depth })),
        }
    }

    fn push(&mut self, frame: Frame) -> Result<(), Error> {
        self.stack.push(frame);
        if self.stack.len() > self.limits.depth {
            return Err(self.limit("levels", self.limits.depth));
        }
        Ok(())
    }

    fn comma(&mut self) {
        if !matches!(self.out.as_bytes().last(), Some(b'{' | b'[')) {
            self.out.push(',');
        }
    }

    /// Writes a name, which needs no escapes.
    fn key(&mut self, name: &str) {
        self.comma();
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    fn error(&self, at: &[u8], reason: Reason) -> Error {
        Error { offset: Some(wire::offset(self.body, at)), path: self.path(), reason }
    }

    fn limit(&self, what: &'static str, limit: usize) -> Error {
        Error { offset: None, path: self.path(), reason: Reason::Limit { what, limit } }
    }

    /// The JSON pointer to what is being written.
    fn path(&self) -> String {
        let mut path = String::new();
        for frame in &self.stack {
            match frame {
                Frame::Message(open) => {
                    let field = open.current.and_then(|at| open.message.fields.get(usize::from(at)));
                    if let Some(field) = field.filter(|field| !field.inline) {
                        push_segment(&mut path, field.name);
                    }
                }
                Frame::List { start, at, .. } if at > start => push_segment(&mut path, &(at - start - 1).to_string()),
                Frame::Map { at, base, .. } if at > base => {
                    let key = self.entries.get(at - 1).map_or(&[][..], |(key, _)| *key);
                    push_key(&mut path, key);
                }
                Frame::List { .. } | Frame::Map { .. } => {}
            }
        }
        path
    }
}

/// Steps to the next field of which something is written, and returns it with the range of its values.
fn next_field(open: &mut OpenMessage, spans: &[Span<'_>]) -> Option<(&'static Field, usize, usize)> {
    let pending = spans.get(open.at..open.end).unwrap_or_default();
    let always = open.message.always_printed.get(open.printed).copied();
    let index = match (pending.first(), always) {
        (Some(span), Some(always)) => span.field.min(always),
        (Some(span), None) => span.field,
        (None, always) => always?,
    };
    if always == Some(index) {
        open.printed += 1;
    }
    let start = open.at;
    open.at += pending.iter().take_while(|span| span.field == index).count();
    open.current = Some(index);
    let field = open.message.fields.get(usize::from(index))?;
    Some((field, start, open.at))
}
