//! The time that a writer takes from a delivery to its write, where that is always the same.
//!
//! A reconcile that waits reads its cache, then waits, then writes. From outside only the pause is visible: a steady one shows which
//! delivery a write answers, and that it had probably not read later ones.

use crate::lru::Lru;
use kuberewind_model::{ActorId, Duration};

/// Shorter reactions leave no time for other changes.
const SHORTEST: Duration = Duration(100_000_000);
/// Writes with the same reaction time before it counts as steady.
const WANTED: u32 = 3;
/// Two reaction times are the same if they differ by less than this part.
const SAME: u64 = 20;

#[derive(Debug, Default)]
pub(super) struct SteadyReactions(Lru<ActorId, Reaction, 4_096>);

#[derive(Debug, Clone, Copy, Default)]
struct Reaction {
    time: Duration,
    writes: u32,
}

impl SteadyReactions {
    /// Adds a write by the times since the deliveries of its object, the shortest first. Returns the reaction time that this and
    /// earlier writes share.
    pub(super) fn wrote(&mut self, actor: ActorId, since: &[Duration]) -> Option<Duration> {
        let reaction = self.0.entry(actor, Reaction::default);
        let same = |since: &&Duration| since.0.abs_diff(reaction.time.0) <= reaction.time.0 / SAME;
        if let Some(since) = since.iter().find(same).filter(|_| reaction.writes > 0) {
            reaction.time = *since;
            reaction.writes = reaction.writes.saturating_add(1);
        } else {
            *reaction = Reaction { time: since.first().copied().unwrap_or_default(), writes: u32::from(!since.is_empty()) };
        }
        (reaction.writes > WANTED && reaction.time >= SHORTEST).then_some(reaction.time)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::SteadyReactions;
    use kuberewind_model::{ActorId, Duration};

    #[test]
    fn a_pause_is_steady_after_three_writes() {
        let mut reactions = SteadyReactions::default();
        let mut wrote = |millis: &[u64]| {
            let since: Vec<Duration> = millis.iter().map(|millis| Duration::from_millis(*millis)).collect();
            reactions.wrote(ActorId(1), &since).map(|time| time.0 / 1_000_000)
        };
        assert_eq!([wrote(&[304]), wrote(&[303, 371]), wrote(&[306])], [None, None, None]);
        assert_eq!(wrote(&[66, 304]), Some(304), "the write answers the earlier delivery");
        assert_eq!([wrote(&[4]), wrote(&[5]), wrote(&[5]), wrote(&[5])], [None; 4], "a prompt writer reads what it overwrites");
    }
}
