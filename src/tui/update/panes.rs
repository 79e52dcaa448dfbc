//! What the keys of the panes do.

use crate::tui::action::{Action, Command};
use crate::tui::doc::{LineKind, Tone};
use crate::tui::effect::Effect;
use crate::tui::keys::Context;
use crate::tui::layout::Pane;
use crate::tui::state::{Fold, Layer, ListState, Move, Play, Prompt, Purpose, State};
use crate::tui::worker::{DocKind, Request, Target};
use kuberewind_model::{Direction, Duration, Seq, StepTarget};

use super::{copying, filter, grounds, notes, reading, search, timeline, views};
use Direction::{Backward, Forward};

/// How long nothing must happen for a range to be idle.
const IDLE: Duration = Duration(1_000_000_000);

/// Carries out a command.
pub(super) fn act(state: &mut State, command: Command) -> Vec<Effect> {
    if grounds::act(state, command) || reading::act(state, command) {
        return Vec::new();
    }
    if let Some(wish) = step(state, command) {
        return state.go(wish);
    }
    if let Some(effects) = timeline::act(state, command) {
        return effects;
    }
    if scroll(state, command) || pace(state, command) || views::act(state, command) {
        return Vec::new();
    }
    mark(state, command).or_else(|| jump(state, command)).unwrap_or_else(|| app(state, command))
}

/// Steps whose step_target the recording knows.
fn step(state: &State, command: Command) -> Option<Move> {
    let times = i64::try_from(command.times()).unwrap_or(i64::MAX);
    let to = |direction, step_target| Some(Move::Step(direction, step_target, command.times()));
    match command.action {
        Action::NextOperation => Some(Move::By(times)),
        Action::PreviousOperation => Some(Move::By(-times)),
        Action::Down if state.focus == Pane::Timeline => Some(Move::By(times)),
        Action::Up if state.focus == Pane::Timeline => Some(Move::By(-times)),
        Action::NextWrite => to(Forward, StepTarget::Write),
        Action::PreviousWrite => to(Backward, StepTarget::Write),
        Action::NextReconcile => to(Forward, StepTarget::Reconcile),
        Action::PreviousReconcile => to(Backward, StepTarget::Reconcile),
        Action::NextError => to(Forward, StepTarget::Error),
        Action::PreviousError => to(Backward, StepTarget::Error),
        Action::NextGap => to(Forward, StepTarget::Gap),
        Action::PreviousGap => to(Backward, StepTarget::Gap),
        Action::NextIdle => to(Forward, StepTarget::Idle(IDLE)),
        Action::PreviousIdle => to(Backward, StepTarget::Idle(IDLE)),
        Action::NextOfObject => to(Forward, StepTarget::Object(state.timeline.row(state.index())?.object?)),
        Action::PreviousOfObject => to(Backward, StepTarget::Object(state.timeline.row(state.index())?.object?)),
        Action::Cause => Some(Move::Link(Backward)),
        Action::Effect => Some(Move::Link(Forward)),
        _ => None,
    }
}

/// Scrolling of the focused pane.
fn scroll(state: &mut State, command: Command) -> bool {
    let height = state.layout().inner(state.focus).map_or(1, |area| i64::from(area.h.max(2)));
    let times = i64::try_from(command.times()).unwrap_or(i64::MAX);
    let near = state.near_detail();
    match command.action {
        Action::ScrollDown => scroll_near(state, near, times),
        Action::ScrollUp => scroll_near(state, near, -times),
        Action::Down => rows(state, times),
        Action::Up => rows(state, -times),
        Action::HalfPageDown => rows(state, times.saturating_mul(height / 2)),
        Action::HalfPageUp => rows(state, -times.saturating_mul(height / 2)),
        Action::PageDown => rows(state, times.saturating_mul(height - 1)),
        Action::PageUp => rows(state, -times.saturating_mul(height - 1)),
        Action::ScrollLeft => sideways(state, -10),
        Action::ScrollRight => sideways(state, 10),
        _ => return false,
    }
    true
}

fn scroll_near(state: &mut State, near: DocKind, by: i64) {
    let height = state.layout().inner(Pane::Detail(near)).map_or(1, |area| area.h);
    state.details[near].scroll(by, height);
}

fn rows(state: &mut State, by: i64) {
    match state.focus.doc() {
        Some(kind) => {
            state.details[kind].go(by);
            if kind == DocKind::Logs {
                state.cursor_to_log_line();
            }
        }
        // Never waits for the recording: the move goes by places.
        None => drop(state.go(Move::By(by))),
    }
}

fn sideways(state: &mut State, by: i16) {
    let left = match state.focus.doc() {
        Some(kind) => &mut state.details[kind].left,
        None => &mut state.timeline.left,
    };
    *left = left.saturating_add_signed(by).min(2_000);
}

/// Time that runs by itself, and how it is told.
fn pace(state: &mut State, command: Command) -> bool {
    match command.action {
        Action::Faster => speed(state, 2, 1),
        Action::Slower => speed(state, 1, 2),
        Action::Play => {
            state.follow = false;
            state.play = if state.play.is_some() { None } else { Some(Play { since: state.now }) };
        }
        _ => return false,
    }
    true
}

fn speed(state: &mut State, up: u32, down: u32) {
    state.speed = (state.speed * up / down).clamp(6, 6_400);
    state.say(Tone::Plain, format!("speed {}", super::super::draw::speed_text(state.speed)));
}

/// Marks, bookmarks and jumps between known moments.
fn mark(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let here = state.cursor;
    match command.action {
        Action::SetMark => {
            let letter = command.letter?;
            state.marks.insert(letter, here);
            state.since = state.timeline.row(state.index()).map(|row| (format!("mark {letter}"), row.at));
            let back = state.keymap.first_of(Context::Main, Action::JumpToMark).replace("{a-z}", &letter.to_string());
            let back = if back.is_empty() { String::new() } else { format!("; {back} comes back") };
            state.say(Tone::Plain, format!("mark {letter} set at {here}{back}"));
        }
        Action::JumpToMark => {
            let letter = command.letter?;
            match state.marks.get(&letter).copied() {
                Some(to) => state.jump(to),
                None => state.say(Tone::Notice, format!("there is no mark {letter}")),
            }
        }
        Action::LastPosition => remembered(state, |state| state.jumps.swap(here)),
        Action::JumpBack => remembered(state, |state| state.jumps.back(here)),
        Action::JumpForward => remembered(state, |state| state.jumps.forward(here)),
        Action::NextBookmark => notes::step(state, true),
        Action::PreviousBookmark => notes::step(state, false),
        Action::Bookmark => return Some(vec![Effect::Ask(notes::toggle(state))]),
        Action::Note => notes::ask(state),
        Action::BookmarkNamed => state.layers.push(Layer::Prompt(Prompt::new(Purpose::Bookmark))),
        Action::Bookmarks => state.layers.push(Layer::Places(ListState::default())),
        _ => return None,
    }
    Some(Vec::new())
}

fn remembered(state: &mut State, of: impl FnOnce(&mut State) -> Option<Seq>) {
    match of(state) {
        Some(to) => {
            state.stay();
            state.put(to);
        }
        None => state.say(Tone::Muted, "there is no further jump"),
    }
}

/// First, last, search and prompts.
fn jump(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    match (command.action, command.count, state.focus.doc()) {
        (Action::First | Action::Last, Some(number), _) => state.jump(Seq(number)),
        (Action::First, None, Some(_)) => rows(state, i64::MIN),
        (Action::Last, None, Some(_)) => rows(state, i64::MAX),
        (Action::First | Action::Last, None, None) if state.filtering.on && state.timeline.index.is_empty() => {
            state.say(Tone::Muted, state.hinted("the filter shows nothing", &[(Action::Cancel, "clears it")]));
        }
        (Action::First, None, None) => state.jump(state.timeline.index.moment(1.min(state.timeline.index.len()))),
        (Action::Last, None, None) if state.is_live() && !state.follow => follow(state),
        (Action::Last, None, None) => state.jump(state.timeline.index.moment(state.timeline.index.len())),
        (Action::Search, ..) => state.layers.push(Layer::Prompt(Prompt::new(Purpose::Search))),
        (Action::GoTo, ..) => state.layers.push(Layer::Prompt(Prompt::new(Purpose::GoTo))),
        (Action::Follow, ..) => follow(state),
        _ => return None,
    }
    Some(Vec::new())
}

pub(super) fn follow(state: &mut State) {
    state.follow = !state.follow;
    state.play = None;
    if state.follow {
        state.jump(state.snapshot.lineage.last());
    }
    let words = match (state.follow, state.is_live()) {
        (true, true) => "following what is being recorded",
        (true, false) => "following, but nobody is recording this session now",
        (false, _) => "paused",
    };
    state.say(Tone::Plain, words);
}

/// The rest.
fn app(state: &mut State, command: Command) -> Vec<Effect> {
    match command.action {
        Action::CopyCommand | Action::CopyLine | Action::CopyPath => return copying::copy(state, command.action),
        Action::Enter => return enter(state),
        Action::Sql => state.layers.push(Layer::Prompt(Prompt::new(Purpose::Sql))),
        Action::CopyValue | Action::CopyDiff | Action::CopyKubectl => return copying::copy(state, command.action),
        Action::Export => state.layers.push(Layer::Prompt(Prompt::new(Purpose::Export))),
        Action::Pipe => state.layers.push(Layer::Prompt(Prompt::new(Purpose::Pipe))),
        Action::Help => state.layers.push(Layer::Help(ListState::default())),
        Action::Close if state.maximised => state.maximised = false,
        Action::Close | Action::Quit => return vec![Effect::Quit],
        Action::Interrupt if !is_busy(state) => return vec![Effect::Quit],
        Action::Cancel | Action::Interrupt => return cancel(state),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Redraw => return vec![Effect::Redraw],
        Action::Reload => return vec![Effect::Ask(Request::Reload)],
        _ => {}
    }
    Vec::new()
}

fn is_busy(state: &State) -> bool {
    let scans = state.search.running.is_some() || state.filtering.running.is_some() || state.run.is_some();
    scans || state.asking || !state.moves.is_empty() || state.play.is_some()
}

/// One thing at a time: what runs, then what is selected, looked for, and filtered by.
fn cancel(state: &mut State) -> Vec<Effect> {
    let waited = !state.moves.is_empty() || state.play.is_some();
    state.stay();
    state.play = None;
    if state.run.take().is_some() {
        state.say(Tone::Muted, "stopped");
        return vec![Effect::Stop(Target::Run)];
    }
    if state.asking {
        return state.stop_sql();
    }
    if state.selection.take().is_some() || waited {
        return Vec::new();
    }
    if state.search.filter.is_some() {
        return search::start(state, "");
    }
    filter::clear(state)
}

fn enter(state: &mut State) -> Vec<Effect> {
    let Some(kind) = state.focus.doc() else {
        state.look_at(Pane::Detail(state.near_detail()));
        return Vec::new();
    };
    let detail = &mut state.details[kind];
    let leaf = detail.here().is_some_and(|line| line.line.fold == 0);
    match detail.here().map(|line| line.kind) {
        Some(LineKind::Session(_)) => return state.open_session(),
        Some(LineKind::Tree) if leaf && state.look.blame => state.jump_to_writer(),
        kind => match kind.and_then(LineKind::target) {
            Some(to) => state.jump(to),
            None => detail.fold(Fold::Toggle),
        },
    }
    Vec::new()
}
