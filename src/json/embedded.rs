//! Files within objects: the scripts, configurations and manifests that ConfigMaps carry, coloured by their own grammar.
//!
//! The grammars are syntect's. They take about a hundred times as long as [`lex`](super::lex), so this is for the worker,
//! for texts of several lines that say by the name of their key what they are, and for so many lines and no more.

use std::path::Path;
use std::sync::LazyLock;

use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

use super::document::{Document, Line};
use super::lex::Token;
use super::pointer;

/// The most lines of a document that are parsed: about 20 ms of work.
const MAX_LINES: usize = 400;
/// The longest line that is parsed, in bytes.
const MAX_BYTES: usize = 2_000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// What begins with a scope is that token; the first row that fits counts.
const TOKENS: &[(&str, Token)] = &[
    ("comment", Token::Comment),
    ("punctuation", Token::Punctuation),
    ("string", Token::Text),
    ("constant.numeric", Token::Number),
    ("constant", Token::Word),
    ("keyword", Token::Word),
    ("storage", Token::Word),
    ("entity.name", Token::Key),
    ("meta.mapping.key", Token::Key),
    ("support", Token::Key),
    ("variable", Token::Key),
];

/// Colours the texts of several lines in a rendered tree whose keys name a kind of file.
pub fn colour(document: &mut Document) {
    let mut left = MAX_LINES;
    let mut at = 0;
    while at < document.lines.len() && left > 0 {
        let head = &document.lines[at];
        let under = head.fold as usize;
        let syntax = if under > 0 && head.text.ends_with('|') { syntax_of(&pointer::last(&head.path)) } else { None };
        if let Some(syntax) = syntax {
            let end = (at + 1 + under.min(left)).min(document.lines.len());
            colour_file(syntax, &mut document.lines[at + 1..end]);
            left -= end - at - 1;
            at = end;
        } else {
            at += 1;
        }
    }
}

/// The grammar for a file of that name; `None` where the name says nothing.
fn syntax_of(name: &str) -> Option<&'static SyntaxReference> {
    let ending = Path::new(name).extension()?.to_str()?;
    SYNTAXES.find_syntax_by_extension(ending)
}

fn colour_file(syntax: &SyntaxReference, lines: &mut [Line]) {
    let mut parser = ParseState::new(syntax);
    let mut scopes = ScopeStack::new();
    for line in lines {
        // A grammar that fails, or a line that is too long for it, leaves the rest as plain text.
        let text = format!("{}\n", line.text);
        if text.len() > MAX_BYTES {
            return;
        }
        let Ok(operations) = parser.parse_line(&text, &SYNTAXES) else { return };
        let mut begin = 0;
        for (offset, operation) in operations {
            push(line, begin, offset, &scopes);
            begin = offset;
            if scopes.apply(&operation).is_err() {
                return;
            }
        }
        push(line, begin, line.text.len(), &scopes);
    }
}

fn push(line: &mut Line, begin: usize, end: usize, scopes: &ScopeStack) {
    let end = end.min(line.text.len());
    if begin < end && line.text.is_char_boundary(begin) && line.text.is_char_boundary(end) {
        line.tokens.push((token(scopes), begin..end));
    }
}

/// What the innermost scope that says something makes of a text.
fn token(scopes: &ScopeStack) -> Token {
    let names = scopes.as_slice().iter().rev().map(|scope| scope.build_string());
    names
        .into_iter()
        .find_map(|name| TOKENS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, token)| *token))
        .unwrap_or(Token::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::yaml;

    #[test]
    fn a_file_in_a_config_map_is_coloured_by_its_own_grammar() {
        let map = serde_json::json!({"data": {"run.sh": "# start\nexec web --port 80\n", "notes": "a\nb\n", "a.json": "{\n  \"x\": 1\n}\n"}});
        let mut document = yaml::render(&map);
        colour(&mut document);
        let tokens = |text: &str| {
            let line = document.lines.iter().find(|line| line.text == text).unwrap();
            line.tokens.iter().map(|(token, range)| (*token, &line.text[range.clone()])).collect::<Vec<_>>()
        };
        assert!(
            tokens("# start").iter().all(|(token, _)| matches!(token, Token::Comment | Token::Punctuation)),
            "{:?}",
            tokens("# start")
        );
        assert!(tokens("  \"x\": 1").contains(&(Token::Number, "1")), "{:?}", tokens("  \"x\": 1"));
        assert_eq!(tokens("a"), [], "a key without an ending says nothing");
        for line in document.lines.iter().filter(|line| !line.tokens.is_empty()) {
            let whole: String = line.tokens.iter().map(|(_, range)| &line.text[range.clone()]).collect();
            assert_eq!(whole, line.text, "nothing of a line is lost");
        }
    }
}
