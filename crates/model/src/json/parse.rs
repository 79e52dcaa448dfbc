//! Parses bodies with limits on size and depth.

use serde_json::Value;

/// The longest body that is parsed, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Why a body was not parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the body has {0} bytes, the limit is {max}", max = MAX_BYTES)]
    TooLong(usize),
    /// Deeper than the limit of serde_json (128 levels). Recursion over a parsed value is therefore bounded.
    #[error("the body nests deeper than 127 levels")]
    TooDeep,
    #[error("the body is not JSON: {0}")]
    NotJson(String),
}

/// Parses a body.
///
/// # Errors
/// The body is too long, too deep or not JSON.
pub fn parse(text: &str) -> Result<Value, Unreadable> {
    if text.len() > MAX_BYTES {
        return Err(Unreadable::TooLong(text.len()));
    }
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        if message.starts_with("recursion limit exceeded") { Unreadable::TooDeep } else { Unreadable::NotJson(message) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(parse(&deep), Err(Unreadable::TooDeep));
        assert!(matches!(parse("{\"a\":"), Err(Unreadable::NotJson(_))));
        assert_eq!(parse("{\"a\":1}").unwrap()["a"], 1);
    }
}
