//! Values that are not messages with a JSON object of their fields.

use serde_json::Value;

use super::{Encoder, Frame};
use crate::message::{MessageId, Type};
use crate::protobuf::error::{Error, Reason};
use crate::protobuf::limits::Limits;
use crate::protobuf::text;
use crate::protobuf::time;
use crate::protobuf::wire::FIXED64;

impl<'v> Encoder<'v> {
    /// Writes Go's zero value of a field that is not a pointer.
    pub(super) fn zero(&mut self, ty: Type, number: u32) -> Result<(), Error> {
        match ty {
            Type::Message(id) => return self.open(self.table.message(id), None, Some(number), false),
            Type::String | Type::Time | Type::MicroTime | Type::RawExtension | Type::FieldsV1 | Type::Json => {
                self.out.bytes(number, b"");
            }
            Type::SchemaOrArray(_) | Type::SchemaOrStrings(_) => self.out.bytes(number, b""),
            // Nil slices.
            Type::Bytes | Type::Strings => {}
            Type::Bool | Type::Int32 | Type::Int64 => self.out.number(number, 0),
            Type::Double => self.double(number, 0.0),
            Type::Quantity => self.wrapped(number, b"0"),
            Type::IntOrString => self.int_or_string(number, false, 0, ""),
            Type::SchemaOrBool(_) => self.schema_or_bool(number, false),
        }
        Ok(())
    }

    /// Writes a value, or opens it if it has others inside.
    pub(super) fn value(&mut self, ty: Type, number: u32, value: &'v Value) -> Result<(), Error> {
        match (ty, value) {
            // Only items of lists and entries of maps are null here.
            (Type::Strings | Type::Bytes, Value::Null) => self.out.bytes(number, b""),
            (_, Value::Null) => return self.zero(ty, number),
            (Type::Message(id), Value::Object(object)) => {
                return self.open(self.table.message(id), Some(object), Some(number), false);
            }
            (Type::Message(_), _) => return Err(self.expected("an object", value)),
            (Type::String, Value::String(text)) => self.out.bytes(number, text.as_bytes()),
            (Type::Bytes, Value::String(text)) => {
                let bytes = text::from_base64(text).ok_or_else(|| self.error(Reason::Base64))?;
                self.out.bytes(number, &bytes);
            }
            (Type::Bool, Value::Bool(is)) => self.out.number(number, u64::from(*is)),
            (Type::Int32 | Type::Int64, Value::Number(_)) => {
                let integer = self.integer(ty, value)?;
                self.out.number(number, integer.cast_unsigned());
            }
            (Type::Double, Value::Number(double)) => {
                self.double(number, double.as_f64().ok_or_else(|| self.error(Reason::Range))?);
            }
            (Type::Time | Type::MicroTime, Value::String(text)) => self.time(ty, number, text)?,
            (Type::Quantity, Value::String(text)) => self.wrapped(number, text.as_bytes()),
            (Type::Quantity, Value::Number(quantity)) => self.wrapped(number, quantity.to_string().as_bytes()),
            (Type::IntOrString, Value::String(text)) => self.int_or_string(number, true, 0, text),
            (Type::IntOrString, Value::Number(_)) => {
                let integer = self.integer(Type::Int32, value)?;
                self.int_or_string(number, false, integer, "");
            }
            (Type::RawExtension | Type::FieldsV1 | Type::Json, _) => {
                self.check_depth(value)?;
                self.wrapped(number, value.to_string().as_bytes());
            }
            (Type::Strings, Value::Array(items)) => {
                let end = self.out.len();
                self.push(Frame::Union { number, allows: None, end })?;
                return self.push(Frame::List { ty: Type::String, number: 1, items, left: items.len() });
            }
            (Type::SchemaOrBool(_), Value::Bool(allows)) => self.schema_or_bool(number, *allows),
            (Type::SchemaOrBool(id), Value::Object(_)) => return self.schema(id, number, 2, Some(true), value),
            (Type::SchemaOrArray(id), Value::Array(_)) => return self.schemas(number, Type::Message(id), value),
            (Type::SchemaOrStrings(_), Value::Array(_)) => return self.schemas(number, Type::String, value),
            (Type::SchemaOrArray(id) | Type::SchemaOrStrings(id), Value::Object(_)) => {
                return self.schema(id, number, 1, None, value);
            }
            _ => return Err(self.expected(name(ty), value)),
        }
        Ok(())
    }

    /// Fails if JSON that is written as text is too deep.
    fn check_depth(&self, value: &Value) -> Result<(), Error> {
        let limit = Limits::DEFAULT.depth;
        let mut open = vec![(value, self.stack.len())];
        while let Some((value, depth)) = open.pop() {
            if depth > limit {
                return Err(self.error(Reason::Limit { what: "levels", limit }));
            }
            match value {
                Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
                Value::Object(map) => open.extend(map.values().map(|item| (item, depth + 1))),
                _ => {}
            }
        }
        Ok(())
    }

    fn integer(&self, ty: Type, value: &Value) -> Result<i64, Error> {
        let integer = value.as_i64().ok_or_else(|| self.error(Reason::Range))?;
        if ty == Type::Int32 && i32::try_from(integer).is_err() {
            return Err(self.error(Reason::Range));
        }
        Ok(integer)
    }

    fn double(&mut self, number: u32, double: f64) {
        self.out.prepend(&double.to_le_bytes());
        self.out.tag(number, FIXED64);
    }

    /// Writes a message whose field 1 is these bytes.
    fn wrapped(&mut self, number: u32, bytes: &[u8]) {
        let end = self.out.len();
        self.out.bytes(1, bytes);
        self.out.close(number, end);
    }

    fn time(&mut self, ty: Type, number: u32, text: &str) -> Result<(), Error> {
        let time = time::parse(text).ok_or_else(|| self.error(Reason::Time))?;
        let end = self.out.len();
        if time != time::ZERO {
            let micros = if ty == Type::MicroTime { time.nanos / 1000 * 1000 } else { 0 };
            self.out.number(2, u64::from(micros));
            self.out.number(1, time.seconds.cast_unsigned());
        }
        self.out.close(number, end);
        Ok(())
    }

    fn int_or_string(&mut self, number: u32, is_string: bool, integer: i64, text: &str) {
        let end = self.out.len();
        self.out.bytes(3, text.as_bytes());
        self.out.number(2, integer.cast_unsigned());
        self.out.number(1, u64::from(is_string));
        self.out.close(number, end);
    }

    fn schema_or_bool(&mut self, number: u32, allows: bool) {
        let end = self.out.len();
        self.out.number(1, u64::from(allows));
        self.out.close(number, end);
    }

    /// Opens a union that is a schema, which is its field `inner`.
    fn schema(&mut self, id: MessageId, number: u32, inner: u32, allows: Option<bool>, value: &'v Value) -> Result<(), Error> {
        let end = self.out.len();
        self.push(Frame::Union { number, allows, end })?;
        self.value(Type::Message(id), inner, value)
    }

    /// Opens a union that is a list, which is its field 2.
    fn schemas(&mut self, number: u32, ty: Type, value: &'v Value) -> Result<(), Error> {
        let Value::Array(items) = value else { return Ok(()) };
        let end = self.out.len();
        self.push(Frame::Union { number, allows: None, end })?;
        self.push(Frame::List { ty, number: 2, items, left: items.len() })
    }
}

/// What a type takes, for a message.
fn name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "a boolean",
        Type::Int32 | Type::Int64 | Type::Double => "a number",
        Type::IntOrString | Type::Quantity => "a string or a number",
        Type::Strings => "a list of strings",
        Type::SchemaOrBool(_) => "a boolean or an object",
        Type::SchemaOrArray(_) | Type::SchemaOrStrings(_) => "an object or a list",
        Type::Message(_) | Type::RawExtension | Type::FieldsV1 | Type::Json => "an object",
        Type::String | Type::Bytes | Type::Time | Type::MicroTime => "a string",
    }
}
