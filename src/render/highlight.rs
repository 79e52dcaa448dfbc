//! Files within objects: the scripts, configurations and manifests that ConfigMaps carry, coloured by their own grammar.
//!
//! The grammars are syntect's. They take about a hundred times as long as [`lex`](kuberewind_model::json::lex), so this is for the worker,
//! for texts of several lines that say by the name of their key what they are, and for so many lines and no more.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

use super::document::{Document, Line, Sign};
use kuberewind_model::json::lex::Token;
use kuberewind_model::json::pointer;

/// The most lines of a document that are parsed anew: about 20 ms of work.
const MAX_LINES: usize = 400;
/// The most lines whose colours are kept.
const MAX_KEPT: usize = 20_000;
/// Endings of files that hold settings, a name and its values on each line: the grammars know none of them.
const SETTINGS: &[&str] = &["cfg", "cnf", "conf", "env", "ini", "properties", "service", "toml"];
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

/// The tokens of a file, line by line.
type Colours = Vec<Vec<(Token, Range<usize>)>>;

/// Files that were coloured before: while one scrubs over versions of an object, its files seldom change.
#[derive(Default)]
pub struct Cache {
    /// By the hash of ending and text; with the turn in which it was used last.
    files: HashMap<u64, (u64, Colours)>,
    turn: u64,
    lines: usize,
}

impl Cache {
    fn get(&mut self, key: u64) -> Option<&Colours> {
        self.turn += 1;
        let (used, colours) = self.files.get_mut(&key)?;
        *used = self.turn;
        Some(colours)
    }

    fn keep(&mut self, key: u64, colours: Colours) {
        while self.lines + colours.len() > MAX_KEPT {
            let Some(oldest) = self.files.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| *key) else { break };
            let dropped = self.files.remove(&oldest).map_or(0, |(_, colours)| colours.len());
            self.lines = self.lines.saturating_sub(dropped);
        }
        self.lines += colours.len();
        self.files.insert(key, (self.turn, colours));
    }
}

/// Colours the texts of several lines in a rendered tree, or in a difference, whose keys name a kind of file.
pub fn colour(document: &mut Document, cache: &mut Cache) {
    let mut left = MAX_LINES;
    let mut at = 0;
    while at < document.lines.len() && left > 0 {
        let head = &document.lines[at];
        let under = head.fold as usize;
        let ending = if under > 0 && head.text.ends_with('|') { ending_of(&pointer::last(&head.path)) } else { None };
        let Some(ending) = ending else {
            at += 1;
            continue;
        };
        let end = (at + 1 + under).min(document.lines.len());
        // What was removed is another file: its lines have the colour of what is gone.
        let mut lines: Vec<&mut Line> =
            document.lines[at + 1..end].iter_mut().filter(|line| line.sign != Sign::Removed).collect();
        let key = key_of(&ending, &lines);
        match cache.get(key) {
            Some(colours) => paint(&mut lines, colours),
            None => {
                lines.truncate(left);
                left -= lines.len();
                let colours = colours_of(&ending, &lines);
                paint(&mut lines, &colours);
                cache.keep(key, colours);
            }
        }
        at = end;
    }
}

fn paint(lines: &mut [&mut Line], colours: &Colours) {
    for (line, tokens) in lines.iter_mut().zip(colours) {
        line.tokens.clone_from(tokens);
    }
}

fn key_of(ending: &str, lines: &[&mut Line]) -> u64 {
    let mut hasher = DefaultHasher::new();
    ending.hash(&mut hasher);
    lines.iter().for_each(|line| line.text.hash(&mut hasher));
    hasher.finish()
}

/// The ending of a file of that name, where it is one that says something.
fn ending_of(name: &str) -> Option<String> {
    let ending = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    let known = SETTINGS.contains(&ending.as_str()) || SYNTAXES.find_syntax_by_extension(&ending).is_some();
    known.then_some(ending)
}

fn colours_of(ending: &str, lines: &[&mut Line]) -> Colours {
    let texts = lines.iter().map(|line| line.text.as_str());
    match SYNTAXES.find_syntax_by_extension(ending) {
        Some(syntax) if !SETTINGS.contains(&ending) => by_grammar(syntax, texts),
        _ => texts.map(setting).collect(),
    }
}

fn by_grammar<'a>(syntax: &SyntaxReference, texts: impl Iterator<Item = &'a str>) -> Colours {
    let mut parser = ParseState::new(syntax);
    let mut scopes = ScopeStack::new();
    let mut colours = Colours::new();
    for line in texts {
        // A grammar that fails, or a line that is too long for it, leaves the rest as plain text.
        let text = format!("{line}\n");
        if text.len() > MAX_BYTES {
            return colours;
        }
        let Ok(operations) = parser.parse_line(&text, &SYNTAXES) else { return colours };
        let mut tokens = Vec::new();
        let mut begin = 0;
        for (offset, operation) in operations {
            push(&mut tokens, line, begin, offset, &scopes);
            begin = offset;
            if scopes.apply(&operation).is_err() {
                return colours;
            }
        }
        push(&mut tokens, line, begin, line.len(), &scopes);
        colours.push(tokens);
    }
    colours
}

/// A line of a file of settings: a comment, or a name first and then values.
fn setting(line: &str) -> Vec<(Token, Range<usize>)> {
    let indent = line.len() - line.trim_start().len();
    if line[indent..].starts_with(['#', ';']) || line[indent..].starts_with("//") {
        return vec![(Token::Comment, 0..line.len())];
    }
    let mut tokens: Vec<(Token, Range<usize>)> = Vec::new();
    let (mut named, mut at) = (false, 0);
    while at < line.len() {
        let rest = &line[at..];
        let len = |of: &dyn Fn(char) -> bool| rest.find(|c| !of(c)).unwrap_or(rest.len());
        let (token, taken) = match rest.chars().next() {
            Some(c) if c.is_whitespace() => (Token::Plain, len(&char::is_whitespace)),
            Some(quote @ ('"' | '\'')) => (Token::Text, rest[1..].find(quote).map_or(rest.len(), |end| end + 2)),
            Some(c) if "{}[]()=:;,".contains(c) => (Token::Punctuation, c.len_utf8()),
            _ => {
                let taken = len(&|c| !c.is_whitespace() && !"{}[]()=;,\"'".contains(c)).max(1);
                let word = &rest[..taken];
                let token = match (named, kuberewind_model::json::lex::scalar(word)) {
                    (false, _) => Token::Key,
                    (true, Token::Text) => Token::Text,
                    (true, token) => token,
                };
                named = true;
                (token, taken)
            }
        };
        tokens.push((token, at..at + taken));
        at += taken;
    }
    tokens
}

fn push(tokens: &mut Vec<(Token, Range<usize>)>, line: &str, begin: usize, end: usize, scopes: &ScopeStack) {
    let end = end.min(line.len());
    if begin < end && line.is_char_boundary(begin) && line.is_char_boundary(end) {
        tokens.push((token(scopes), begin..end));
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
    use crate::render::yaml;

    #[test]
    fn a_file_in_a_config_map_is_coloured_by_its_own_grammar() {
        let map = serde_json::json!({"data": {"run.sh": "# start\nexec web --port 80\n", "notes": "a\nb\n", "web.conf": "# front\nlisten 80;\n", "a.json": "{\n  \"x\": 1\n}\n"}});
        let mut document = yaml::render(&map);
        let mut cache = Cache::default();
        colour(&mut document, &mut cache);
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
        assert!(tokens("listen 80;").contains(&(Token::Number, "80")), "{:?}", tokens("listen 80;"));
        let before = document.clone();
        document.lines.iter_mut().for_each(|line| line.tokens.clear());
        colour(&mut document, &mut cache);
        assert_eq!(document, before, "what was coloured once is remembered");
        for line in document.lines.iter().filter(|line| !line.tokens.is_empty()) {
            let whole: String = line.tokens.iter().map(|(_, range)| &line.text[range.clone()]).collect();
            assert_eq!(whole, line.text, "nothing of a line is lost");
        }
    }
}
