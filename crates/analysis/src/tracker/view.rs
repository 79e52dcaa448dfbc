//! An actor's latest observations of one object.

use std::collections::VecDeque;

use kuberewind_model::{ActorId, Rank, Seq, Timestamp};

/// What an actor was shown of an object last.
#[derive(Debug, Clone)]
pub struct ObjectView {
    /// Who.
    pub actor: ActorId,
    /// The latest observations, oldest first.
    pub observations: VecDeque<(Seq, Rank)>,
    /// The latest by a list or a watch.
    pub delivered: Option<(Seq, Rank, Timestamp)>,
    /// The highest by a list or a watch.
    pub highest_delivered: Rank,
}

impl ObjectView {
    /// The highest rank shown by operation `seq`; `None` where that is not remembered.
    #[must_use]
    pub fn highest_by(&self, seq: Seq) -> Option<Rank> {
        self.observations.iter().filter(|(shown, _)| *shown <= seq).map(|(_, rank)| *rank).max()
    }
}
