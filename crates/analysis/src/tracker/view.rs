//! The latest observations of one object by an actor, or by a process whose watches serve its controllers.

use std::collections::VecDeque;

use kuberewind_model::{ActorId, Rank, Seq, Timestamp};

/// The latest observations of one object by an actor or a process.
#[derive(Debug, Clone)]
pub struct ObjectView {
    /// The receiver of the watch events.
    pub receiver: ActorId,
    /// The actors that have written the object and are served by these watches.
    pub members: Vec<ActorId>,
    /// The latest observations, oldest first.
    pub observations: VecDeque<(Seq, Rank)>,
    /// The latest observation by a list or a watch.
    pub delivered: Option<(Seq, Rank, Timestamp)>,
    /// The highest rank observed by a list or a watch.
    pub highest_delivered: Rank,
}

impl ObjectView {
    /// The highest rank observed up to operation `seq`. `None` if that is not kept.
    #[must_use]
    pub fn highest_by(&self, seq: Seq) -> Option<Rank> {
        self.observations.iter().filter(|(shown, _)| *shown <= seq).map(|(_, rank)| *rank).max()
    }
}
