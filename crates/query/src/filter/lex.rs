//! The tokens of a filter.

use super::values::Operator;
use crate::syntax::SyntaxError;

/// The most bytes of a filter.
const MAX_LENGTH: usize = 16_384;

/// A token and its byte offset.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Word(String),
    Quoted(String),
    Operator(Operator),
    Colon,
    Comma,
    Open,
    Close,
    Not,
    And,
    Or,
    In,
}

pub(super) fn lex(source: &str) -> Result<Vec<Token>, SyntaxError> {
    if source.len() > MAX_LENGTH {
        return Err(SyntaxError::new(format!("a filter has at most {MAX_LENGTH} bytes"), source, MAX_LENGTH));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (kind, length) = match c {
            '"' | '\'' => quoted(source, at, c)?,
            _ => match sign(&source[at..]) {
                Some(found) => found,
                None => word(source, at, tokens.last()),
            },
        };
        tokens.push(Token { kind, at });
        at += length;
    }
    Ok(tokens)
}

/// Operators, longer ones first.
fn sign(rest: &str) -> Option<(Kind, usize)> {
    const SIGNS: &[(&str, Kind)] = &[
        ("&&", Kind::And),
        ("||", Kind::Or),
        ("==", Kind::Operator(Operator::Equal)),
        ("!=", Kind::Operator(Operator::NotEqual)),
        ("!~", Kind::Operator(Operator::NotContains)),
        ("<=", Kind::Operator(Operator::LessOrEqual)),
        (">=", Kind::Operator(Operator::GreaterOrEqual)),
        ("=", Kind::Operator(Operator::Equal)),
        ("~", Kind::Operator(Operator::Contains)),
        ("<", Kind::Operator(Operator::Less)),
        (">", Kind::Operator(Operator::Greater)),
        (":", Kind::Colon),
        (",", Kind::Comma),
        ("(", Kind::Open),
        (")", Kind::Close),
        ("!", Kind::Not),
    ];
    SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)).map(|(sign, kind)| (kind.clone(), sign.len()))
}

fn quoted(source: &str, at: usize, quote: char) -> Result<(Kind, usize), SyntaxError> {
    let mut text = String::new();
    let mut escaped = false;
    for (offset, c) in source[at..].char_indices().skip(1) {
        match c {
            _ if escaped => {
                text.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            c if c == quote => return Ok((Kind::Quoted(text), offset + c.len_utf8())),
            c => text.push(c),
        }
    }
    Err(SyntaxError::new("the quote is not closed", source, at))
}

/// Reads a word up to the next blank or operator. After a comparison it is a value, which may contain colons (`actor ==
/// system:serviceaccount:shop:checkout`).
fn word(source: &str, at: usize, before: Option<&Token>) -> (Kind, usize) {
    let value = matches!(before, Some(Token { kind: Kind::Operator(_) | Kind::Colon, .. }));
    let ends = |c: char| c.is_whitespace() || "()=!~<>,\"'".contains(c) || (c == ':' && !value) || c == '&' || c == '|';
    let length = source[at..].find(ends).unwrap_or(source.len() - at);
    // A single `&` or `|` is a word; else the loop would not advance.
    let length = if length == 0 { source[at..].chars().next().map_or(1, char::len_utf8) } else { length };
    let text = &source[at..at + length];
    let kind = match text.to_ascii_lowercase().as_str() {
        "and" if !value => Kind::And,
        "or" if !value => Kind::Or,
        "not" if !value => Kind::Not,
        "in" if !value => Kind::In,
        _ => Kind::Word(text.to_owned()),
    };
    (kind, length)
}
