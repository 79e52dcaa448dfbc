//! Lanes: which range is shown, by what, and who stands beside the cursor.

use std::sync::Arc;

use crate::tui::protocol::{LaneBy, Lanes, LanesRequest, MAX_LANES_RANGE, Mark};
use kuberewind_model::{Seq, SessionNo, Timestamp};

/// The lanes.
#[derive(Debug, Clone)]
pub struct LanesPane {
    /// What was asked last, of which session.
    pub asked: Option<(SessionNo, LanesRequest)>,
    /// The generation of the question that this answers.
    pub generation: u64,
    /// What is shown.
    pub shown: Option<Arc<Lanes>>,
    /// How many operations around the cursor.
    pub range: u64,
    /// What has a lane.
    pub by: LaneBy,
    /// The middle of what is shown while the mouse is at work in it: nothing moves away under the pointer.
    pub fixed_middle: Option<Seq>,
}

impl Default for LanesPane {
    fn default() -> LanesPane {
        LanesPane { asked: None, generation: 0, shown: None, range: 40, by: LaneBy::Actor, fixed_middle: None }
    }
}

impl LanesPane {
    /// Half the range, or twice.
    pub fn zoom(&mut self, closer: bool) {
        self.range = (if closer { self.range / 2 } else { self.range.saturating_mul(2) }).clamp(8, MAX_LANES_RANGE);
    }

    /// The operation of a number, if it is in the range.
    #[must_use]
    pub fn mark(&self, seq: Seq) -> Option<&Mark> {
        let lanes = self.shown.as_ref()?;
        lanes.marks.binary_search_by_key(&seq, |mark| mark.seq).ok().and_then(|at| lanes.marks.get(at))
    }

    /// The operation nearest to a moment in time; in a lane, if that has any.
    #[must_use]
    pub fn nearest(&self, at: Timestamp, lane: Option<usize>) -> Option<Seq> {
        let marks = &self.shown.as_ref()?.marks;
        let near = |mark: &&Mark| mark.at.0.abs_diff(at.0);
        let in_lane = marks.iter().filter(|mark| Some(mark.lane) == lane).min_by_key(near);
        in_lane.or_else(|| marks.iter().min_by_key(near)).map(|mark| mark.seq)
    }

    /// The next (previous) operation in the lane of this one.
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

    /// The operation in the lane below (above) that is nearest in time.
    #[must_use]
    pub fn in_adjacent_lane(&self, seq: Seq, below: bool) -> Option<Seq> {
        let here = *self.mark(seq)?;
        let lane = if below { here.lane.checked_add(1)? } else { here.lane.checked_sub(1)? };
        let in_lane = self.shown.as_ref()?.marks.iter().filter(|mark| mark.lane == lane);
        in_lane.min_by_key(|mark| (mark.at.0.abs_diff(here.at.0), mark.seq.0.abs_diff(seq.0))).map(|mark| mark.seq)
    }
}
