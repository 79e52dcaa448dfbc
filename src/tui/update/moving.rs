//! Moving the cursor. What needs the recording is asked for and waits its turn, so that no key is lost and none comes
//! out of order.

use crate::session::Ordinals;
use crate::tui::action::Action;
use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::state::{Bitmap, Move, State};
use crate::tui::worker::{Hop, Request};
use kuberewind_model::{Direction, Seq, StepTarget};

/// The most moves that wait.
const MAX_WAITING: usize = 64;

impl State {
    /// The row of the cursor.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.timeline.index.index_of(self.cursor)
    }

    /// Whether the filter hides an operation. Where it has not looked yet, it hides nothing.
    #[must_use]
    pub fn is_hidden(&self, seq: Seq) -> bool {
        let Some(matched) = self.timeline.index.matched() else { return false };
        let lineage = &self.snapshot.lineage;
        seq >= lineage.first()
            && lineage.session_of(seq).is_some()
            && matched.covered.contains(&lineage.ordinal(seq))
            && !self.timeline.index.lets_through(seq)
    }

    /// Puts the cursor somewhere, as it is; where the filter hides that, on the nearest operation that is shown.
    pub(super) fn put(&mut self, to: Seq) {
        let to = self.timeline.index.clamped(to);
        let to = if self.is_hidden(to) { self.timeline.index.nearest(to) } else { to };
        if to < self.cursor {
            self.follow = false;
        }
        self.cursor = to;
        self.pan_to_cursor();
        if self.index() >= self.timeline.index.len() {
            self.unseen = 0;
        }
    }

    /// Puts the cursor somewhere and remembers where it was.
    pub(super) fn jump(&mut self, to: Seq) {
        let to = self.timeline.index.clamped(to);
        if to != self.cursor {
            self.jumps.leave(self.cursor);
        }
        if self.is_hidden(to) {
            let shows = [(Action::FilterSwitch, "shows everything")];
            self.say(Tone::Notice, self.hinted(&format!("{to} is hidden by the filter"), &shows));
        }
        self.put(to);
    }

    /// Moves, now or after the moves that wait.
    pub(super) fn go(&mut self, wish: Move) -> Vec<Effect> {
        let waiting = self.moves.len();
        match (self.moves.back_mut(), &wish) {
            // The first of them is on its way already.
            (Some(Move::Step(direction, step_target, count)), Move::Step(to, on, more))
                if waiting > 1 && direction == to && step_target == on =>
            {
                *count = count.saturating_add(*more);
            }
            (Some(Move::By(rows)), Move::By(more)) => *rows = rows.saturating_add(*more),
            _ if waiting >= MAX_WAITING => {}
            _ => self.moves.push_back(wish),
        }
        if self.awaited.is_some() { Vec::new() } else { self.go_on() }
    }

    /// Takes the next moves until one needs the recording.
    pub(super) fn go_on(&mut self) -> Vec<Effect> {
        while let Some(next) = self.moves.front().cloned() {
            let generation = self.next_generation();
            let from = self.cursor;
            let request = match next {
                Move::By(rows) => {
                    self.moves.pop_front();
                    self.by_rows(rows);
                    continue;
                }
                Move::Step(direction, step_target, count) => {
                    if let Some(to) = self.leap(direction, &step_target, count) {
                        self.moves.pop_front();
                        self.land(to, Some(&Move::Step(direction, step_target, count)));
                        continue;
                    }
                    // Under a filter one at a time: what it hides is passed over.
                    let count = if self.filtering.on { 1 } else { count };
                    Request::Step { from, direction, step_target, count, generation }
                }
                Move::Link(direction) => Request::Follow { at: from, direction, generation },
                Move::Hop(hop) => Request::Move { hop, from, generation },
            };
            self.awaited = Some(generation);
            return vec![Effect::Ask(request)];
        }
        Vec::new()
    }

    /// Where a step lands among what a filter shows, as far as the filter itself knows.
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
        let place = lineage.ordinal(self.cursor);
        let on_one = self.cursor >= lineage.first();
        let to = match direction {
            Direction::Forward => {
                let nth = bits.rank(place + u64::from(on_one)).saturating_add(count.max(1) - 1);
                if bits.rank(place + u64::from(on_one)) < bits.count() { bits.select(nth.min(bits.count() - 1)) } else { None }
            }
            Direction::Backward => {
                let before = if on_one { bits.rank(place) } else { 0 };
                before.checked_sub(1).and_then(|last| bits.select(last.saturating_sub(count.max(1) - 1)))
            }
        };
        Some(to.map(|place| lineage.nth(place)))
    }

    /// The answer to the move that was on its way.
    pub(super) fn landed(&mut self, generation: u64, to: Option<Seq>) -> Vec<Effect> {
        if self.awaited != Some(generation) {
            return Vec::new();
        }
        self.awaited = None;
        let made = self.moves.pop_front();
        if let (Some(to), Some(Move::Step(direction, step_target, count)), true) = (to, &made, self.filtering.on) {
            let hidden = self.is_hidden(to);
            if !hidden {
                self.step_target = Some(to);
            }
            let left = count.saturating_sub(u64::from(!hidden));
            if left > 0 {
                let (direction, step_target) = (*direction, step_target.clone());
                self.moves.push_front(Move::Step(direction, step_target.clone(), left));
                let generation = self.next_generation();
                self.awaited = Some(generation);
                return vec![Effect::Ask(Request::Step { from: to, direction, step_target, count: 1, generation })];
            }
        }
        let to = self.step_target.take().or(to);
        self.land(to, made.as_ref());
        self.go_on()
    }

    fn land(&mut self, to: Option<Seq>, made: Option<&Move>) {
        let words = match (to, made) {
            (Some(to), _) => return self.jump(to),
            (None, Some(Move::Link(Direction::Backward))) => "its cause is not known".to_owned(),
            (None, Some(Move::Link(Direction::Forward))) => "it led to nothing that was recorded".to_owned(),
            (None, Some(Move::Hop(Hop::Echo))) => "the other half of it was not recorded".to_owned(),
            (None, Some(Move::Hop(Hop::Change(_, direction, field)))) => {
                let what = if field.is_empty() { "object".to_owned() } else { kuberewind_model::json::pointer::dotted(field) };
                format!("{what} does not change {} this", side(*direction))
            }
            (None, Some(Move::Hop(Hop::Nearest(_)))) => "no operation of this session is about it".to_owned(),
            (None, Some(Move::Step(direction, ..) | Move::Hop(Hop::Touching(_, direction, _)))) => {
                format!("there is none {} this one", side(*direction))
            }
            (None, _) => return,
        };
        self.say(Tone::Muted, words);
    }

    /// Gives up what waits.
    pub(super) fn stay(&mut self) {
        self.moves.clear();
        self.awaited = None;
        self.step_target = None;
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
