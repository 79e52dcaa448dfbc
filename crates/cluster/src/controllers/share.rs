//! Numbers that may be percentages: `maxSurge`, `maxUnavailable`.

use serde_json::Value;

/// A number or a percentage of `total`. What is missing is the server's default of 25%.
pub(super) fn scaled(value: &Value, total: i64, round_up: bool) -> i64 {
    let percent = match value {
        Value::Number(number) => return number.as_i64().unwrap_or(0),
        Value::String(text) => match text.strip_suffix('%') {
            Some(percent) => percent.parse().unwrap_or(0),
            None => return text.parse().unwrap_or(0),
        },
        _ => 25_i64,
    };
    let hundredfold = total.saturating_mul(percent);
    if round_up { hundredfold.saturating_add(99) / 100 } else { hundredfold / 100 }
}
