//! Which views are shown, which has the focus, and how the documents show what they show.

use crate::render::diff::{Lists, Noise};
use crate::tui::action::{Action, Command};
use crate::tui::doc::Tone;
use crate::tui::layout::{Area, Pane, Slot};
use crate::tui::state::{Against, Fold, State};
use crate::tui::view::{DocKind, VIEWS};

use super::grounds;

/// Carries out a command, if it is about views.
pub(super) fn act(state: &mut State, command: Command) -> bool {
    shown(state, command) || folds(state, command) || looks(state, command)
}

/// Focus, frames and tabs.
fn shown(state: &mut State, command: Command) -> bool {
    match command.action {
        Action::NextPane => focus_by(state, 1),
        Action::PreviousPane => focus_by(state, VIEWS.len() - 1),
        Action::Frame0 => frame(state, 0),
        Action::Frame1 => frame(state, 1),
        Action::Frame2 => frame(state, 2),
        Action::Frame3 => frame(state, 3),
        Action::Frame4 => frame(state, 4),
        Action::Frame5 => frame(state, 5),
        Action::FrameLeft => towards(state, |from, to| (to.x + to.w <= from.x).then(|| from.x - to.x - to.w)),
        Action::FrameRight => towards(state, |from, to| (from.x + from.w <= to.x).then(|| to.x - from.x - from.w)),
        Action::FrameAbove => towards(state, |from, to| (to.y + to.h <= from.y).then(|| from.y - to.y - to.h)),
        Action::FrameBelow => towards(state, |from, to| (from.y + from.h <= to.y).then(|| to.y - from.y - from.h)),
        Action::FrameNext => next_frame(state),
        Action::ViewTimeline => state.look_at(Pane::Timeline),
        Action::ViewDiff => state.look_at(Pane::Detail(DocKind::Diff)),
        Action::ViewState => state.look_at(Pane::Detail(DocKind::State)),
        Action::ViewWhy => state.look_at(Pane::Detail(DocKind::Why)),
        Action::ViewFindings => state.look_at(Pane::Detail(DocKind::Findings)),
        Action::ViewRaw => {
            // Once more, back to where one looked before.
            let back = state.recent.before().filter(|_| state.focus == Pane::Detail(DocKind::Raw));
            state.look_at(back.unwrap_or(Pane::Detail(DocKind::Raw)));
        }
        Action::ViewLogs => state.look_at(Pane::Detail(DocKind::Logs)),
        Action::ViewSessions => state.look_at(Pane::Detail(DocKind::Sessions)),
        Action::ViewObjects => state.look_at(Pane::Objects),
        Action::ViewLanes => grounds::show_lanes(state),
        Action::ViewSql => state.look_at(Pane::Detail(DocKind::Sql)),
        Action::Maximise => state.maximised = !state.maximised,
        _ => return false,
    }
    true
}

/// How documents show what they show.
fn folds(state: &mut State, command: Command) -> bool {
    let near = state.near_detail();
    match command.action {
        Action::ToggleFold => state.details[near].fold(Fold::Toggle),
        Action::OpenFold => state.details[near].fold(Fold::Open),
        Action::CloseFold => state.details[near].fold(Fold::Close),
        Action::OpenAllFolds => state.details[near].fold_all(true),
        Action::CloseAllFolds => state.details[near].fold_all(false),
        Action::NextChange => change(state, true),
        Action::PreviousChange => change(state, false),
        Action::Noise => {
            state.noise = if state.noise == Noise::Hidden { Noise::Shown } else { Noise::Hidden };
            let words = if state.noise == Noise::Shown { "noise is shown" } else { "noise is hidden and counted" };
            state.say(Tone::Plain, words);
        }
        _ => return false,
    }
    true
}

/// What is turned on and off.
fn looks(state: &mut State, command: Command) -> bool {
    let on = |on: bool, what: &str| format!("{what} {}", if on { "on" } else { "off" });
    match command.action {
        Action::Wrap => {
            state.look.wrap = !state.look.wrap;
            let scroll = [(Action::ScrollLeft, "and"), (Action::ScrollRight, "scroll")]
                .map(|(action, word)| format!("{} {word}", state.key_of(action)));
            let cut = format!("long lines are cut; {}", scroll.join(" "));
            state.say(Tone::Plain, if state.look.wrap { "long lines go on below".to_owned() } else { cut });
        }
        Action::SideBySide => {
            state.look.beside = !state.look.beside;
            state.look_at(Pane::Detail(DocKind::Diff));
        }
        Action::WordDiff => {
            state.look.words = !state.look.words;
            state.say(Tone::Plain, on(state.look.words, "words that differ are marked:"));
        }
        Action::IgnoreOrder => {
            let ignored = state.look.lists == Lists::InOrder;
            state.look.lists = if ignored { Lists::AnyOrder } else { Lists::InOrder };
            state.look_at(Pane::Detail(DocKind::Diff));
            state.say(
                Tone::Plain,
                if ignored { "lists without a merge key: any order is the same" } else { "another order of a list is a change" },
            );
        }
        Action::Blame => {
            state.look.blame = !state.look.blame;
            state.say(Tone::Plain, on(state.look.blame, "who wrote each line:"));
        }
        Action::Writer => state.jump_to_writer(),
        Action::DiffPrevious => against(state, Against::Previous),
        Action::DiffView => against(state, Against::View),
        Action::DiffMark => match command.letter.and_then(|letter| Some((letter, *state.marks.get(&letter)?))) {
            Some((letter, at)) => against(state, Against::Mark(letter, at)),
            None => state.say(Tone::Notice, state.hinted("there is no such mark", &[(Action::SetMark, "sets mark a")])),
        },
        _ => return false,
    }
    true
}

fn against(state: &mut State, what: Against) {
    state.look.against = what;
    state.look_at(Pane::Detail(DocKind::Diff));
}

fn focus_by(state: &mut State, by: usize) {
    let at = VIEWS.iter().position(|view| view.pane == state.focus).unwrap_or(0);
    if let Some(view) = VIEWS.get((at + by) % VIEWS.len()) {
        state.look_at(view.pane);
    }
}

/// The frame of that number; where the screen has none, the view that would stand in it on a wider one.
fn frame(state: &mut State, number: u8) {
    let wide: Vec<Pane> = VIEWS.iter().filter(|view| view.wide == number).map(|view| view.pane).collect();
    let framed = state.layout().slots.iter().find(|slot| slot.number == number).map(|slot| slot.shown);
    match framed.filter(|_| !state.maximised).or_else(|| state.recent.of(&wide)) {
        Some(pane) => state.look_at(pane),
        None => state.say(Tone::Muted, format!("there is no pane {number}")),
    }
}

/// The nearest frame on one side; of several the one that stands beside the most of this one.
fn towards(state: &mut State, distance: impl Fn(Area, Area) -> Option<u16>) {
    let layout = state.layout();
    let Some(from) = layout.slots.iter().find(|slot| slot.shown == state.focus).map(|slot| slot.area) else { return };
    let beside = |to: Area| {
        let both = |at: u16, len: u16, other: u16, its: u16| (at + len).min(other + its).saturating_sub(at.max(other));
        both(from.x, from.w, to.x, to.w).saturating_add(both(from.y, from.h, to.y, to.h))
    };
    let near = |slot: &&Slot| distance(from, slot.area).map(|far| (far, u16::MAX - beside(slot.area)));
    match layout.slots.iter().filter(|slot| near(slot).is_some()).min_by_key(near) {
        Some(slot) => state.look_at(slot.shown),
        None => state.say(Tone::Muted, "there is no pane on that side"),
    }
}

fn next_frame(state: &mut State) {
    let layout = state.layout();
    let at = layout.slots.iter().position(|slot| slot.shown == state.focus).unwrap_or(0);
    match layout.slots.get((at + 1) % layout.slots.len().max(1)).filter(|slot| slot.shown != state.focus) {
        Some(slot) => state.look_at(slot.shown),
        None => state.say(Tone::Muted, "there is no other pane on the screen"),
    }
}

fn change(state: &mut State, forward: bool) {
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
