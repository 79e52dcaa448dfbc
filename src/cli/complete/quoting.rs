//! What a shell hands over as it was typed: with the quotes and backslashes that keep a blank within a word, which nobody
//! has taken away yet.

use std::env;
use std::ffi::{OsStr, OsString};

/// The program's arguments, those of the line that is being completed as the program would get them.
pub fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = env::args_os().collect();
    let line = words.iter().position(|word| word == "--").map_or(words.len(), |at| at + 1);
    // The scripts of bash and zsh say which word it is, and all are as they were typed. fish says nothing: it is the last
    // one, and from those before it fish has taken the quotes itself.
    let all = env::var_os("_CLAP_COMPLETE_INDEX").is_some();
    let quoted = if all { line } else { line.max(words.len().saturating_sub(1)) };
    for word in words.iter_mut().skip(quoted) {
        *word = unquoted(word);
    }
    words
}

/// A word without its quotes; a quote that is still open counts to the end.
fn unquoted(word: &OsStr) -> OsString {
    // What is no text is taken as it is.
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
    fn a_word_is_as_the_program_would_get_it() {
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
