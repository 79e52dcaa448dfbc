//! Syntax highlighting of files inside objects: scripts, configuration files and manifests in ConfigMaps.
//!
//! The grammars are syntect's. They take about a hundred times as long as [`lex`](kuberewind_model::json::lex). Therefore only
//! the worker calls them, only for multi-line texts whose key has a known file extension, and only for [`MAX_LINES`] lines.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use lru::LruCache;
use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

use super::document::{Document, Line, Sign};
use kuberewind_model::json::lex::Token;
use kuberewind_model::json::pointer;

/// The most lines of a document that are parsed: about 20 ms of work. Cached files do not count.
const MAX_LINES: usize = 400;
/// The most lines in the cache.
const MAX_CACHED: usize = 20_000;
/// Extensions of files with a name and its values on each line. syntect's default grammars cover none of them.
const SETTINGS: &[&str] = &["cfg", "cnf", "conf", "env", "ini", "properties", "service", "toml"];
/// The longest line that is parsed, in bytes.
const MAX_BYTES: usize = 2_000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Maps prefixes of syntect scopes to tokens. The first match counts.
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

/// The tokens of each line of a file.
type Colours = Vec<Vec<(Token, Range<usize>)>>;

/// Highlighted files, the least recently used of which is dropped first. The files of an object seldom change from one version
/// to the next.
pub struct Cache {
    /// By the hash of extension and text.
    files: LruCache<u64, Colours>,
    lines: usize,
}

impl Default for Cache {
    fn default() -> Cache {
        Cache { files: LruCache::unbounded(), lines: 0 }
    }
}

impl Cache {
    fn get(&mut self, key: u64) -> Option<&Colours> {
        self.files.get(&key)
    }

    fn insert(&mut self, key: u64, colours: Colours) {
        while self.lines + colours.len() > MAX_CACHED {
            let Some((_, dropped)) = self.files.pop_lru() else { break };
            self.lines = self.lines.saturating_sub(dropped.len());
        }
        self.lines += colours.len();
        self.files.put(key, colours);
    }
}

/// Highlights the multi-line texts of a document whose keys have a known file extension.
pub fn colour(document: &mut Document, cache: &mut Cache) {
    let mut left = MAX_LINES;
    let mut at = 0;
    while at < document.lines.len() && left > 0 {
        let head = &document.lines[at];
        let nested = head.fold as usize;
        let extension = if nested > 0 && head.text.ends_with('|') { known_extension(&pointer::last(&head.path)) } else { None };
        let Some(extension) = extension else {
            at += 1;
            continue;
        };
        let end = (at + 1 + nested).min(document.lines.len());
        // Removed lines are not part of the new file. They keep the colour of removals.
        let mut lines: Vec<&mut Line> =
            document.lines[at + 1..end].iter_mut().filter(|line| line.sign != Sign::Removed).collect();
        let key = cache_key(&extension, &lines);
        match cache.get(key) {
            Some(colours) => paint(&mut lines, colours),
            None => {
                lines.truncate(left);
                left -= lines.len();
                let colours = colours_of(&extension, &lines);
                paint(&mut lines, &colours);
                cache.insert(key, colours);
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

fn cache_key(extension: &str, lines: &[&mut Line]) -> u64 {
    let mut hasher = DefaultHasher::new();
    extension.hash(&mut hasher);
    lines.iter().for_each(|line| line.text.hash(&mut hasher));
    hasher.finish()
}

/// Returns the lowercase extension of a file name, if a grammar for it exists.
fn known_extension(name: &str) -> Option<String> {
    let extension = Path::new(name).extension()?.to_str()?.to_ascii_lowercase();
    let known = SETTINGS.contains(&extension.as_str()) || SYNTAXES.find_syntax_by_extension(&extension).is_some();
    known.then_some(extension)
}

fn colours_of(extension: &str, lines: &[&mut Line]) -> Colours {
    let texts = lines.iter().map(|line| line.text.as_str());
    match SYNTAXES.find_syntax_by_extension(extension) {
        Some(syntax) if !SETTINGS.contains(&extension) => by_grammar(syntax, texts),
        _ => texts.map(setting).collect(),
    }
}

fn by_grammar<'a>(syntax: &SyntaxReference, texts: impl Iterator<Item = &'a str>) -> Colours {
    let mut parser = ParseState::new(syntax);
    let mut scopes = ScopeStack::new();
    let mut colours = Colours::new();
    for line in texts {
        // After a grammar error or a line that is too long, the rest stays plain text.
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

/// Tokenises a line of a settings file: a comment, or a name followed by values.
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

/// Returns the token of the innermost scope that [`TOKENS`] lists.
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
    use crate::yaml;

    #[test]
    fn files_in_a_config_map_are_highlighted_by_their_extension() {
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
        assert_eq!(tokens("a"), [], "a key without an extension is not highlighted");
        assert!(tokens("listen 80;").contains(&(Token::Number, "80")), "{:?}", tokens("listen 80;"));
        let before = document.clone();
        document.lines.iter_mut().for_each(|line| line.tokens.clear());
        colour(&mut document, &mut cache);
        assert_eq!(document, before, "the cache returns the same tokens");
        for line in document.lines.iter().filter(|line| !line.tokens.is_empty()) {
            let whole: String = line.tokens.iter().map(|(_, range)| &line.text[range.clone()]).collect();
            assert_eq!(whole, line.text, "the tokens cover the whole line");
        }
    }
}
