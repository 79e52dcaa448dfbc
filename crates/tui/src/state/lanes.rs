//! The lanes pane.

use std::sync::Arc;

use crate::protocol::{LaneBy, Lanes, LanesRequest, MAX_LANES_RANGE, Mark};
use kuberewind_model::{Seq, SessionNo, Timestamp};

#[derive(Debug, Clone)]
pub struct LanesPane {
    /// The last request and its session.
    pub asked: Option<(SessionNo, LanesRequest)>,
    /// The generation of the last reply.
    pub generation: u64,
    pub shown: Option<Arc<Lanes>>,
    /// The number of operations around the cursor.
    pub range: u64,
    pub by: LaneBy,
    /// Keeps the range fixed while the mouse is used in it.
    pub fixed_middle: Option<Seq>,
}

impl Default for LanesPane {
    fn default() -> LanesPane {
        LanesPane { asked: None, generation: 0, shown: None, range: 40, by: LaneBy::Actor, fixed_middle: None }
    }
}

impl LanesPane {
    /// Halves or doubles the range.
    pub fn zoom(&mut self, closer: bool) {
        self.range = (if closer { self.range / 2 } else { self.range.saturating_mul(2) }).clamp(8, MAX_LANES_RANGE);
    }

    #[must_use]
    pub fn mark(&self, seq: Seq) -> Option<&Mark> {
        let lanes = self.shown.as_ref()?;
        lanes.marks.binary_search_by_key(&seq, |mark| mark.seq).ok().and_then(|at| lanes.marks.get(at))
    }

    /// The operation nearest to a time: in a lane, if it has operations.
    #[must_use]
    pub fn nearest(&self, at: Timestamp, lane: Option<usize>) -> Option<Seq> {
        let marks = &self.shown.as_ref()?.marks;
        let near = |mark: &&Mark| mark.at.0.abs_diff(at.0);
        let in_lane = marks.iter().filter(|mark| Some(mark.lane) == lane).min_by_key(near);
        in_lane.or_else(|| marks.iter().min_by_key(near)).map(|mark| mark.seq)
    }

    /// The next or previous operation in the same lane.
    #[must_use]
    pub fn next_in_lane(&self, seq: Seq, forward: bool) -> Option<Seq> {
        let lane = self.mark(seq)?.lane;
        let marks = &self.shown.as_ref()?.marks;
        let of_lane = |mark: &&Mark| mark.lane == lane;
        let found = if forward {
            marks.iter().filter(of_lane).find(|mark| mark.seq > seq)
        } else {
            marks.iter().rev().filter(of_lane).find(|mark| mark.seq < seq)
        };
        found.map(|mark| mark.seq)
    }

    /// The operation in the lane below or above that is nearest in time.
    #[must_use]
    pub fn in_adjacent_lane(&self, seq: Seq, below: bool) -> Option<Seq> {
        let here = *self.mark(seq)?;
        let lane = if below { here.lane.checked_add(1)? } else { here.lane.checked_sub(1)? };
        let in_lane = self.shown.as_ref()?.marks.iter().filter(|mark| mark.lane == lane);
        in_lane.min_by_key(|mark| (mark.at.0.abs_diff(here.at.0), mark.seq.0.abs_diff(seq.0))).map(|mark| mark.seq)
    }
}
