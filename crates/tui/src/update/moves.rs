//! Moving the cursor. Moves that need a reply from the worker are queued, so that keys are handled in order and none is
//! lost.

use crate::action::Action;
use crate::doc::{LineKind, Tone};
use crate::effect::Effect;
use crate::protocol::{Related, Request};
use crate::state::{Bitmap, Move, State};
use kuberewind_model::{Direction, MomentSpec, Seq, StepTarget};
use kuberewind_session::Ordinals;

/// The most queued moves.
const MAX_WAITING: usize = 64;

impl State {
    /// Moves the cursor to an operation; if the filter hides it, to the nearest visible one.
    pub(super) fn put(&mut self, to: Seq) {
        let to = self.timeline.index.clamped(to);
        let to = if self.is_hidden(to) { self.timeline.index.nearest(to) } else { to };
        if to < self.cursor {
            self.playback.follow = false;
        }
        self.cursor = to;
        self.pan_to_cursor();
        if self.index() >= self.timeline.index.len() {
            self.playback.unseen = 0;
        }
    }

    /// Moves the cursor and adds the old position to the jumps.
    pub(super) fn jump(&mut self, to: Seq) {
        let to = self.timeline.index.clamped(to);
        if to != self.cursor {
            self.navigation.jumps.leave(self.cursor);
        }
        if self.is_hidden(to) {
            let shows = [(Action::FilterSwitch, "shows everything")];
            self.say(Tone::Notice, self.hinted(&format!("{to} is hidden by the filter"), &shows));
        }
        self.put(to);
    }

    /// Queues a move and starts it if no other move is pending.
    pub(super) fn go(&mut self, to: Move) -> Vec<Effect> {
        let waiting = self.requests.moves.len();
        match (self.requests.moves.back_mut(), &to) {
            // The first move is already requested.
            (Some(Move::Step(direction, step_target, count)), Move::Step(way, on, more))
                if waiting > 1 && direction == way && step_target == on =>
            {
                *count = count.saturating_add(*more);
            }
            (Some(Move::By(rows)), Move::By(more)) => *rows = rows.saturating_add(*more),
            _ if waiting >= MAX_WAITING => {}
            _ => self.requests.moves.push_back(to),
        }
        if self.requests.awaited.is_some() { Vec::new() } else { self.go_on() }
    }

    /// Runs queued moves until one needs the worker.
    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        while let Some(next) = self.requests.moves.front().cloned() {
            let generation = self.next_generation();
            let from = self.cursor;
            let request = match next {
                Move::By(rows) => {
                    self.requests.moves.pop_front();
                    self.by_rows(rows);
                    continue;
                }
                Move::Step(direction, step_target, count) => {
                    if let Some(to) = self.leap(direction, &step_target, count) {
                        self.requests.moves.pop_front();
                        self.land(to, Some(&Move::Step(direction, step_target, count)));
                        continue;
                    }
                    // With a filter, one step at a time: hidden targets are skipped.
                    let count = if self.filtering.on { 1 } else { count };
                    Request::Step { from, direction, step_target, count, generation }
                }
                Move::Link(direction) => Request::Follow { at: from, direction, generation },
                Move::Related(to) => Request::Related { to, from, generation },
            };
            self.requests.awaited = Some(generation);
            return vec![Effect::Ask(request)];
        }
        Vec::new()
    }

    /// The target of a step if the complete matches of the filter contain it.
    fn leap(&self, direction: Direction, step_target: &StepTarget, count: u64) -> Option<Option<Seq>> {
        let lineage = &self.snapshot.lineage;
        let matched = self.timeline.index.matched().filter(|matched| matched.is_whole(lineage.len()))?;
        let bits: &Bitmap = match step_target {
            StepTarget::Operation => &matched.all,
            StepTarget::Write => &matched.writes,
            StepTarget::Error => &matched.errors,
            StepTarget::Reconcile => &matched.reconciles,
            _ => return None,
        };
        let ordinal = lineage.ordinal(self.cursor);
        let on_one = self.cursor >= lineage.first();
        let to = match direction {
            Direction::Forward => {
                let nth = bits.rank(ordinal + u64::from(on_one)).saturating_add(count.max(1) - 1);
                if bits.rank(ordinal + u64::from(on_one)) < bits.count() { bits.select(nth.min(bits.count() - 1)) } else { None }
            }
            Direction::Backward => {
                let before = if on_one { bits.rank(ordinal) } else { 0 };
                before.checked_sub(1).and_then(|last| bits.select(last.saturating_sub(count.max(1) - 1)))
            }
        };
        Some(to.map(|ordinal| lineage.nth(ordinal)))
    }

    /// Handles the reply to a move.
    pub(super) fn landed(&mut self, generation: u64, to: Option<Seq>) -> Vec<Effect> {
        if self.requests.awaited != Some(generation) {
            return Vec::new();
        }
        self.requests.awaited = None;
        let made = self.requests.moves.pop_front();
        if let (Some(to), Some(Move::Step(direction, step_target, count)), true) = (to, &made, self.filtering.on) {
            let hidden = self.is_hidden(to);
            if !hidden {
                self.requests.step_target = Some(to);
            }
            let left = count.saturating_sub(u64::from(!hidden));
            if left > 0 {
                let (direction, step_target) = (*direction, step_target.clone());
                self.requests.moves.push_front(Move::Step(direction, step_target.clone(), left));
                let generation = self.next_generation();
                self.requests.awaited = Some(generation);
                return vec![Effect::Ask(Request::Step { from: to, direction, step_target, count: 1, generation })];
            }
        }
        let to = self.requests.step_target.take().or(to);
        self.land(to, made.as_ref());
        self.go_on()
    }

    fn land(&mut self, to: Option<Seq>, made: Option<&Move>) {
        let words = match (to, made) {
            (Some(to), _) => return self.jump(to),
            (None, Some(Move::Link(Direction::Backward))) => "its cause is unknown".to_owned(),
            (None, Some(Move::Link(Direction::Forward))) => "it has no recorded effect".to_owned(),
            (None, Some(Move::Related(Related::Echo))) => "its counterpart was not recorded".to_owned(),
            (None, Some(Move::Related(Related::Refusal(_)))) => "nothing written meanwhile is recorded, and no retry".to_owned(),
            (None, Some(Move::Related(Related::Change(_, direction, field)))) => {
                let what = if field.is_empty() { "object".to_owned() } else { kuberewind_model::json::pointer::dotted(field) };
                format!("{what} does not change {} this", side(*direction))
            }
            (None, Some(Move::Related(Related::Nearest(_)))) => "no operation of this session has this object".to_owned(),
            (None, Some(Move::Step(direction, ..) | Move::Related(Related::Touching(_, direction, _)))) => {
                format!("there is none {} this one", side(*direction))
            }
            (None, _) => return,
        };
        self.say(Tone::Muted, words);
    }

    /// Goes to the moment that the user entered.
    pub(super) fn go_to(&mut self, spec: MomentSpec) -> Vec<Effect> {
        self.stay();
        let generation = self.next_generation();
        self.requests.awaited = Some(generation);
        vec![Effect::Ask(Request::GoTo { spec, cursor: self.cursor, generation })]
    }

    /// Cancels all queued moves.
    pub(super) fn stay(&mut self) {
        self.requests.moves.clear();
        self.requests.awaited = None;
        self.requests.step_target = None;
        self.search.awaited = None;
    }

    fn by_rows(&mut self, rows: i64) {
        if self.timeline.index.is_empty() && self.filtering.on {
            return self.say(Tone::Muted, self.hinted("the filter shows nothing", &[(Action::Cancel, "clears it")]));
        }
        let index = self.index().saturating_add_signed(rows).min(self.timeline.index.len());
        let to = self.timeline.index.moment(index);
        if to == self.cursor {
            self.say(Tone::Muted, if rows < 0 { "this is the start" } else { "this is the end" });
        }
        self.put(to);
    }
}

fn side(direction: Direction) -> &'static str {
    if direction == Direction::Forward { "after" } else { "before" }
}

/// The operation for jumps by object: the link at the selected line, else the cursor.
pub(super) fn operation_at_line(state: &State) -> Seq {
    let line = state.panes.focus.doc().and_then(|kind| state.details[kind].here());
    match line.map(|line| line.kind) {
        Some(LineKind::Link(to, _)) => to,
        _ => state.cursor,
    }
}

/// The JSON pointer of the line in the nearest document; '' if the line has none.
pub(super) fn field_at_line(state: &State) -> String {
    let detail = &state.details[state.near_detail()];
    detail.here().map_or_else(String::new, |line| line.line.path.to_string())
}
