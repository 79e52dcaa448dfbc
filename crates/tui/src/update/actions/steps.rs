//! Steps and jumps from operation to operation.

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::Related;
use crate::state::{Move, State};
use crate::update::moves::{field_at_line, operation_at_line};
use kuberewind_model::{Direction, Duration, StepTarget};

/// The shortest idle time.
pub(super) const IDLE: Duration = Duration(1_000_000_000);

pub(super) fn step(state: &mut State, direction: Direction, target: StepTarget, command: Command) -> Vec<Effect> {
    state.go(Move::Step(direction, target, command.times()))
}

/// Steps to an operation that shows the same object. Does nothing if the operation at the cursor has no object.
pub(super) fn same_object(state: &mut State, direction: Direction, command: Command) -> Vec<Effect> {
    match state.timeline.row(state.index()).and_then(|row| row.object) {
        Some(object) => step(state, direction, StepTarget::Object(object), command),
        None => Vec::new(),
    }
}

pub(super) fn touching(state: &mut State, direction: Direction, command: Command) -> Vec<Effect> {
    let of = operation_at_line(state);
    state.go(Move::Related(Related::Touching(of, direction, command.times())))
}

pub(super) fn field_change(state: &mut State, direction: Direction) -> Vec<Effect> {
    let (of, field) = (operation_at_line(state), field_at_line(state));
    state.go(Move::Related(Related::Change(of, direction, field)))
}

pub(super) fn echo(state: &mut State) -> Vec<Effect> {
    state.go(Move::Related(Related::Echo))
}

/// Walks from a refused write to the write that was faster, to its retry, and back.
pub(super) fn around_refusal(state: &mut State) -> Vec<Effect> {
    let is_refused = state.timeline.row(state.index()).is_some_and(|row| row.verb.is_write() && row.is_error());
    if is_refused && state.cursor >= state.snapshot.lineage.first() {
        state.navigation.refused = Some(state.cursor);
    }
    match state.navigation.refused {
        Some(refused) => state.go(Move::Related(Related::Refusal(refused))),
        None => {
            let words = state.hinted("this is no refused write", &[(Action::NextError, "goes to the next error")]);
            state.say(Tone::Muted, words);
            Vec::new()
        }
    }
}

/// Jumps to the first operation of a loop and shows a summary of the loop.
pub(super) fn to_loop(state: &mut State, forward: bool, command: Command) {
    match state.findings.loops.start(state.cursor, forward, command.times()) {
        Some(to) => {
            state.stay();
            state.jump(to);
            let arrow = if state.screen.ascii { " <-> " } else { " ⇄ " };
            let found = state.findings.loops.all().iter().find(|found| found.first == to);
            if let Some(summary) = found.map(|found| found.summary(&state.snapshot.actors, arrow)) {
                state.say(Tone::Notice, summary);
            }
        }
        None if state.findings.loops.all().is_empty() => state.say(Tone::Muted, "no loop found so far"),
        None => state.say(Tone::Muted, if forward { "no loop begins after this" } else { "no loop begins before this" }),
    }
}
