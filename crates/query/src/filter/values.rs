//! Values, and how they compare.

use super::fields::{Field, Sort};

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `==` (or `=`): equal, without regard to case.
    Is,
    /// `!=`
    IsNot,
    /// `~`: the text occurs in it.
    Holds,
    /// `!~`
    HoldsNot,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

impl Compare {
    /// Whether it must hold for all values, not for one of them.
    #[must_use]
    pub fn is_negative(self) -> bool {
        matches!(self, Compare::IsNot | Compare::HoldsNot)
    }

    /// Whether it puts things in order.
    #[must_use]
    pub fn is_order(self) -> bool {
        matches!(self, Compare::Below | Compare::AtMost | Compare::Above | Compare::AtLeast)
    }

    /// Applied to two things that can be put in order.
    #[must_use]
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Compare::Is | Compare::Holds => left == right,
            Compare::IsNot | Compare::HoldsNot => left != right,
            Compare::Below => left < right,
            Compare::AtMost => left <= right,
            Compare::Above => left > right,
            Compare::AtLeast => left >= right,
        }
    }
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// Text in lower case.
    Text(String),
    /// A number; of a length of time, nanoseconds.
    Number(u64),
}

/// Reads a value for a field; the error is a sentence.
pub(super) fn read(field: Field, compare: Compare, text: &str) -> Result<Value, String> {
    let name = field.words()[0];
    match field.sort() {
        Sort::Text => Ok(Value::Text(text.to_lowercase())),
        // Versions are texts, but those that are numbers can be put in order.
        Sort::Number | Sort::Length if matches!(compare, Compare::Holds | Compare::HoldsNot) => {
            Err(format!("`{name}` is a number: compare it with == != < <= > >="))
        }
        Sort::Number => {
            let digits = text.strip_prefix('#').unwrap_or(text);
            digits.parse().map(Value::Number).map_err(|_| format!("`{name}` is compared with a whole number"))
        }
        Sort::Length => {
            length(text).map(Value::Number).ok_or_else(|| format!("`{name}` is compared with a length like 250ms or 1.5s"))
        }
    }
}

/// `250ms`, `1.5s`, `3m`; a bare number is milliseconds.
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
