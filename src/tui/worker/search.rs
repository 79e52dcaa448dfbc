//! Searching the rows, a piece at a time: between two pieces the worker answers what has become more urgent.

use crate::model::{Direction, Result, Seq};
use crate::session::Ordinals;

use super::{Answer, Request, Worker, words};

/// Rows that are looked through at a time.
const PIECE: u64 = 1_024;

/// A search on its way through the lineage, once around.
#[derive(Debug, Clone)]
pub struct Scan {
    pattern: String,
    direction: Direction,
    generation: u64,
    /// The place that is looked at next.
    next: u64,
    /// How many places were looked at.
    done: u64,
    wrapped: bool,
}

impl Worker {
    /// Begins a search.
    #[must_use]
    pub fn scan(&self, request: Request) -> Option<Scan> {
        let Request::Search { pattern, from, direction, generation } = request else { return None };
        let lineage = self.recording.lineage();
        let (len, here) = (lineage.len(), lineage.ordinal(from));
        let on_one = lineage.session_of(from).is_some();
        let (next, wrapped) = match direction {
            Direction::Forward if here + u64::from(on_one) >= len => (0, true),
            Direction::Forward => (here + u64::from(on_one), false),
            Direction::Backward if here == 0 => (len.saturating_sub(1), true),
            Direction::Backward => (here - 1, false),
        };
        Some(Scan { pattern, direction, generation, next, done: 0, wrapped })
    }

    /// Looks through the next piece.
    pub fn scan_on(&mut self, scan: &mut Scan) -> Answer {
        match self.piece(scan) {
            Ok(answer) => answer,
            Err(error) => Answer::Failed(words(&error)),
        }
    }

    fn piece(&mut self, scan: &mut Scan) -> Result<Answer> {
        let len = self.recording.lineage().len();
        if scan.done >= len {
            return Ok(Answer::Found { generation: scan.generation, to: None, wrapped: scan.wrapped });
        }
        let (from, to) = match scan.direction {
            Direction::Forward => (scan.next, (scan.next + PIECE).min(len) - 1),
            Direction::Backward => (scan.next.saturating_sub(PIECE - 1), scan.next),
        };
        if let Some(found) = self.first_match(scan, from, to)? {
            return Ok(Answer::Found { generation: scan.generation, to: Some(found), wrapped: scan.wrapped });
        }
        scan.done += to - from + 1;
        match scan.direction {
            Direction::Forward if to + 1 >= len => (scan.next, scan.wrapped) = (0, true),
            Direction::Forward => scan.next = to + 1,
            Direction::Backward if from == 0 => (scan.next, scan.wrapped) = (len - 1, true),
            Direction::Backward => scan.next = from - 1,
        }
        let percent = u8::try_from(u128::from(scan.done.min(len)) * 100 / u128::from(len)).unwrap_or(100);
        Ok(Answer::Searching { generation: scan.generation, percent })
    }

    fn first_match(&mut self, scan: &Scan, from: u64, to: u64) -> Result<Option<Seq>> {
        let mut rows = self.rows_between(from, to)?;
        if scan.direction == Direction::Backward {
            rows.reverse();
        }
        Ok(rows.iter().find(|row| row.haystack().contains(&scan.pattern)).map(|row| row.seq))
    }
}
