//! The regularity of repeated events.

use crate::finding::millis;
use kuberewind_model::{Duration, Seq, Timestamp};

const MAX_GAPS: usize = 16;

/// The times of the latest events of a series. Most calls start or extend a series, so nothing here is on the heap.
#[derive(Debug, Clone, Default)]
pub(super) struct Cadence {
    pub count: u64,
    pub first_at: Timestamp,
    pub last: Seq,
    pub last_at: Timestamp,
    /// Rings of the latest gaps and events.
    gaps: [Duration; MAX_GAPS],
    seqs: [Seq; MAX_GAPS],
}

/// The length of the rings.
const RING: u64 = 16;

/// The place of the event with this number, from 0, in a ring.
fn place(number: u64) -> usize {
    usize::try_from(number % RING).unwrap_or(0)
}

impl Cadence {
    /// Records an event. Times that step back count as no time.
    pub fn record(&mut self, seq: Seq, at: Timestamp) {
        if self.count == 0 {
            self.first_at = at;
        } else {
            self.gaps[place(self.count - 1)] = at.since(self.last_at);
        }
        self.seqs[place(self.count)] = seq;
        self.count += 1;
        (self.last, self.last_at) = (seq, at);
    }

    /// The latest operations.
    pub fn seqs(&self) -> impl Iterator<Item = Seq> + '_ {
        (self.count.saturating_sub(RING)..self.count).map(|number| self.seqs[place(number)])
    }

    fn gaps(&self) -> &[Duration] {
        let known = usize::try_from(self.count.saturating_sub(1)).unwrap_or(usize::MAX);
        &self.gaps[..known.min(MAX_GAPS)]
    }

    /// The median of the latest gaps.
    pub fn median_gap(&self) -> Option<Duration> {
        let mut gaps = self.gaps;
        let known = self.gaps().len();
        let gaps = &mut gaps[..known];
        (known > 0).then(|| *gaps.select_nth_unstable(known / 2).1)
    }

    /// True if the standard deviation of the latest gaps is at most `share` of their mean.
    pub fn is_regular(&self, share: f64) -> bool {
        is_regular(self.gaps().iter().copied(), share)
    }

    /// The time from the first to the latest event.
    pub fn took(&self) -> Duration {
        self.last_at.since(self.first_at)
    }
}

/// True if the standard deviation of the gaps is at most `share` of their mean. False for fewer than two gaps.
pub(super) fn is_regular(gaps: impl Iterator<Item = Duration>, share: f64) -> bool {
    let gaps: Vec<f64> = gaps.map(millis).collect();
    let Ok(count) = u32::try_from(gaps.len()) else { return false };
    if count < 2 {
        return false;
    }
    let mean = gaps.iter().sum::<f64>() / f64::from(count);
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / f64::from(count);
    mean > 0.0 && variance.sqrt() <= share * mean
}
