//! Indented JSON, as sent over the wire.

use std::sync::Arc;

use serde_json::Value;

use super::document::{Document, Line};
use kuberewind_model::json::lex::Token;
use kuberewind_model::json::{pointer, scalar};

enum Task<'a> {
    /// `more` is true if a comma follows.
    Value { depth: u16, path: Arc<str>, key: Option<&'a str>, value: &'a Value, more: bool },
    /// The closing bracket of the object or list that line `head` opened.
    End { depth: u16, path: Arc<str>, bracket: char, head: Option<usize>, more: bool },
}

/// Renders a value. Objects and lists fold onto the line of their opening bracket.
#[must_use]
pub fn render(value: &Value) -> Document {
    let mut document = Document::default();
    let mut stack = vec![Task::Value { depth: 0, path: Arc::from(""), key: None, value, more: false }];
    while let Some(task) = stack.pop() {
        match task {
            Task::End { depth, path, bracket, head, more } => {
                let text = if more { format!("{bracket},") } else { bracket.to_string() };
                let tokens = vec![(Token::Punctuation, 0..text.len())];
                document.push(Line { depth, text, path, tokens, ..Line::default() });
                if let Some(head) = head {
                    document.end_fold(head, false);
                }
            }
            Task::Value { depth, path, key, value, more } => {
                let mut line = Line { depth, path: path.clone(), ..Line::default() };
                if let Some(key) = key {
                    add(&mut line, Token::Key, &Value::from(key).to_string());
                    add(&mut line, Token::Punctuation, ": ");
                }
                let comma = if more { "," } else { "" };
                match value {
                    Value::Object(fields) if !fields.is_empty() => {
                        add(&mut line, Token::Punctuation, "{");
                        stack.push(Task::End { depth, path: path.clone(), bracket: '}', head: document.push(line), more });
                        let last = fields.len() - 1;
                        let inner = fields.iter().enumerate().map(|(at, (key, value))| {
                            let path = pointer::child(&path, key);
                            Task::Value { depth: depth + 1, path, key: Some(key), value, more: at < last }
                        });
                        stack.extend(inner.collect::<Vec<_>>().into_iter().rev());
                    }
                    Value::Array(items) if !items.is_empty() => {
                        add(&mut line, Token::Punctuation, "[");
                        stack.push(Task::End { depth, path: path.clone(), bracket: ']', head: document.push(line), more });
                        let last = items.len() - 1;
                        let inner = items.iter().enumerate().map(|(at, value)| {
                            let path = pointer::item(&path, at);
                            Task::Value { depth: depth + 1, path, key: None, value, more: at < last }
                        });
                        stack.extend(inner.collect::<Vec<_>>().into_iter().rev());
                    }
                    value => {
                        let (token, text) = inline(value);
                        add(&mut line, token, &text);
                        add(&mut line, Token::Punctuation, comma);
                        document.push(line);
                    }
                }
            }
        }
    }
    document
}

fn add(line: &mut Line, token: Token, text: &str) {
    if !text.is_empty() {
        let begin = line.text.len();
        line.text.push_str(text);
        line.tokens.push((token, begin..line.text.len()));
    }
}

fn inline(value: &Value) -> (Token, String) {
    let text = value.to_string();
    let text = match text.char_indices().nth(scalar::MAX_CHARS) {
        Some((at, _)) => format!("{} … {} bytes", &text[..at], text.len()),
        None => text,
    };
    let token = match value {
        Value::Null | Value::Bool(_) => Token::Word,
        Value::Number(_) => Token::Number,
        Value::String(_) => Token::Text,
        Value::Array(_) | Value::Object(_) => Token::Punctuation,
    };
    (token, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_parses_back_and_folds_end_at_their_bracket() {
        let value = serde_json::json!({"a": [1, {"b": null}], "c": {}, "d e": "x\n\"y\""});
        let document = render(&value);
        let text: String = document.lines.iter().map(|line| "  ".repeat(line.depth.into()) + &line.text + "\n").collect();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        let folds: Vec<_> = document.lines.iter().map(|line| (line.text.as_str(), line.fold)).take(3).collect();
        assert_eq!(folds, [("{", 9), ("\"a\": [", 5), ("1,", 0)]);
        for line in &document.lines {
            let whole: String = line.tokens.iter().map(|(_, range)| &line.text[range.clone()]).collect();
            assert_eq!(whole, line.text, "the tokens cover the whole line");
        }
    }
}
