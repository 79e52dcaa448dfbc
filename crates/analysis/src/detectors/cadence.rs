//! The regularity of repeated events.

use std::collections::VecDeque;

use crate::finding::millis;
use kuberewind_model::{Duration, Seq, Timestamp};

const MAX_GAPS: usize = 16;

/// The latest of a series of events, and the gaps between them.
#[derive(Debug, Clone, Default)]
pub(super) struct Cadence {
    /// How many.
    pub count: u64,
    /// The first one.
    pub first: Seq,
    /// When.
    pub first_at: Timestamp,
    /// The latest one.
    pub last: Seq,
    /// When.
    pub last_at: Timestamp,
    gaps: VecDeque<Duration>,
    seqs: VecDeque<Seq>,
}

impl Cadence {
    /// One more; times that run backwards count as no time.
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

    /// The latest operations of it.
    pub fn seqs(&self) -> impl Iterator<Item = Seq> + '_ {
        self.seqs.iter().copied()
    }

    /// The middle one of the latest gaps.
    pub fn median_gap(&self) -> Option<Duration> {
        let mut gaps: Vec<Duration> = self.gaps.iter().copied().collect();
        gaps.sort_unstable();
        gaps.get(gaps.len() / 2).copied()
    }

    /// Whether the latest gaps are alike: their standard deviation is at most `share` of their mean.
    pub fn is_regular(&self, share: f64) -> bool {
        is_regular(self.gaps.iter().copied(), share)
    }

    /// From the first to the latest.
    pub fn took(&self) -> Duration {
        self.last_at.since(self.first_at)
    }
}

/// Whether gaps are alike: their standard deviation is at most `share` of their mean. Of none or one it cannot be said.
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
