//! Scalars of built-in kinds: numbers, quantities, times.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kuberewind_kinds::Type;
use serde_json::Value;

pub(super) enum Verdict {
    Fits,
    /// The JSON type is wrong.
    OtherType,
    /// The text is wrong; Go's error.
    Malformed(String),
}

const QUANTITY: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// Checks a value against the type of its field.
pub(super) fn check(ty: Type, value: &Value) -> Verdict {
    let fits = match (ty, value) {
        (Type::String, Value::String(_)) | (Type::Bool, Value::Bool(_)) | (Type::Double, Value::Number(_)) => true,
        (Type::Int32, value) => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        (Type::Int64, value) => value.is_i64(),
        (Type::Bytes, Value::String(text)) => match STANDARD.decode(text) {
            Ok(_) => true,
            Err(error) => return Verdict::Malformed(illegal_base64(&error)),
        },
        (Type::Quantity, Value::String(text)) if is_quantity(text) => true,
        (Type::Quantity, Value::Number(_)) => true,
        (Type::Quantity, _) => return Verdict::Malformed(QUANTITY.to_owned()),
        (Type::IntOrString, Value::String(_)) => true,
        (Type::IntOrString, value) => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        (Type::Time | Type::MicroTime, Value::String(text)) => {
            if text.parse::<jiff::Timestamp>().is_err() {
                let layout = if ty == Type::Time { "2006-01-02T15:04:05Z07:00" } else { "2006-01-02T15:04:05.000000Z07:00" };
                return Verdict::Malformed(format!("parsing time {text:?} as {layout:?}: cannot parse {text:?} as \"2006\""));
            }
            true
        }
        (Type::Strings, Value::Array(list)) => list.iter().all(Value::is_string),
        (Type::RawExtension | Type::FieldsV1 | Type::Json, _) => true,
        (Type::SchemaOrBool(_) | Type::SchemaOrArray(_) | Type::SchemaOrStrings(_), _) => true,
        _ => false,
    };
    if fits { Verdict::Fits } else { Verdict::OtherType }
}

/// The position of the first byte that is no base64, as Go reports it.
fn illegal_base64(error: &base64::DecodeError) -> String {
    use base64::DecodeError::{InvalidByte, InvalidLength};
    match error {
        InvalidByte(at, _) | InvalidLength(at) => format!("illegal base64 data at input byte {at}"),
        other => format!("illegal base64 data: {other}"),
    }
}

/// The name of a scalar type in Go.
pub(super) fn go_name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Int32 | Type::IntOrString => "int32",
        Type::Int64 => "int64",
        Type::Double => "float64",
        Type::Bytes => "[]uint8",
        Type::Strings => "[]string",
        _ => "string",
    }
}

/// Suffixes of quantities. Exponents such as `e3` are read apart.
const SUFFIXES: &[&str] = &["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// True for `100m`, `1.5Gi`, `1e3`.
fn is_quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let is_number = number.matches('.').count() <= 1 && number.bytes().any(|byte| byte.is_ascii_digit());
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|digits| digits.parse::<i32>().is_ok());
    is_number && (exponent || SUFFIXES.contains(&suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_differ_from_other_text() {
        for good in ["1", "100m", "-1.5Gi", "+3", "1e3", "1E-2", ".5", "5.", "1E"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "-", "much", "1 Gi", "1Gib", "1.2.3", "1e", ".", "0x1"] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}
