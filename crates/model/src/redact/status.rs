//! Error messages about objects whose values are secret: servers quote what they refuse.

use serde_json::Value;

use super::hash::SessionKey;

/// What servers write in front of a value that they refuse; everything after it goes.
const BEFORE_VALUES: &[&str] = &["alid value: ", "upported value: ", "uplicate value: ", "nvalid character ", "not unmarshal "];

/// Cleans the texts of a `Status`: its message and those of its causes.
pub(super) fn clean_status(key: &SessionKey, status: &mut Value, safe: &[&str]) {
    if let Some(Value::String(message)) = status.get_mut("message") {
        *message = clean_message(key, message, safe);
    }
    if let Some(Value::Array(causes)) = status.pointer_mut("/details/causes") {
        for cause in causes {
            if let Some(Value::String(message)) = cause.get_mut("message") {
                *message = clean_message(key, message, safe);
            }
        }
    }
}

/// Replaces whatever could be a value: what follows `Invalid value:` and the like, and everything in quotes that is not
/// one of the `safe` words.
pub(super) fn clean_message(key: &SessionKey, message: &str, safe: &[&str]) -> String {
    let value_at = BEFORE_VALUES.iter().filter_map(|words| Some(message.find(words)? + words.len())).min();
    let (said, value) = message.split_at(value_at.unwrap_or(message.len()));
    let mut out = unquoted(key, said, safe);
    if !value.is_empty() {
        out.push_str(&key.replace(value.as_bytes()));
    }
    out
}

fn unquoted(key: &SessionKey, said: &str, safe: &[&str]) -> String {
    let mut out = String::with_capacity(said.len());
    let mut rest = said;
    while let Some(open) = rest.find(['"', '`', '\'']) {
        let quote = rest[open..].chars().next().unwrap_or('"');
        out.push_str(&rest[..=open]);
        let inside = &rest[open + 1..];
        let end = end_of_quote(inside, quote);
        let (value, after) = inside.split_at(end);
        if is_safe(value, safe) {
            out.push_str(value);
        } else {
            out.push_str(&key.replace(value.as_bytes()));
        }
        let Some(after) = after.strip_prefix(quote) else { return out };
        out.push(quote);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn is_safe(value: &str, safe: &[&str]) -> bool {
    value.is_empty() || safe.contains(&value) || value.starts_with("system:")
}

/// The offset of the closing quote, or the end of the text.
fn end_of_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_keep_their_sense_and_lose_the_values() {
        let key = SessionKey::new([9; 32]);
        let clean = |message: &str| clean_message(&key, message, &["secrets", "db", "Secret", "shop"]);
        assert_eq!(clean("secrets \"db\" already exists"), "secrets \"db\" already exists");
        let told = clean("Secret \"db\" is invalid: data[k]: Invalid value: \"hunter2\": must be base64 \"hunter2\"");
        assert!(told.starts_with("Secret \"db\" is invalid: data[k]: Invalid value: redacted:") && !told.contains("hunter2"));
        for message in ["strict decoding: \"hunter2\\\" x\" more", "cut \"hunter2", "got `hunter2`", "'hunter2'"] {
            assert!(!clean(message).contains("hunter2"), "{message} → {}", clean(message));
        }
    }
}
