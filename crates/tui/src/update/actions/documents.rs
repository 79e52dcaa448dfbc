//! Display options of the documents.

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::protocol::DiffBase;
use crate::state::State;
use crate::view::{DocKind, Pane};
use kuberewind_render::diff::{Lists, Noise};

fn on_off(on: bool, option: &str) -> String {
    format!("{option} {}", if on { "on" } else { "off" })
}

pub(super) fn noise(state: &mut State) {
    let options = &mut state.details.options;
    options.noise = if options.noise == Noise::Hidden { Noise::Shown } else { Noise::Hidden };
    let shown = options.noise == Noise::Shown;
    state.say(Tone::Plain, if shown { "noise is shown" } else { "noise is hidden and counted" });
}

pub(super) fn wrap(state: &mut State) {
    state.details.options.wrap = !state.details.options.wrap;
    let scroll = [(Action::ScrollLeft, "and"), (Action::ScrollRight, "scroll")]
        .map(|(action, word)| format!("{} {word}", state.key_of(action)));
    let cut = format!("long lines are cut; {}", scroll.join(" "));
    state.say(Tone::Plain, if state.details.options.wrap { "long lines are wrapped".to_owned() } else { cut });
}

pub(super) fn side_by_side(state: &mut State) {
    state.details.options.side_by_side = !state.details.options.side_by_side;
    state.look_at(Pane::Detail(DocKind::Diff));
}

pub(super) fn word_diff(state: &mut State) {
    state.details.options.words = !state.details.options.words;
    state.say(Tone::Plain, on_off(state.details.options.words, "words that differ are marked:"));
}

pub(super) fn ignore_order(state: &mut State) {
    let ignored = state.details.options.lists == Lists::InOrder;
    state.details.options.lists = if ignored { Lists::AnyOrder } else { Lists::InOrder };
    state.look_at(Pane::Detail(DocKind::Diff));
    state.say(
        Tone::Plain,
        if ignored { "lists without a merge key are compared in any order" } else { "a different order of a list is a change" },
    );
}

pub(super) fn authors(state: &mut State) {
    state.details.options.authors = !state.details.options.authors;
    state.say(Tone::Plain, on_off(state.details.options.authors, "the author of each line:"));
}

pub(super) fn diff_previous(state: &mut State) {
    diff_against(state, DiffBase::Previous);
}

pub(super) fn diff_view(state: &mut State) {
    diff_against(state, DiffBase::View);
}

pub(super) fn diff_mark(state: &mut State, command: Command) {
    match command.letter.and_then(|letter| Some((letter, *state.navigation.marks.get(&letter)?))) {
        Some((letter, at)) => diff_against(state, DiffBase::Mark(letter, at)),
        None => state.say(Tone::Notice, state.hinted("there is no such mark", &[(Action::SetMark, "sets mark a")])),
    }
}

fn diff_against(state: &mut State, base: DiffBase) {
    state.details.options.base = base;
    state.look_at(Pane::Detail(DocKind::Diff));
}

/// Goes to the next or previous change in the state document if it is nearest, else in the diff.
pub(super) fn change(state: &mut State, forward: bool) {
    let near = state.near_detail();
    let kind = if near == DocKind::State { near } else { DocKind::Diff };
    let detail = &mut state.details[kind];
    let here = detail.line;
    let to = if forward { detail.changed().find(|at| *at > here) } else { detail.changed().rev().find(|at| *at < here) };
    match to {
        Some(line) => detail.line = line,
        None => state.say(Tone::Muted, "there is no further change"),
    }
}
