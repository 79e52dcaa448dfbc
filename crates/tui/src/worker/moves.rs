//! Targets of steps.

use crate::protocol::{Reply, Snapshot};
use kuberewind_model::{Direction, MomentSpec, Result, Seq, StepTarget};

use super::Worker;
use super::error_text::error_text;

/// The largest count of a step.
const MAX_STEPS: u64 = 10_000;

impl Worker {
    /// The `count`th target from an operation; the last one if there are fewer; `None` if there is none.
    pub(super) fn step(&self, from: Seq, direction: Direction, step_target: &StepTarget, count: u64) -> Result<Option<Seq>> {
        let mut at = None;
        for _ in 0..count.clamp(1, MAX_STEPS) {
            let here = at.unwrap_or(from);
            match self.recording.source().step(self.recording.lineage(), here, direction, step_target)? {
                Some(next) => at = Some(next),
                None => break,
            }
        }
        Ok(at)
    }

    pub(super) fn go_to(&mut self, spec: &MomentSpec, cursor: Seq, generation: u64) -> Reply {
        self.recording.move_to(cursor);
        let refused = |error| Reply::Went { generation, to: Err(error_text(&error)), session: None, remark: None };
        let found = match self.recording.find(spec, true) {
            Ok(found) => found,
            Err(error) => return refused(error),
        };
        if found.session == self.recording.session().no {
            let remark = self.recording.beyond_end(&spec.at);
            return Reply::Went { generation, to: Ok(found.at), session: None, remark };
        }
        match self.switch(found.session) {
            Ok(snapshot) => {
                let remark = self.recording.beyond_end(&spec.at);
                Reply::Went { generation, to: Ok(found.at), session: Some(Box::new(snapshot)), remark }
            }
            Err(error) => refused(error),
        }
    }

    fn switch(&mut self, to: kuberewind_model::SessionNo) -> Result<Snapshot> {
        self.recording.look_at_number(to)?;
        self.snapshot()
    }
}
