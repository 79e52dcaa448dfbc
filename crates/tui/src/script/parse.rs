//! Parses statements.

use crate::action::{Action, Command};
use crate::keys::Key;
use crate::order::{ORDERS, orders_of};
use crate::view::{Pane, VIEWS};
use kuberewind_model::{Duration, Error, ErrorKind, MomentSpec, Result};
use kuberewind_text::nearest;

use super::split::pieces;
use super::statement::{Statement, names};

const MAX_STATEMENTS: usize = 10_000;

/// Parses a script.
///
/// # Errors
/// [`ErrorKind::Invalid`] for the first invalid statement, with its line.
pub fn parse(script: &str) -> Result<Vec<Statement>> {
    let mut found = Vec::new();
    for piece in pieces(script) {
        if found.len() == MAX_STATEMENTS {
            return Err(wrong(format!("a script has at most {MAX_STATEMENTS} statements")));
        }
        found.push(statement(piece.text).map_err(|error| {
            let hint = error.hint_text().map(str::to_owned);
            let failure = Error::new(ErrorKind::Invalid, format!("line {}: {:?} cannot be done", piece.line, piece.text));
            let failure = failure.because(error);
            match hint {
                Some(hint) => failure.hint(hint),
                None => failure,
            }
        })?);
    }
    Ok(found)
}

/// Parses one statement, with or without a leading colon.
///
/// # Errors
/// [`ErrorKind::Invalid`] with the most similar command as a hint.
pub fn statement(text: &str) -> Result<Statement> {
    let text = text.trim();
    let text = text.strip_prefix(':').unwrap_or(text).trim_start();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    Ok(match word {
        "goto" => Statement::GoTo(MomentSpec::parse(unquoted(rest))?),
        "filter" => Statement::Filter(rest.to_owned()),
        "search" => Statement::Search(unquoted(rest).to_owned()),
        "set" => option(rest)?,
        "order" if !rest.is_empty() => order(rest)?,
        "keys" => Statement::Keys(keys(rest)?),
        "type" => Statement::Type(unquoted(rest).to_owned()),
        "wait" => Statement::Wait(length(rest)?),
        _ => Statement::Do(command(word, rest)?),
    })
}

fn wrong(words: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, words)
}

/// Removes the quotes around a text.
fn unquoted(text: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

/// `theme=light`, `theme light`, `logs`.
fn option(rest: &str) -> Result<Statement> {
    let (name, value) = rest.split_once(|c: char| c == '=' || c.is_whitespace()).unwrap_or((rest, ""));
    if name.is_empty() {
        return Err(wrong("which option is missing").hint("write `set OPTION VALUE`"));
    }
    let value = value.trim_start_matches(['=', ' ']).trim();
    Ok(Statement::Set(name.to_owned(), unquoted(value).to_owned()))
}

/// `versions`, `findings time`.
fn order(rest: &str) -> Result<Statement> {
    let (view, name) = match rest.split_once(char::is_whitespace) {
        Some((view, name)) => (Some(ordered(view)?), name.trim()),
        None => (None, rest),
    };
    let of_view = ORDERS.iter().filter(|row| view.is_none_or(|view| view == row.pane));
    let mut known: Vec<&str> = of_view.map(|row| row.name).collect();
    if known.contains(&name) {
        return Ok(Statement::Order(view, name.to_owned()));
    }
    known.sort_unstable();
    known.dedup();
    let error = wrong(format!("there is no order {name:?}"));
    Err(match nearest(name, known.iter().copied()) {
        Some(meant) => error.hint(format!("did you mean {meant}?")),
        None => error.hint(format!("there are {}", known.join(", "))),
    })
}

/// Finds a view that has orders.
fn ordered(view: &str) -> Result<Pane> {
    let pane = Pane::named(view).filter(|pane| orders_of(*pane).next().is_some());
    let views = VIEWS.iter().filter(|row| orders_of(row.pane).next().is_some()).map(|row| row.word);
    let hint = || format!("there are {}", views.collect::<Vec<_>>().join(", "));
    pane.ok_or_else(|| wrong(format!("there is no view {view:?} that has orders")).hint(hint()))
}

fn keys(rest: &str) -> Result<Vec<Key>> {
    let none = || wrong(format!("{rest:?} are no keys")).hint("write j, ctrl-d, alt-Left, Space, blanks between them");
    Key::parse_all(rest).filter(|keys| !keys.is_empty()).ok_or_else(none)
}

/// `1.5s`, `200ms`; a number without unit is seconds.
fn length(rest: &str) -> Result<Duration> {
    let none = || wrong(format!("{rest:?} is no length of time")).hint("write 1.5s or 200ms");
    let (number, nanos) = match (rest.strip_suffix("ms"), rest.strip_suffix('s')) {
        (Some(number), _) => (number, 1_000_000),
        (None, Some(number)) => (number, 1_000_000_000),
        (None, None) => (rest, 1_000_000_000_u64),
    };
    let (whole, fraction) = number.trim().split_once('.').unwrap_or((number.trim(), ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 9;
    if !digits(whole) || !digits(fraction) || whole.is_empty() {
        return Err(none());
    }
    let mut length = whole.parse::<u64>().unwrap_or(0).saturating_mul(nanos);
    let mut weight = nanos;
    for digit in fraction.bytes() {
        weight /= 10;
        length = length.saturating_add(u64::from(digit - b'0') * weight);
    }
    Ok(Duration(length))
}

/// `3 next-write`, `next-write 3`, `set-mark a`.
fn command(word: &str, rest: &str) -> Result<Command> {
    if let Ok(count) = word.parse::<u64>() {
        let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !rest.trim().is_empty() || name.is_empty() {
            return Err(wrong("after a number comes one action").hint("write `3 next-write`"));
        }
        return Ok(Command { count: Some(count), ..Command::plain(action(name)?) });
    }
    let plain = Command::plain(action(word)?);
    let mut letters = rest.chars();
    match (rest.parse::<u64>(), letters.next(), letters.next()) {
        (_, None, _) => Ok(plain),
        (Ok(count), ..) => Ok(Command { count: Some(count), ..plain }),
        (_, Some(letter), None) if letter.is_ascii_lowercase() => Ok(Command { letter: Some(letter), ..plain }),
        _ => Err(wrong(format!("{word} takes a number or a letter, not {rest:?}"))),
    }
}

fn action(name: &str) -> Result<Action> {
    Action::named(name).map_err(|_| {
        let known = names();
        let error = wrong(format!("there is no command {name:?}"));
        match nearest(name, known) {
            Some(meant) => error.hint(format!("did you mean {meant}?")),
            None => error.hint("KEYBINDINGS.md lists them all"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_model::{Anchor, Seq};

    #[test]
    fn every_form_is_read() {
        let read = |text: &str| statement(text).unwrap();
        let moment = MomentSpec { session: None, at: Anchor::Number(Seq(412)) };
        assert_eq!(read(":goto #412"), Statement::GoTo(moment));
        assert_eq!(read("filter kind=deploy and \"a;b\""), Statement::Filter("kind=deploy and \"a;b\"".into()));
        assert_eq!((read("filter"), read("search 'a b'")), (Statement::Filter("".into()), Statement::Search("a b".into())));
        for set in ["set theme=light", "set theme light", "set theme = 'light'"] {
            assert_eq!(read(set), Statement::Set("theme".into(), "light".into()), "{set}");
        }
        assert_eq!(read("order versions"), Statement::Order(None, "versions".into()));
        assert_eq!(read(":order findings time"), Statement::Order(Some(Pane::named("findings").unwrap()), "time".into()));
        assert_eq!(read("order"), Statement::Do(Command::plain(Action::Order)), "the menu");
        assert_eq!(read("wait 1.5s"), Statement::Wait(Duration(1_500_000_000)));
        assert_eq!(read("wait 200ms"), Statement::Wait(Duration(200_000_000)));
        let next = Command::plain(Action::NextWrite);
        for (text, command) in [
            ("next-write", next),
            ("next-write 3", Command { count: Some(3), ..next }),
            (": 3 next-write", Command { count: Some(3), ..next }),
            ("set-mark a", Command { letter: Some('a'), ..Command::plain(Action::SetMark) }),
        ] {
            assert_eq!(read(text), Statement::Do(command), "{text}");
        }
        assert_eq!(read("keys g g ctrl-d"), Statement::Keys(Key::parse_all("g g ctrl-d").unwrap()));
    }

    #[test]
    fn errors_suggest_the_nearest_command() {
        let hint = |text: &str| parse(text).unwrap_err().hint_text().unwrap_or("").to_owned();
        assert_eq!(hint("next-wriet"), "did you mean next-write?");
        assert_eq!(hint("play; fliter a"), "did you mean filter?");
        assert_eq!(hint("order verions"), "did you mean versions?");
        assert_eq!(hint("order lanes xyz"), "there are errors, name, operations, time");
        assert_eq!(hint("order timeline time"), "there are findings, lanes, objects, sessions");
        for text in ["3", "3 next-write 4", "set-mark AB", "goto", "set", "keys", "wait 1h", "wait ..", "goto 1; frobnicate"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("play\nnope").unwrap_err().chain().contains("line 2"));
        assert_eq!(parse(" ; -- nothing\n").unwrap_or_default(), [], "nothing to do is done");
    }
}
