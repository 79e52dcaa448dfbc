//! Moving the cursor. What needs the recording is asked for and waits its turn, so that no key is lost and none comes
//! out of order.

use crate::model::{Direction, Lineage, Seq};
use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::state::{Move, State, index_of, moment_of};
use crate::tui::worker::Request;

/// The most moves that wait.
const MAX_WAITING: usize = 64;

impl State {
    /// The row of the cursor.
    #[must_use]
    pub fn index(&self) -> u64 {
        index_of(&self.snapshot.lineage, self.cursor)
    }

    /// Puts the cursor somewhere, as it is.
    pub(super) fn put(&mut self, to: Seq) {
        let lineage: &Lineage = &self.snapshot.lineage;
        let to = moment_of(lineage, index_of(lineage, to));
        if to < self.cursor {
            self.follow = false;
        }
        self.cursor = to;
        if self.cursor == lineage.last() {
            self.unseen = 0;
        }
    }

    /// Puts the cursor somewhere and remembers where it was.
    pub(super) fn jump(&mut self, to: Seq) {
        if to != self.cursor {
            self.jumps.leave(self.cursor);
        }
        self.put(to);
    }

    /// Moves, now or after the moves that wait.
    pub(super) fn go(&mut self, wish: Move) -> Vec<Effect> {
        let waiting = self.moves.len();
        match (self.moves.back_mut(), &wish) {
            // The first of them is on its way already.
            (Some(Move::Step(direction, landing, count)), Move::Step(to, on, more))
                if waiting > 1 && direction == to && landing == on =>
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
                Move::Step(direction, landing, count) => Request::Step { from, direction, landing, count, generation },
                Move::Link(direction) => Request::Follow { at: from, direction, generation },
            };
            self.awaited = Some(generation);
            return vec![Effect::Ask(request)];
        }
        Vec::new()
    }

    /// The answer to the move that was on its way.
    pub(super) fn landed(&mut self, generation: u64, to: Option<Seq>) -> Vec<Effect> {
        if self.awaited != Some(generation) {
            return Vec::new();
        }
        self.awaited = None;
        let made = self.moves.pop_front();
        match (to, made) {
            (Some(to), _) => self.jump(to),
            (None, Some(Move::Link(Direction::Backward))) => self.say(Tone::Muted, "its cause is not known"),
            (None, Some(Move::Link(Direction::Forward))) => self.say(Tone::Muted, "it led to nothing that was recorded"),
            (None, Some(Move::Step(direction, ..))) => {
                let where_to = if direction == Direction::Forward { "after" } else { "before" };
                self.say(Tone::Muted, format!("there is none {where_to} this one"));
            }
            (None, _) => {}
        }
        self.go_on()
    }

    /// Gives up what waits.
    pub(super) fn stay(&mut self) {
        self.moves.clear();
        self.awaited = None;
    }

    fn by_rows(&mut self, rows: i64) {
        let lineage = &self.snapshot.lineage;
        let index = index_of(lineage, self.cursor).saturating_add_signed(rows).min(lineage.len());
        let to = moment_of(lineage, index);
        if to == self.cursor {
            self.say(Tone::Muted, if rows < 0 { "this is the start" } else { "this is the end" });
        }
        self.put(to);
    }
}
