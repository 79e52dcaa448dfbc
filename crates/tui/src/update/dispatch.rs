//! Keys, statements and dialogs. They share one file because each can run the others: a statement presses keys, a key enters
//! a prompt, and a prompt runs a statement.

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::draw::help_lines;
use crate::effect::Effect;
use crate::keys::{Code, Context, Key, KeyOutcome};
use crate::protocol::Related;
use crate::script::{self, Statement};
use crate::state::{Layer, ListState, Move, Pick, Picker, Prompt, Purpose, State};
use kuberewind_model::{Anchor, Direction, Error, ErrorKind, MomentSpec, Result};

use super::menu::{self, moved};
use super::{actions, copy, filter, notes, prompt, prompt_history, run, search, settings};

pub(super) fn key_typed(state: &mut State, key: Key) -> Vec<Effect> {
    state.screen.message = None;
    state.lanes.fixed_middle = None;
    let context = state.context();
    let had_pending = !state.keys.pending.is_empty();
    let mut pending = std::mem::take(&mut state.keys.pending);
    let fed = state.keys.map.feed(context, &mut pending, key);
    state.keys.pending = pending;
    let now = state.playback.now;
    let since = state.keys.pending_since.or(Some(now));
    state.keys.pending_since = if state.keys.pending.keys.is_empty() { None } else { since };
    match fed {
        KeyOutcome::Pending => Vec::new(),
        KeyOutcome::Command(command) if context == Context::Main => actions::perform(state, command),
        KeyOutcome::Command(command) => in_dialog(state, command),
        KeyOutcome::Unknown if has_text_input(state) => prompt::typed(state, key),
        // Escape cancels an incomplete sequence silently.
        KeyOutcome::Unknown if had_pending && key.code == Code::Esc => Vec::new(),
        KeyOutcome::Unknown => {
            state.say(Tone::Muted, state.hinted(&format!("{key} does nothing here"), &[(Action::Help, "shows the keys")]));
            Vec::new()
        }
    }
}

fn has_text_input(state: &State) -> bool {
    matches!(state.dialogs.layers.last(), Some(Layer::Prompt(_) | Layer::Picker(_) | Layer::Help(_) | Layer::Menu(_)))
}

/// Runs a statement.
///
/// # Errors
/// If the statement cannot run, with the reason in one sentence.
fn run_statement(state: &mut State, statement: &Statement) -> Result<Vec<Effect>> {
    Ok(match statement {
        Statement::GoTo(spec) => state.go_to(spec.clone()),
        Statement::Filter(source) if source.is_empty() => filter::clear(state),
        Statement::Filter(source) => {
            let effects = filter::apply(state, source)?;
            prompt_history::remember(state, Purpose::Filter, source.clone());
            effects
        }
        Statement::Search(pattern) => search::start(state, pattern),
        Statement::Set(name, value) => settings::set(state, name, value)?,
        Statement::Order(view, name) => {
            menu::order(state, view.unwrap_or(state.panes.focus), name)?;
            Vec::new()
        }
        Statement::Keys(keys) => keys.iter().flat_map(|key| key_typed(state, *key)).collect(),
        Statement::Type(text) => {
            if state.dialogs.layers.is_empty() {
                return Err(Error::new(ErrorKind::Invalid, "no prompt is open").hint("open one with `keys /` or `keys f`"));
            }
            text.chars().flat_map(|c| key_typed(state, Key::plain(Code::Char(c)))).collect()
        }
        Statement::Wait(_) => Vec::new(),
        Statement::Do(command) if state.dialogs.layers.is_empty() => actions::perform(state, *command),
        Statement::Do(command) => in_dialog(state, *command),
    })
}

/// Runs a statement and shows its error as a message.
pub(super) fn run_or_say(state: &mut State, statement: &Statement) -> Vec<Effect> {
    run_statement(state, statement).unwrap_or_else(|error| {
        let words = error.hint_text().map_or_else(|| error.chain(), |hint| format!("{}; {hint}", error.chain()));
        state.say(Tone::Bad, words);
        Vec::new()
    })
}

/// Performs an action in the dialog on top.
fn in_dialog(state: &mut State, command: Command) -> Vec<Effect> {
    let Some(layer) = state.dialogs.layers.pop() else { return Vec::new() };
    if command.action == Action::Cancel {
        return Vec::new();
    }
    match layer {
        Layer::Prompt(prompt) if command.action == Action::Enter => submit(state, prompt),
        Layer::Prompt(prompt) => prompt::act(state, prompt, command),
        Layer::Menu(menu) => menu::act(state, menu, command),
        Layer::Picker(picker) => in_picker(state, picker, command),
        Layer::Bookmarks(list) => in_bookmarks(state, list, command),
        Layer::Help(mut help) => {
            let lines = help_lines(&state.keys.map, state.panes.focus, help.filter.value());
            help.row = moved(help.row, command, lines.len());
            state.dialogs.layers.push(Layer::Help(help));
            Vec::new()
        }
    }
}

fn in_bookmarks(state: &mut State, mut list: ListState, command: Command) -> Vec<Effect> {
    let moments = state.marked_moments();
    if command.action != Action::Enter {
        list.row = moved(list.row, command, moments.len());
        state.dialogs.layers.push(Layer::Bookmarks(list));
        return Vec::new();
    }
    match moments.into_iter().nth(list.row) {
        Some(moment) if moment.elsewhere.is_some() => {
            state.go_to(MomentSpec { session: None, at: Anchor::Bookmark(moment.name) })
        }
        Some(moment) => {
            state.jump(moment.at);
            Vec::new()
        }
        None => Vec::new(),
    }
}

fn in_picker(state: &mut State, mut picker: Picker, command: Command) -> Vec<Effect> {
    if command.action != Action::Enter {
        picker.list.row = moved(picker.list.row, command, picker.rows.len());
        state.dialogs.layers.push(Layer::Picker(picker));
        return Vec::new();
    }
    match picker.chosen().map(|row| row.pick) {
        Some(Pick::Object(object)) => state.go(Move::Related(Related::Nearest(object))),
        Some(Pick::GoTo(at)) => {
            state.stay();
            state.jump(at);
            Vec::new()
        }
        Some(Pick::Order(row)) => {
            menu::set_order(state, row);
            Vec::new()
        }
        Some(Pick::Do(action)) => actions::perform(state, Command::plain(action)),
        None => Vec::new(),
    }
}

/// Runs the line of a prompt.
fn submit(state: &mut State, mut prompt: Prompt) -> Vec<Effect> {
    let line = prompt.input.value().trim().to_owned();
    if line.is_empty() {
        // An empty filter clears the filter, an empty note removes the note. All other empty lines do nothing.
        return match prompt.purpose {
            Purpose::Filter => filter::clear(state),
            Purpose::Note => notes::set(state, ""),
            _ => Vec::new(),
        };
    }
    let outcome = match prompt.purpose {
        Purpose::Search => Ok(search::start(state, &line)),
        Purpose::Filter => match filter::apply(state, &line) {
            Ok(effects) => Ok(effects),
            Err(wrong) => {
                prompt.syntax = Some(wrong);
                state.dialogs.layers.push(Layer::Prompt(prompt));
                return Vec::new();
            }
        },
        Purpose::Command => script::statement(&line).and_then(|statement| run_statement(state, &statement)),
        Purpose::RunForward => run::start(state, &line, Direction::Forward),
        Purpose::RunBack => run::start(state, &line, Direction::Backward),
        Purpose::GoTo => MomentSpec::parse(&line).map(|spec| state.go_to(spec)),
        Purpose::Bookmark => notes::named(state, &line),
        Purpose::Note => Ok(notes::set(state, &line)),
        Purpose::Sql => Ok(state.ask_sql(&line)),
        Purpose::SearchHere => {
            state.search_here(&line);
            Ok(Vec::new())
        }
        Purpose::Export => copy::export(state, &line),
        Purpose::Pipe => copy::pipe(state, &line),
    };
    match outcome {
        Ok(effects) => {
            prompt_history::remember(state, prompt.purpose, line);
            effects
        }
        Err(error) => {
            prompt.error = Some(error.hint_text().map_or_else(|| error.chain(), |hint| format!("{}: {hint}", error.chain())));
            state.dialogs.layers.push(Layer::Prompt(prompt));
            Vec::new()
        }
    }
}
