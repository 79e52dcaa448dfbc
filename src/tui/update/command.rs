//! Carrying out statements of the command line and of scripts.

use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::keys::{Code, Key};
use crate::tui::script::Statement;
use crate::tui::state::{Layer, Purpose, State};
use crate::tui::worker::Request;
use kuberewind_model::{Direction, Error, ErrorKind, Result};

use super::{choosing, filter, layers, panes, search, settings};

/// Carries out a statement.
///
/// # Errors
/// When it cannot be done, in a sentence.
pub(super) fn run(state: &mut State, statement: &Statement) -> Result<Vec<Effect>> {
    Ok(match statement {
        Statement::GoTo(spec) => layers::go_to(state, spec.clone()),
        Statement::Filter(source) if source.is_empty() => filter::clear(state),
        Statement::Filter(source) => {
            let effects = filter::apply(state, source)?;
            layers::remember(state, Purpose::Filter, source.clone());
            effects
        }
        Statement::Search(pattern) => search::start(state, pattern),
        Statement::Set(name, value) => settings::set(state, name, value)?,
        Statement::Order(view, name) => {
            choosing::order(state, view.unwrap_or(state.focus), name)?;
            Vec::new()
        }
        Statement::Keys(keys) => keys.iter().flat_map(|key| super::key_typed(state, *key)).collect(),
        Statement::Type(text) => {
            if state.layers.is_empty() {
                return Err(
                    Error::new(ErrorKind::Invalid, "there is no line to type into").hint("open one with `keys /` or `keys f`")
                );
            }
            text.chars().flat_map(|c| super::key_typed(state, Key::plain(Code::Char(c)))).collect()
        }
        Statement::Wait(_) => Vec::new(),
        Statement::Do(command) if state.layers.is_empty() => panes::act(state, *command),
        Statement::Do(command) => layers::act(state, *command),
    })
}

/// The same, its error said on the screen.
pub(super) fn run_or_say(state: &mut State, statement: &Statement) -> Vec<Effect> {
    run(state, statement).unwrap_or_else(|error| {
        let words = error.hint_text().map_or_else(|| error.chain(), |hint| format!("{}; {hint}", error.chain()));
        state.say(Tone::Bad, words);
        Vec::new()
    })
}

/// Runs to where an expression over the cursor's object becomes true.
pub(super) fn run_to(state: &mut State, expression: &str, direction: Direction) -> Result<Vec<Effect>> {
    kuberewind_query::cel::Expression::compile(expression)?;
    state.stay();
    let generation = state.next_generation();
    state.run = Some(crate::tui::state::Running { generation, percent: 0 });
    let from = state.cursor;
    Ok(vec![Effect::Ask(Request::Run { expression: expression.to_owned(), of: from, from, direction, generation })])
}

/// The run has come to its end.
pub(super) fn ran(state: &mut State, generation: u64, to: Option<kuberewind_model::Seq>, said: String) {
    if state.run.is_none_or(|run| run.generation != generation) {
        return;
    }
    state.run = None;
    if let Some(to) = to {
        state.jump(to);
    }
    state.say(if to.is_some() { Tone::Plain } else { Tone::Notice }, said);
}

/// Whether a layer lies on top that text is typed into.
pub(super) fn has_line(state: &State) -> bool {
    matches!(state.layers.last(), Some(Layer::Prompt(_) | Layer::Picker(_) | Layer::Help(_)))
}
