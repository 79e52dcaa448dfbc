//! Removes the shell's quotes from the words of the line to complete: the scripts pass them as typed.

use std::env;
use std::ffi::{OsStr, OsString};

/// Returns the program's arguments. Those that belong to the line to complete are unquoted.
pub fn arguments() -> Vec<OsString> {
    let mut words: Vec<OsString> = env::args_os().collect();
    let line = words.iter().position(|word| word == "--").map_or(words.len(), |at| at + 1);
    // bash and zsh pass the index of the word to complete, and all words as typed. fish passes no index: the word is the last
    // one, and fish has unquoted the words before it.
    let all = env::var_os("_CLAP_COMPLETE_INDEX").is_some();
    let quoted = if all { line } else { line.max(words.len().saturating_sub(1)) };
    for word in words.iter_mut().skip(quoted) {
        *word = unquoted(word);
    }
    words
}

/// Removes the quotes of a word. An open quote extends to the end. (`shlex` refuses open quotes, which half-typed words have.)
fn unquoted(word: &OsStr) -> OsString {
    // Words that are not UTF-8 stay as they are.
    let Some(text) = word.to_str() else { return word.to_owned() };
    let (mut plain, mut quote) = (String::new(), None);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('\\', None) => plain.extend(characters.next()),
            ('\\', Some('"')) => plain.push(characters.next_if(|c| matches!(c, '"' | '\\' | '$' | '`')).unwrap_or(c)),
            _ => plain.push(c),
        }
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_removed_as_a_shell_does() {
        for (typed, plain) in [
            ("run.db#st", "run.db#st"),
            (r"my\ run.db\#st", "my run.db#st"),
            (r#""my run.db"#, "my run.db"),
            ("'it'\\''s'", "it's"),
            (r#""a\b \"c\"""#, r#"a\b "c""#),
            ("'a\\b", "a\\b"),
            ("\\", ""),
            ("", ""),
        ] {
            assert_eq!(unquoted(OsStr::new(typed)), plain, "{typed}");
        }
    }
}
