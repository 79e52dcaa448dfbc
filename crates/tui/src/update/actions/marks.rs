//! Marks and the list of jumps.

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::keys::Context;
use crate::state::State;
use kuberewind_model::Seq;

pub(super) fn set(state: &mut State, command: Command) {
    let Some(letter) = command.letter else { return };
    let here = state.cursor;
    state.navigation.marks.insert(letter, here);
    state.navigation.time_origin = state.timeline.row(state.index()).map(|row| (format!("mark {letter}"), row.at));
    let back = state.keys.map.first_of(Context::Main, Action::JumpToMark).replace("{a-z}", &letter.to_string());
    let back = if back.is_empty() { String::new() } else { format!("; {back} comes back") };
    state.say(Tone::Plain, format!("mark {letter} set at {here}{back}"));
}

pub(super) fn jump(state: &mut State, command: Command) {
    let Some(letter) = command.letter else { return };
    match state.navigation.marks.get(&letter).copied() {
        Some(to) => state.jump(to),
        None => state.say(Tone::Notice, format!("there is no mark {letter}")),
    }
}

pub(super) fn last_position(state: &mut State) {
    let to = state.navigation.jumps.swap(state.cursor);
    return_to(state, to);
}

pub(super) fn back(state: &mut State) {
    let to = state.navigation.jumps.back(state.cursor);
    return_to(state, to);
}

pub(super) fn forward(state: &mut State) {
    let to = state.navigation.jumps.forward(state.cursor);
    return_to(state, to);
}

fn return_to(state: &mut State, to: Option<Seq>) {
    match to {
        Some(to) => {
            state.stay();
            state.put(to);
        }
        None => state.say(Tone::Muted, "there is no further jump"),
    }
}
