//! Syntax check and completion of a prompt.

use tui_input::Input;

use crate::effect::Effect;
use crate::order::{ORDERS, orders_of};
use crate::protocol::Request;
use crate::script::names;
use crate::state::{Completion, Prompt, Purpose, State};
use kuberewind_model::Verb;
use kuberewind_query::cel::Expression;
use kuberewind_query::filter::{Field, completions};

use super::{filter, settings};

/// The most completions.
const MAX_WORDS: usize = 100;

/// Requests the names for completion, once.
pub(super) fn request_vocabulary(state: &State) -> Vec<Effect> {
    if state.dialogs.vocabulary.actors.is_empty() { vec![Effect::Ask(Request::Vocabulary)] } else { Vec::new() }
}

/// Checks the syntax of the line.
pub(super) fn check(prompt: &mut Prompt) {
    let line = prompt.input.value();
    prompt.syntax = match prompt.purpose {
        _ if line.trim().is_empty() => None,
        Purpose::Filter => filter::read(line).err(),
        Purpose::RunForward | Purpose::RunBack => Expression::compile(line).err(),
        _ => None,
    };
}

/// Inserts the next completion at the cursor.
pub(super) fn complete(state: &State, prompt: &mut Prompt) {
    let mut completion = match prompt.completion.take() {
        Some(mut completion) => {
            completion.chosen = (completion.chosen + 1) % completion.words.len().max(1);
            completion
        }
        None => {
            let (start, words) = offered(state, prompt);
            Completion { start, words, chosen: 0 }
        }
    };
    completion.words.truncate(MAX_WORDS);
    if let Some(word) = completion.words.get(completion.chosen) {
        let line = prompt.input.value();
        let rest = line.get(at(prompt)..).unwrap_or("");
        let before = line.get(..completion.start).unwrap_or("");
        let caret = before.chars().count() + word.chars().count();
        prompt.input = Input::new(format!("{before}{word}{rest}")).with_cursor(caret);
        prompt.completion = Some(completion);
    }
    check(prompt);
}

/// The byte position of the cursor.
fn at(prompt: &Prompt) -> usize {
    let line = prompt.input.value();
    line.char_indices().nth(prompt.input.cursor()).map_or(line.len(), |(at, _)| at)
}

/// The byte at which the current word begins, and its completions.
fn offered(state: &State, prompt: &Prompt) -> (usize, Vec<String>) {
    let line = prompt.input.value();
    let before = line.get(..at(prompt)).unwrap_or(line);
    match prompt.purpose {
        Purpose::Filter => of_filter(state, before, 0),
        Purpose::Command => of_command(state, before),
        Purpose::GoTo => {
            let names = state.snapshot.bookmarks.iter().map(|bookmark| bookmark.name.clone());
            (0, names.filter(|name| name.starts_with(before)).collect())
        }
        _ => (before.len(), Vec::new()),
    }
}

fn of_command(state: &State, line: &str) -> (usize, Vec<String>) {
    let begin = |words: &mut dyn Iterator<Item = String>, start: &str| words.filter(|word| word.starts_with(start)).collect();
    let Some((word, rest)) = line.split_once(char::is_whitespace) else {
        return (0, begin(&mut names(), line));
    };
    let start = line.len() - rest.len();
    match word {
        "filter" | "search" => of_filter(state, line, start),
        "goto" => (start, begin(&mut state.snapshot.bookmarks.iter().map(|bookmark| bookmark.name.clone()), rest)),
        "order" => {
            let own = orders_of(state.panes.focus).map(|row| row.name.to_owned());
            let all = ORDERS.iter().map(|row| format!("{} {}", row.pane.word(), row.name));
            (start, begin(&mut own.chain(all), rest))
        }
        "set" => {
            let words = settings::OPTIONS.iter().flat_map(|(name, values, _)| {
                let all = values.iter().map(move |value| format!("{name} {value}"));
                std::iter::once((*name).to_owned()).chain(all)
            });
            (start, begin(&mut words.into_iter(), rest))
        }
        _ => (line.len(), Vec::new()),
    }
}

/// After a field and a comparison, the values of the field; else the words of the filter language.
fn of_filter(state: &State, line: &str, least: usize) -> (usize, Vec<String>) {
    let word_start = line
        .rfind(|c: char| c.is_whitespace() || "=!~<>:,(".contains(c))
        .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    let start = word_start.max(least);
    let typed = line[start..].to_lowercase();
    let before = line[least..start].trim_end();
    let of_field = before.trim_end_matches(['=', '!', '~', ':', '(', ',']).trim_end();
    let compared = of_field.len() < before.len();
    let last = |text: &str| text.rsplit(|c: char| c.is_whitespace() || "()!".contains(c)).next().unwrap_or("").to_owned();
    let field = if compared { Field::named(&last(of_field)) } else { None };
    let field = field.or_else(|| in_list(before));
    if let Some(field) = field {
        let words = values(state, field).into_iter().filter(|word| word.to_lowercase().starts_with(&typed));
        return (start, words.map(|word| quoted(&word)).collect());
    }
    let offered = completions(line, line.len());
    let begin = line
        .rfind(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')))
        .map_or(0, |at| at + line[at..].chars().next().map_or(1, char::len_utf8));
    (begin.max(least), offered)
}

/// The field of an open list of values: `kind in (Pod, `.
fn in_list(before: &str) -> Option<Field> {
    let open = before.rfind('(')?;
    let mut words = before[..open].split_whitespace().rev();
    if before[open..].contains(')') || !words.next()?.eq_ignore_ascii_case("in") {
        return None;
    }
    Field::named(words.next()?)
}

fn values(state: &State, field: Field) -> Vec<String> {
    let own = |words: &[std::sync::Arc<str>]| words.iter().map(ToString::to_string).collect();
    match field {
        Field::Kind => own(&state.dialogs.vocabulary.kinds),
        Field::Actor => own(&state.dialogs.vocabulary.actors),
        Field::Namespace => own(&state.dialogs.vocabulary.namespaces),
        Field::Name => own(&state.dialogs.vocabulary.names),
        Field::Verb => Verb::ALL.iter().map(|verb| verb.as_str().to_owned()).collect(),
        Field::Type => ["GET", "LIST", "CREATE", "UPDATE", "PATCH", "DELETE", "WATCH"].map(str::to_owned).to_vec(),
        Field::Code => ["200", "201", "404", "409", "410", "422", "500"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    }
}

fn quoted(word: &str) -> String {
    if word.contains(|c: char| c.is_whitespace() || "()=!~<>,\"'&|".contains(c)) {
        return format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""));
    }
    word.to_owned()
}
