//! Swim lanes as text: operations over time, by actor or by object.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::operation::Names;
use kuberewind_model::{Operation, Timestamp};
use kuberewind_text::{fit, printable, width};

/// The most lanes that are printed. The busiest are.
const MAX_PRINTED: usize = 200;
/// The most lanes that are counted.
const MAX_LANES: usize = 100_000;

/// The counts of one lane in one time step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    /// Calls and watch events.
    operations: u64,
    writes: u64,
    errors: u64,
}

/// The operations of a time range, counted by lane and time step.
#[derive(Debug)]
pub struct Lanes {
    start: Timestamp,
    end: Timestamp,
    width: usize,
    by_object: bool,
    lanes: HashMap<String, Vec<Cell>>,
    /// Operations in lanes beyond [`MAX_LANES`].
    left_out: u64,
}

impl Lanes {
    /// Creates empty lanes of `width` time steps.
    #[must_use]
    pub fn new(start: Timestamp, end: Timestamp, width: u16, by_object: bool) -> Lanes {
        Lanes { start, end, width: usize::from(width.max(1)), by_object, lanes: HashMap::new(), left_out: 0 }
    }

    /// Counts an operation.
    pub fn add(&mut self, names: &Names, operation: &Operation) {
        let lane = if self.by_object { names.target(operation) } else { names.actor(operation).to_owned() };
        if self.lanes.len() >= MAX_LANES && !self.lanes.contains_key(&lane) {
            self.left_out += 1;
            return;
        }
        let (offset, length) = (u128::from(operation.at.since(self.start).0), u128::from(self.end.since(self.start).0) + 1);
        let step = usize::try_from(offset * self.width as u128 / length).unwrap_or(usize::MAX).min(self.width - 1);
        let cell = &mut self.lanes.entry(lane).or_insert_with(|| vec![Cell::default(); self.width])[step];
        cell.operations += 1;
        cell.writes += u64::from(operation.verb.is_write());
        cell.errors += u64::from(!operation.error.is_empty() || operation.status >= 400);
    }

    /// Returns the busiest lanes, sorted by name.
    fn sorted(&self) -> Vec<(&String, &Vec<Cell>)> {
        let total = |cells: &[Cell]| cells.iter().map(|cell| cell.operations).sum::<u64>();
        let mut lanes: Vec<_> = self.lanes.iter().collect();
        lanes.sort_by(|one, other| total(other.1).cmp(&total(one.1)).then_with(|| one.0.cmp(other.0)));
        lanes.truncate(MAX_PRINTED);
        lanes.sort_by(|one, other| one.0.cmp(other.0));
        lanes
    }

    /// Formats one line per lane with a character per time step: `.` for reads and watch events, `w` for writes, `!` for errors,
    /// and `:` or `W` for ten and more.
    #[must_use]
    pub fn text(&self) -> String {
        let lanes = self.sorted();
        let name_width = lanes.iter().map(|(name, _)| width(&printable(name))).max().unwrap_or(0).min(40);
        let mut out = format!("{}  {} steps of {}\n", fit("", name_width), self.width, self.step());
        for (name, cells) in &lanes {
            let signs: String = cells.iter().map(|cell| sign(*cell)).collect();
            out.push_str(&format!("{}  {}\n", fit(&printable(name), name_width), signs.trim_end()));
        }
        let more = self.lanes.len().saturating_sub(lanes.len()) as u64;
        if more > 0 || self.left_out > 0 {
            out.push_str(&format!("and {more} lanes with fewer operations\n"));
        }
        out
    }

    fn step(&self) -> kuberewind_model::Duration {
        kuberewind_model::Duration(self.end.since(self.start).0 / self.width as u64)
    }

    /// Returns the lanes as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let cell = |cell: &Cell| json!({"operations": cell.operations, "writes": cell.writes, "errors": cell.errors});
        let lanes: Vec<Value> = self
            .sorted()
            .into_iter()
            .map(|(name, cells)| json!({"lane": name, "steps": cells.iter().map(cell).collect::<Vec<_>>()}))
            .collect();
        json!({"start": self.start.rfc3339(9), "end": self.end.rfc3339(9), "lanes": lanes})
    }
}

fn sign(cell: Cell) -> char {
    match (cell.operations, cell.writes, cell.errors) {
        (0, ..) => ' ',
        (_, _, 1..) => '!',
        (_, 10.., _) => 'W',
        (_, 1.., _) => 'w',
        (10.., ..) => ':',
        _ => '.',
    }
}
