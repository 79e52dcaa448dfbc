//! Swim lanes in text: who did how much when, or what was done to which object.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Names;
use crate::text::{fit, printable};
use kuberewind_model::{Operation, Timestamp};

/// Lanes that are drawn: the busiest.
const MOST: usize = 200;
/// Lanes that are counted.
const COUNTED: usize = 100_000;

/// What happened in one step of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Calls and watch events.
    pub all: u64,
    /// Of these, writes.
    pub writes: u64,
    /// Of these, those that failed.
    pub errors: u64,
}

/// Lanes of equal steps of time.
#[derive(Debug)]
pub struct Lanes {
    start: Timestamp,
    end: Timestamp,
    width: usize,
    by_object: bool,
    lanes: HashMap<String, Vec<Cell>>,
    left_out: u64,
}

impl Lanes {
    /// None yet, over a range of time.
    #[must_use]
    pub fn new(start: Timestamp, end: Timestamp, width: u16, by_object: bool) -> Lanes {
        Lanes { start, end, width: usize::from(width.max(1)), by_object, lanes: HashMap::new(), left_out: 0 }
    }

    /// Counts an operation.
    pub fn add(&mut self, names: &Names, operation: &Operation) {
        let lane = if self.by_object { names.target(operation) } else { names.actor(operation).to_owned() };
        if self.lanes.len() >= COUNTED && !self.lanes.contains_key(&lane) {
            self.left_out += 1;
            return;
        }
        let (done, whole) = (u128::from(operation.at.since(self.start).0), u128::from(self.end.since(self.start).0) + 1);
        let place = usize::try_from(done * self.width as u128 / whole).unwrap_or(usize::MAX).min(self.width - 1);
        let cell = &mut self.lanes.entry(lane).or_insert_with(|| vec![Cell::default(); self.width])[place];
        cell.all += 1;
        cell.writes += u64::from(operation.verb.is_write());
        cell.errors += u64::from(!operation.error.is_empty() || operation.status >= 400);
    }

    /// The busiest lanes, by name.
    fn sorted(&self) -> Vec<(&String, &Vec<Cell>)> {
        let total = |cells: &[Cell]| cells.iter().map(|cell| cell.all).sum::<u64>();
        let mut lanes: Vec<_> = self.lanes.iter().collect();
        lanes.sort_by(|one, other| total(other.1).cmp(&total(one.1)).then_with(|| one.0.cmp(other.0)));
        lanes.truncate(MOST);
        lanes.sort_by(|one, other| one.0.cmp(other.0));
        lanes
    }

    /// A line a lane: `.` reads and watch events, `w` writes, `!` errors; capitals and `:` for ten and more.
    #[must_use]
    pub fn text(&self) -> String {
        let lanes = self.sorted();
        let wide = lanes.iter().map(|(name, _)| crate::text::width(&printable(name))).max().unwrap_or(0).min(40);
        let mut out = format!("{}  {} steps of {}\n", fit("", wide), self.width, self.step());
        for (name, cells) in &lanes {
            let drawn: String = cells.iter().map(|cell| glyph(*cell)).collect();
            out.push_str(&format!("{}  {}\n", fit(&printable(name), wide), drawn.trim_end()));
        }
        let more = self.lanes.len().saturating_sub(lanes.len()) as u64;
        if more > 0 || self.left_out > 0 {
            out.push_str(&format!("and {more} lanes with less in them\n"));
        }
        out
    }

    fn step(&self) -> kuberewind_model::Duration {
        kuberewind_model::Duration(self.end.since(self.start).0 / self.width as u64)
    }

    /// The lanes as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let cell = |cell: &Cell| json!({"operations": cell.all, "writes": cell.writes, "errors": cell.errors});
        let lanes: Vec<Value> = self
            .sorted()
            .into_iter()
            .map(|(name, cells)| json!({"lane": name, "steps": cells.iter().map(cell).collect::<Vec<_>>()}))
            .collect();
        json!({"start": self.start.rfc3339(9), "end": self.end.rfc3339(9), "lanes": lanes})
    }
}

fn glyph(cell: Cell) -> char {
    match (cell.all, cell.writes, cell.errors) {
        (0, ..) => ' ',
        (_, _, 1..) => '!',
        (_, 10.., _) => 'W',
        (_, 1.., _) => 'w',
        (10.., ..) => ':',
        _ => '.',
    }
}
