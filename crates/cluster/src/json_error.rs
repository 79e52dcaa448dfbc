//! Errors of malformed JSON in the words of Go.

use serde_json::error::Category;

/// The most bytes of a body that a message quotes.
const QUOTED: usize = 30;

/// The error of a text that is no JSON.
pub(super) fn in_words(error: &serde_json::Error, body: &[u8]) -> String {
    if error.classify() == Category::Eof {
        return "unexpected end of JSON input".to_owned();
    }
    let line = body.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let found = line.get(error.column().saturating_sub(1)).copied().filter(u8::is_ascii_graphic).unwrap_or(b'?');
    let place = if error.to_string().starts_with("trailing characters") {
        "after top-level value"
    } else {
        "looking for beginning of value"
    };
    format!("invalid character '{}' {place}", char::from(found))
}

/// The beginning of a body: as text if it is an object, else in hexadecimal digits.
pub(super) fn excerpt(body: &[u8]) -> String {
    if body.is_empty() {
        return "<empty>".to_owned();
    }
    let (start, rest) = body.split_at(body.len().min(QUOTED));
    let more = if rest.is_empty() { "" } else { " ..." };
    if body.starts_with(b"{") {
        return format!("{}{more}", String::from_utf8_lossy(start));
    }
    let digits: String = start.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_words_of_go() {
        let words = |text: &str| in_words(&serde_json::from_str::<serde_json::Value>(text).unwrap_err(), text.as_bytes());
        assert_eq!(words("{\"a\":"), "unexpected end of JSON input");
        assert_eq!(words("{} x"), "invalid character 'x' after top-level value");
        assert_eq!(words("x"), "invalid character 'x' looking for beginning of value");
        assert_eq!(excerpt(b"[]"), "5b5d");
        assert_eq!(excerpt(b"{\"metadata\":{\"name\":\"trail\"}} x"), "{\"metadata\":{\"name\":\"trail\"}}  ...");
    }
}
