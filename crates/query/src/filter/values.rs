//! Values and comparison operators.

use super::fields::{Field, ValueType};

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==` (or `=`): equal, ignoring case.
    Equal,
    /// `!=`
    NotEqual,
    /// `~`: contains the text.
    Contains,
    /// `!~`
    NotContains,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// Returns true if the operator must hold for all values instead of any.
    #[must_use]
    pub fn is_negative(self) -> bool {
        matches!(self, Operator::NotEqual | Operator::NotContains)
    }

    /// Returns true for `<`, `<=`, `>` and `>=`.
    pub(super) fn is_order(self) -> bool {
        matches!(self, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual)
    }

    /// Compares two ordered values.
    pub(super) fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Operator::Equal | Operator::Contains => left == right,
            Operator::NotEqual | Operator::NotContains => left != right,
            Operator::Less => left < right,
            Operator::LessOrEqual => left <= right,
            Operator::Greater => left > right,
            Operator::GreaterOrEqual => left >= right,
        }
    }
}

/// The right-hand side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text in lower case.
    Text(String),
    /// A number; for durations, nanoseconds.
    Number(u64),
}

/// Parses a value for a field. The error is a sentence.
pub(super) fn read(field: Field, operator: Operator, text: &str) -> Result<Value, String> {
    let name = field.words()[0];
    match field.value_type() {
        ValueType::Text => Ok(Value::Text(text.to_lowercase())),
        // resourceVersions are texts, but numeric ones are ordered.
        ValueType::Number | ValueType::Duration if matches!(operator, Operator::Contains | Operator::NotContains) => {
            Err(format!("`{name}` is a number: compare it with == != < <= > >="))
        }
        ValueType::Number => {
            let digits = text.strip_prefix('#').unwrap_or(text);
            digits.parse().map(Value::Number).map_err(|_| format!("`{name}` is compared with an integer"))
        }
        ValueType::Duration => {
            length(text).map(Value::Number).ok_or_else(|| format!("`{name}` is compared with a duration like 250ms or 1.5s"))
        }
    }
}

/// Parses `250ms`, `1.5s`, `3m`; a bare number is milliseconds.
fn length(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit: u64 = match unit {
        "ns" => 1,
        "us" | "µs" => 1_000,
        "ms" | "" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = if whole.is_empty() && !fraction.is_empty() { 0 } else { whole.parse().ok()? };
    let mut part = 0;
    let mut weight = unit;
    for digit in fraction.bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        weight /= 10;
        part += u64::from(digit - b'0') * weight;
    }
    whole.checked_mul(unit)?.checked_add(part)
}
