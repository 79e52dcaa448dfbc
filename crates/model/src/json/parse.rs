//! Bodies into trees, with limits: a body is somebody else's, and may be of any size and depth.

use serde_json::Value;

/// The longest text that is made into a tree, in bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Why a body did not become a tree. Each says so in a sentence for the screen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`MAX_BYTES`].
    #[error("the body has {0} bytes, more than is taken apart here")]
    TooLong(usize),
    /// Nested deeper than serde_json follows (128 levels), so that nothing below needs recursion without a bound.
    #[error("the body nests deeper than 127 levels")]
    TooDeep,
    /// No JSON.
    #[error("the body is no JSON: {0}")]
    NotJson(String),
}

/// Parses a body.
///
/// # Errors
/// [`Unreadable`], for the screen.
pub fn parse(text: &str) -> Result<Value, Unreadable> {
    if text.len() > MAX_BYTES {
        return Err(Unreadable::TooLong(text.len()));
    }
    serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        if words.starts_with("recursion limit exceeded") { Unreadable::TooDeep } else { Unreadable::NotJson(words) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_ten_thousand_levels_is_refused_in_words() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(parse(&deep), Err(Unreadable::TooDeep));
        assert!(matches!(parse("{\"a\":"), Err(Unreadable::NotJson(_))));
        assert_eq!(parse("{\"a\":1}").unwrap()["a"], 1);
    }
}
