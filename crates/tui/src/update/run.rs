//! Runs to the moment at which an expression over the cursor's object becomes true.

use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::Request;
use crate::state::{ScanProgress, State};
use kuberewind_model::{Direction, Result, Seq};
use kuberewind_query::cel::Expression;

/// Starts a run.
///
/// # Errors
/// If the expression does not compile.
pub(super) fn start(state: &mut State, expression: &str, direction: Direction) -> Result<Vec<Effect>> {
    Expression::compile(expression)?;
    state.stay();
    let generation = state.next_generation();
    state.requests.run = Some(ScanProgress { generation, percent: 0 });
    let from = state.cursor;
    Ok(vec![Effect::Ask(Request::Run { expression: expression.to_owned(), of: from, from, direction, generation })])
}

/// Handles the result of a run.
pub(super) fn finished(state: &mut State, generation: u64, to: Option<Seq>, message: String) {
    if state.requests.run.is_none_or(|run| run.generation != generation) {
        return;
    }
    state.requests.run = None;
    if let Some(to) = to {
        state.jump(to);
    }
    state.say(if to.is_some() { Tone::Plain } else { Tone::Notice }, message);
}
