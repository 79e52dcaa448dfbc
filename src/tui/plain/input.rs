//! From a line to what it asks for.

use crate::tui::action::{Action, Command};
use crate::tui::keys::Key;
use crate::tui::script::{self, Statement};
use kuberewind_model::{Error, ErrorKind, Result};

/// What a line asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// The keys, as far as they hold this.
    Help(String),
    /// The view that has the focus, all of it.
    View,
    /// The operations around the cursor.
    Rows,
    /// Keys.
    Keys(Vec<Key>),
    /// What `:` takes.
    Run(Statement),
}

/// Reads a line. A word that is neither a command nor a key is as many keys as it has characters: `3]e`.
pub(super) fn read(line: &str) -> Result<Said> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match word {
        "help" | "?" => return Ok(Said::Help(rest.trim().to_owned())),
        "view" => return Ok(Said::View),
        "rows" => return Ok(Said::Rows),
        "quit" | "exit" => return Ok(Said::Run(Statement::Do(Command::plain(Action::Quit)))),
        _ => {}
    }
    if word.len() > 1 && word.starts_with(':') {
        return script::statement(line).map(Said::Run);
    }
    let is_word = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if word.len() > 1 && is_word && Key::parse(word).is_none() {
        match script::statement(line) {
            Ok(statement) => return Ok(Said::Run(statement)),
            Err(error) if word.len() > 3 => return Err(error),
            Err(_) => {}
        }
    }
    let keys: Vec<Key> = line.split_ascii_whitespace().flat_map(keys).collect();
    if keys.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, format!("{line:?} is no command")).hint("help lists them"));
    }
    Ok(Said::Keys(keys))
}

fn keys(word: &str) -> Vec<Key> {
    Key::parse(word)
        .map_or_else(|| word.chars().filter_map(|c| Key::parse(c.encode_utf8(&mut [0; 4]))).collect(), |key| vec![key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_an_action_or_keys() {
        let keys = |text: &str| Said::Keys(Key::parse_all(text).unwrap());
        for (line, said) in [
            (".", keys(".")),
            ("3]e", keys("3 ] e")),
            ("gd", keys("g d")),
            ("alt-Left j", keys("alt-Left j")),
            ("] e", keys("] e")),
            ("view", Said::View),
            ("help error", Said::Help("error".into())),
            ("next-write", Said::Run(Statement::Do(Command::plain(Action::NextWrite)))),
            ("next-write 3", Said::Run(Statement::Do(Command { count: Some(3), ..Command::plain(Action::NextWrite) }))),
            (":search 409", Said::Run(Statement::Search("409".into()))),
            ("filter kind=deploy", Said::Run(Statement::Filter("kind=deploy".into()))),
            ("quit", Said::Run(Statement::Do(Command::plain(Action::Quit)))),
        ] {
            assert_eq!(read(line).unwrap(), said, "{line}");
        }
        assert_eq!(read("next-wriet").unwrap_err().hint_text(), Some("did you mean next-write?"));
        assert!(read("").is_err());
    }
}
