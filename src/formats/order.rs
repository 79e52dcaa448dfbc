//! Putting what happened in order of time, however much it is.
//!
//! Records do not stand in order: an audit log is written by many threads (a seventh of the lines of a healthy one stand
//! behind a later one), the end of a watch names a beginning minutes back, and the logs of several API servers come one
//! after the other. A window of any size would have to be guessed. So it is an external sort, and what is sorted are
//! not the records, which may hold secrets and stay where they are, but 35 bytes for each thing that happened. Up to a
//! million of these are sorted in memory; beyond that, sorted runs go to a temporary file and are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use super::spool::Spool;
use kuberewind_model::Result;

/// How many are sorted in memory: some 50 MB.
const RUN: usize = 1 << 20;
/// How many of a run are held while merging.
const HELD: usize = 2_048;
/// Bytes of one.
const SIZE: usize = 35;

/// One thing that happened, and the record that tells it. Sorted by what stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    /// When, in nanoseconds since the epoch.
    pub(super) at: i64,
    /// What; of what happened at the same time the smaller comes first.
    pub(super) what: u8,
    /// The number of the record in the order of the files.
    pub(super) record: u64,
    /// Where the record is.
    pub(super) place: Place,
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The number of the file from 1; 0 is the temporary file.
    pub(super) file: u16,
    /// From where on.
    pub(super) offset: u64,
    /// How many bytes.
    pub(super) length: u64,
}

/// Collects parts, and gives them in order.
pub(super) struct Order {
    folder: PathBuf,
    run: Vec<Part>,
    most: usize,
    spilled: Option<Spool>,
    /// Offset and count of the runs in the file.
    runs: Vec<(u64, u64)>,
    count: u64,
}

impl Order {
    /// None yet; runs would go to a temporary file in `folder`.
    pub(super) fn new(folder: &Path) -> Order {
        Order::with_runs_of(folder, RUN)
    }

    fn with_runs_of(folder: &Path, most: usize) -> Order {
        Order { folder: folder.to_owned(), run: Vec::new(), most, spilled: None, runs: Vec::new(), count: 0 }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        self.count
    }

    /// Adds one.
    pub(super) fn push(&mut self, part: Part) -> Result<()> {
        self.count += 1;
        self.run.push(part);
        if self.run.len() >= self.most { self.spill() } else { Ok(()) }
    }

    /// All of them in order.
    pub(super) fn sorted(mut self) -> Result<Sorted> {
        if self.spilled.is_none() {
            self.run.sort_unstable();
            return Ok(Sorted::Memory(self.run.into_iter()));
        }
        if !self.run.is_empty() {
            self.spill()?;
        }
        let Some(file) = self.spilled else { return Ok(Sorted::Memory(Vec::new().into_iter())) };
        let mut merge = Merge { file, runs: Vec::new(), heap: BinaryHeap::new() };
        for (offset, count) in self.runs {
            merge.runs.push(Run { offset, left: count, held: Vec::new() });
            merge.refill(merge.runs.len() - 1)?;
        }
        Ok(Sorted::Merged(merge))
    }

    fn spill(&mut self) -> Result<()> {
        self.run.sort_unstable();
        let file = match &mut self.spilled {
            Some(file) => file,
            none => none.insert(Spool::new(&self.folder)?),
        };
        self.runs.push((file.len(), self.run.len() as u64));
        for part in self.run.drain(..) {
            file.append(&encode(&part))?;
        }
        Ok(())
    }
}

/// Parts in order.
pub(super) enum Sorted {
    Memory(std::vec::IntoIter<Part>),
    Merged(Merge),
}

impl Sorted {
    /// The next one.
    pub(super) fn next(&mut self) -> Result<Option<Part>> {
        match self {
            Sorted::Memory(parts) => Ok(parts.next()),
            Sorted::Merged(merge) => merge.next(),
        }
    }
}

/// Merges sorted runs.
pub(super) struct Merge {
    file: Spool,
    runs: Vec<Run>,
    heap: BinaryHeap<Reverse<(Part, usize)>>,
}

struct Run {
    offset: u64,
    left: u64,
    /// Those read, the next one last.
    held: Vec<Part>,
}

impl Merge {
    fn next(&mut self) -> Result<Option<Part>> {
        let Some(Reverse((part, run))) = self.heap.pop() else { return Ok(None) };
        self.refill(run)?;
        Ok(Some(part))
    }

    /// Puts a run's next part into the heap, read from the file where none is held.
    fn refill(&mut self, number: usize) -> Result<()> {
        let Some(run) = self.runs.get_mut(number) else { return Ok(()) };
        if run.held.is_empty() && run.left > 0 {
            let count = usize::try_from(run.left).unwrap_or(HELD).min(HELD);
            let mut bytes = vec![0; count * SIZE];
            self.file.read(run.offset, &mut bytes)?;
            run.held.extend(bytes.chunks_exact(SIZE).rev().map(decode));
            run.offset = run.offset.saturating_add(bytes.len() as u64);
            run.left = run.left.saturating_sub(count as u64);
        }
        if let Some(part) = run.held.pop() {
            self.heap.push(Reverse((part, number)));
        }
        Ok(())
    }
}

fn encode(part: &Part) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes[..8].copy_from_slice(&part.at.to_le_bytes());
    bytes[8] = part.what;
    bytes[9..17].copy_from_slice(&part.record.to_le_bytes());
    bytes[17..19].copy_from_slice(&part.place.file.to_le_bytes());
    bytes[19..27].copy_from_slice(&part.place.offset.to_le_bytes());
    bytes[27..].copy_from_slice(&part.place.length.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Part {
    let number = |from: usize| {
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[from..from + 8]);
        u64::from_le_bytes(number)
    };
    Part {
        at: number(0).cast_signed(),
        what: bytes[8],
        record: number(9),
        place: Place { file: u16::from_le_bytes([bytes[17], bytes[18]]), offset: number(19), length: number(27) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(at: i64, record: u64) -> Part {
        Part { at, what: u8::from(record.is_multiple_of(3)), record, place: Place { file: 7, offset: record * 11, length: 300 } }
    }

    fn all(order: Order) -> Vec<Part> {
        let mut sorted = order.sorted().unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn runs_on_disk_come_back_merged() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts: Vec<Part> =
            (0..9_999_u64).map(|number| part((number.wrapping_mul(2_654_435_761) % 5_000).cast_signed() - 700, number)).collect();
        let (mut small, mut whole) = (Order::with_runs_of(folder.path(), 100), Order::new(folder.path()));
        for part in &parts {
            small.push(*part).unwrap();
            whole.push(*part).unwrap();
        }
        parts.sort();
        assert_eq!((all(small), all(whole)), (parts.clone(), parts));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }
}
