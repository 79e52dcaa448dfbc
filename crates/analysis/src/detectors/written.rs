//! What a write changed, for detectors of endless writes.

use std::collections::VecDeque;

use super::cadence::is_regular;
use crate::hash::pair;
use crate::tracker::TrackedVersion;
use kuberewind_model::Duration;

/// A reaction that comes later than this may be due to a clock.
const LATE: Duration = Duration(150_000_000);
/// Standard deviation of the gaps of a clock, relative to their mean.
const JITTER: f64 = 0.1;

/// The changed paths: the non-volatile ones if there are any, else the volatile ones. Empty if the write changed more than two
/// non-volatile fields, or if its changes are unknown.
pub(super) fn changed_paths(state: &TrackedVersion) -> Vec<u64> {
    let Some(changes) = &state.changes else { return Vec::new() };
    let all_volatile = state.is_volatile_only();
    let mut paths: Vec<u64> =
        changes.iter().filter(|change| all_volatile || !change.volatile).map(|change| change.path).collect();
    paths.sort_unstable();
    if all_volatile || paths.len() <= 2 { paths } else { Vec::new() }
}

/// A hash of the written values.
pub(super) fn values(state: &TrackedVersion) -> u64 {
    let changes = state.changes.iter().flat_map(|changes| changes.iter()).filter(|change| !change.volatile);
    changes.fold(0, |sum, change| sum.wrapping_add(pair(change.path, change.after)))
}

/// True if a number changed, for example a counter.
pub(super) fn counts(state: &TrackedVersion) -> bool {
    state.changes.iter().flat_map(|changes| changes.iter()).any(|change| change.numbers)
}

/// True if writes follow a clock rather than the deliveries: their starts are regular, and they come late after the delivery.
pub(super) fn follows_clock(gaps: &VecDeque<Duration>, reactions: &VecDeque<Duration>) -> bool {
    let mut reactions: Vec<Duration> = reactions.iter().copied().collect();
    reactions.sort_unstable();
    let late = reactions.get(reactions.len() / 2).is_some_and(|median| *median >= LATE);
    late && is_regular(gaps.iter().copied(), JITTER)
}
