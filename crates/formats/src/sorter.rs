//! Sorts the parts of records by time in bounded memory.
//!
//! Records are not in order: many threads write an audit log (a seventh of the lines of a healthy one come after a later
//! one), the end of a watch names a start minutes back, and the logs of several API servers follow each other. No window of
//! fixed size would do, so this is an external sort. It does not sort the records, which may hold secrets and stay where they
//! are, but 37 bytes for each part. Up to a million parts are sorted in memory; beyond that, sorted runs go to a temporary
//! file and are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use super::temp_file::TempFile;
use kuberewind_model::Result;

/// Parts sorted in memory: about 50 MB.
const RUN_LENGTH: usize = 1 << 20;
/// Buffered parts per run while merging.
const MERGE_BUFFER: usize = 2_048;
/// Bytes per part.
const ENCODED_LEN: usize = 37;

/// One part of a record, ordered by its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimedPart {
    /// Nanoseconds since the epoch.
    pub(super) at: i64,
    /// The reader's number for the part. At the same time, the smaller one comes first.
    pub(super) stage: u8,
    /// The number of the record over all files.
    pub(super) record: u64,
    pub(super) location: RecordLocation,
}

/// The location of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RecordLocation {
    /// The number of the file from 1; 0 for the temporary file.
    pub(super) file: u32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Collects parts and returns them in order.
pub(super) struct Sorter {
    folder: PathBuf,
    run: Vec<TimedPart>,
    run_length: usize,
    spilled: Option<TempFile>,
    /// Offset and count of each run in the file.
    runs: Vec<(u64, u64)>,
    count: u64,
}

impl Sorter {
    /// An empty sorter whose temporary file is in `folder`.
    pub(super) fn new(folder: &Path) -> Sorter {
        Sorter::with_run_length(folder, RUN_LENGTH)
    }

    fn with_run_length(folder: &Path, run_length: usize) -> Sorter {
        Sorter { folder: folder.to_owned(), run: Vec::new(), run_length, spilled: None, runs: Vec::new(), count: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.count
    }

    pub(super) fn push(&mut self, part: TimedPart) -> Result<()> {
        self.count += 1;
        self.run.push(part);
        if self.run.len() >= self.run_length { self.spill() } else { Ok(()) }
    }

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
            merge.runs.push(Run { offset, left: count, buffer: Vec::new() });
            merge.refill(merge.runs.len() - 1)?;
        }
        Ok(Sorted::Merged(merge))
    }

    fn spill(&mut self) -> Result<()> {
        self.run.sort_unstable();
        let file = match &mut self.spilled {
            Some(file) => file,
            none => none.insert(TempFile::new(&self.folder)?),
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
    Memory(std::vec::IntoIter<TimedPart>),
    Merged(Merge),
}

impl Sorted {
    pub(super) fn next(&mut self) -> Result<Option<TimedPart>> {
        match self {
            Sorted::Memory(parts) => Ok(parts.next()),
            Sorted::Merged(merge) => merge.next(),
        }
    }
}

/// Merges sorted runs.
pub(super) struct Merge {
    file: TempFile,
    runs: Vec<Run>,
    heap: BinaryHeap<Reverse<(TimedPart, usize)>>,
}

struct Run {
    offset: u64,
    left: u64,
    /// Parts read from the file, the next one last.
    buffer: Vec<TimedPart>,
}

impl Merge {
    fn next(&mut self) -> Result<Option<TimedPart>> {
        let Some(Reverse((part, run))) = self.heap.pop() else { return Ok(None) };
        self.refill(run)?;
        Ok(Some(part))
    }

    /// Puts a run's next part into the heap.
    fn refill(&mut self, number: usize) -> Result<()> {
        let Some(run) = self.runs.get_mut(number) else { return Ok(()) };
        if run.buffer.is_empty() && run.left > 0 {
            let count = usize::try_from(run.left).unwrap_or(MERGE_BUFFER).min(MERGE_BUFFER);
            let mut bytes = vec![0; count * ENCODED_LEN];
            self.file.read(run.offset, &mut bytes)?;
            run.buffer.extend(bytes.chunks_exact(ENCODED_LEN).rev().map(decode));
            run.offset = run.offset.saturating_add(bytes.len() as u64);
            run.left = run.left.saturating_sub(count as u64);
        }
        if let Some(part) = run.buffer.pop() {
            self.heap.push(Reverse((part, number)));
        }
        Ok(())
    }
}

fn encode(part: &TimedPart) -> [u8; ENCODED_LEN] {
    let mut bytes = [0; ENCODED_LEN];
    bytes[..8].copy_from_slice(&part.at.to_le_bytes());
    bytes[8] = part.stage;
    bytes[9..17].copy_from_slice(&part.record.to_le_bytes());
    bytes[17..21].copy_from_slice(&part.location.file.to_le_bytes());
    bytes[21..29].copy_from_slice(&part.location.offset.to_le_bytes());
    bytes[29..].copy_from_slice(&part.location.length.to_le_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> TimedPart {
    let number = |from: usize| {
        let mut number = [0; 8];
        number.copy_from_slice(&bytes[from..from + 8]);
        u64::from_le_bytes(number)
    };
    TimedPart {
        at: number(0).cast_signed(),
        stage: bytes[8],
        record: number(9),
        location: RecordLocation {
            file: u32::from_le_bytes([bytes[17], bytes[18], bytes[19], bytes[20]]),
            offset: number(21),
            length: number(29),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(at: i64, record: u64) -> TimedPart {
        TimedPart {
            at,
            stage: u8::from(record.is_multiple_of(3)),
            record,
            location: RecordLocation { file: 7, offset: record * 11, length: 300 },
        }
    }

    fn all(sorter: Sorter) -> Vec<TimedPart> {
        let mut sorted = sorter.sorted().unwrap();
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn runs_on_disk_are_merged() {
        let folder = tempfile::tempdir().unwrap();
        let mut parts: Vec<TimedPart> =
            (0..9_999_u64).map(|number| part((number.wrapping_mul(2_654_435_761) % 5_000).cast_signed() - 700, number)).collect();
        let (mut small, mut whole) = (Sorter::with_run_length(folder.path(), 100), Sorter::new(folder.path()));
        for part in &parts {
            small.push(*part).unwrap();
            whole.push(*part).unwrap();
        }
        parts.sort();
        assert_eq!((all(small), all(whole)), (parts.clone(), parts));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }
}
