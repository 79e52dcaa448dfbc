//! Recurrence of an object's normalised state.

use std::collections::BTreeSet;

use crate::normalise::Section;
use crate::tracker::{TrackedObject, TrackedVersion, VersionAuthor};
use kuberewind_model::{Certainty, Duration};

/// The number of periods required.
pub(super) const PERIODS: usize = 3;
const MAX_PERIOD: usize = 12;

/// The latest versions of an object that repeat.
pub(super) struct Cycle<'a> {
    /// Distinct states per round.
    pub period: usize,
    /// The versions of the last three rounds, oldest first, without those that changed nothing.
    pub states: Vec<&'a TrackedVersion>,
}

/// Finds the shortest period that the latest versions repeat three times.
pub(super) fn find(object: &TrackedObject) -> Option<Cycle<'_>> {
    let latest = object.latest()?.norm?;
    // Fast path: most new states did not occur before.
    if object.history.iter().filter(|state| state.norm == Some(latest)).count() < PERIODS {
        return None;
    }
    let mut states: Vec<&TrackedVersion> = Vec::new();
    for state in object.history.iter().rev() {
        if state.norm.is_none() || state.gone {
            break;
        }
        // Of a run of equal states, the oldest made the change.
        match states.last_mut() {
            Some(later) if later.norm == state.norm => *later = state,
            _ => states.push(state),
        }
    }
    states.reverse();
    let count = states.len();
    let period = (2..=MAX_PERIOD).take_while(|period| period * PERIODS <= count).find(|period| {
        states[count - period * PERIODS..].windows(period + 1).all(|window| window[0].norm == window[*period].norm)
    })?;
    states.drain(..count - period * PERIODS);
    Some(Cycle { period, states })
}

impl<'a> Cycle<'a> {
    /// The versions whose changes belong to the cycle: all but the first, which was reached from outside.
    pub fn moves(&self) -> impl Iterator<Item = &'a TrackedVersion> + '_ {
        self.states.iter().skip(1).copied()
    }

    pub fn authors(&self) -> Vec<&'a VersionAuthor> {
        let mut authors: Vec<&VersionAuthor> = Vec::new();
        for author in self.moves().filter_map(|state| state.author.as_ref()) {
            if !authors.iter().any(|known| known.actor == author.actor) {
                authors.push(author);
            }
        }
        authors
    }

    /// True if the author of every change is known. The last one's response may still be outstanding.
    pub fn authors_are_known(&self) -> bool {
        let unknown = self.moves().filter(|state| state.author.is_none()).count();
        let last_is_unknown = self.states.last().is_some_and(|state| state.author.is_none());
        unknown == usize::from(last_is_unknown)
    }

    /// True if only the status changes, and no generation.
    pub fn is_of_status(&self) -> bool {
        let changes = self.moves().filter_map(|state| state.changes.as_ref()).flat_map(|changes| changes.iter());
        let generations: BTreeSet<_> = self.states.iter().map(|state| state.generation).collect();
        generations.len() <= 1 && changes.filter(|change| !change.volatile).all(|change| change.section == Section::Status)
    }

    /// The changed fields as JSON pointers, at most 8.
    pub fn fields(&self, object: &TrackedObject) -> Vec<String> {
        let mut paths: Vec<u64> = Vec::new();
        for change in self.moves().filter_map(|state| state.changes.as_ref()).flat_map(|changes| changes.iter()) {
            if !change.volatile && !paths.contains(&change.path) && paths.len() < 8 {
                paths.push(change.path);
            }
        }
        let mut fields: Vec<String> = paths.into_iter().filter_map(|path| object.pointer(path)).collect();
        fields.sort();
        fields
    }

    /// The lowest certainty of the authors.
    pub fn certainty(&self) -> Certainty {
        let authors = self.moves().filter_map(|state| state.author.as_ref()).map(|author| author.certainty);
        authors.min().unwrap_or(Certainty::Likely)
    }

    /// The mean duration of the last two rounds.
    pub fn round(&self) -> Duration {
        let Some(last) = self.states.last() else { return Duration::default() };
        let before = self.states.len().checked_sub(1 + 2 * self.period).and_then(|place| self.states.get(place));
        before.map_or(Duration::default(), |before| Duration(last.at.since(before.at).0 / 2))
    }
}
