//! Parsing of a line of input.

use crate::action::{Action, Command};
use crate::keys::Key;
use crate::script::{self, Statement};
use kuberewind_model::{Error, ErrorKind, Result};

/// A parsed line.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Input {
    /// Print the help, filtered by this text.
    Help(String),
    /// Print the focused pane.
    View,
    /// Print the operations around the cursor.
    Rows,
    Keys(Vec<Key>),
    /// A statement of the `:` prompt.
    Run(Statement),
}

/// Parses a line. A word that is neither a command nor a key is a sequence of one-character keys: `3]e`.
pub(super) fn parse(line: &str) -> Result<Input> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match word {
        "help" | "?" => return Ok(Input::Help(rest.trim().to_owned())),
        "view" => return Ok(Input::View),
        "rows" => return Ok(Input::Rows),
        "quit" | "exit" => return Ok(Input::Run(Statement::Do(Command::plain(Action::Quit)))),
        _ => {}
    }
    if word.len() > 1 && word.starts_with(':') {
        return script::statement(line).map(Input::Run);
    }
    let is_word = word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if word.len() > 1 && is_word && Key::parse(word).is_none() {
        match script::statement(line) {
            Ok(statement) => return Ok(Input::Run(statement)),
            Err(error) if word.len() > 3 => return Err(error),
            Err(_) => {}
        }
    }
    let keys: Vec<Key> = line.split_ascii_whitespace().flat_map(keys).collect();
    if keys.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, format!("{line:?} is not a command")).hint("help lists the keys"));
    }
    Ok(Input::Keys(keys))
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
        let keys = |text: &str| Input::Keys(Key::parse_all(text).unwrap());
        for (line, input) in [
            (".", keys(".")),
            ("3]e", keys("3 ] e")),
            ("gd", keys("g d")),
            ("alt-Left j", keys("alt-Left j")),
            ("] e", keys("] e")),
            ("view", Input::View),
            ("help error", Input::Help("error".into())),
            ("next-write", Input::Run(Statement::Do(Command::plain(Action::NextWrite)))),
            ("next-write 3", Input::Run(Statement::Do(Command { count: Some(3), ..Command::plain(Action::NextWrite) }))),
            (":search 409", Input::Run(Statement::Search("409".into()))),
            ("filter kind=deploy", Input::Run(Statement::Filter("kind=deploy".into()))),
            ("quit", Input::Run(Statement::Do(Command::plain(Action::Quit)))),
        ] {
            assert_eq!(parse(line).unwrap(), input, "{line}");
        }
        assert_eq!(parse("next-wriet").unwrap_err().hint_text(), Some("did you mean next-write?"));
        assert!(parse("").is_err());
    }
}
