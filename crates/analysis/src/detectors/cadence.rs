//! The regularity of repeated events.

use std::collections::VecDeque;

use crate::finding::millis;
use kuberewind_model::{Duration, Seq, Timestamp};

const MAX_GAPS: usize = 16;

/// The times of the latest events of a series.
#[derive(Debug, Clone, Default)]
pub(super) struct Cadence {
    pub count: u64,
    pub first: Seq,
    pub first_at: Timestamp,
    pub last: Seq,
    pub last_at: Timestamp,
    gaps: VecDeque<Duration>,
    seqs: VecDeque<Seq>,
}

impl Cadence {
    /// Records an event. Times that step back count as no time.
    pub fn record(&mut self, seq: Seq, at: Timestamp) {
        if self.count == 0 {
            (self.first, self.first_at) = (seq, at);
        } else {
            self.gaps.push_back(at.since(self.last_at));
            if self.gaps.len() > MAX_GAPS {
                self.gaps.pop_front();
            }
        }
        self.seqs.push_back(seq);
        if self.seqs.len() > MAX_GAPS {
            self.seqs.pop_front();
        }
        self.count += 1;
        (self.last, self.last_at) = (seq, at);
    }

    /// The latest operations.
    pub fn seqs(&self) -> impl Iterator<Item = Seq> + '_ {
        self.seqs.iter().copied()
    }

    /// The median of the latest gaps.
    pub fn median_gap(&self) -> Option<Duration> {
        let mut gaps: Vec<Duration> = self.gaps.iter().copied().collect();
        gaps.sort_unstable();
        gaps.get(gaps.len() / 2).copied()
    }

    /// True if the standard deviation of the latest gaps is at most `share` of their mean.
    pub fn is_regular(&self, share: f64) -> bool {
        is_regular(self.gaps.iter().copied(), share)
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
