//! The Lanes pane in words.

use crate::state::State;
use kuberewind_model::Seq;
use kuberewind_text::{clean, counted_len};

/// Returns the counts of each lane, then the causes and effects of the current operation.
pub(super) fn lines(state: &State) -> Vec<String> {
    let Some(lanes) = &state.lanes.shown else { return vec!["not loaded yet".to_owned()] };
    let mut lines = Vec::with_capacity(lanes.names.len() + lanes.arrows.len());
    for (lane, name) in lanes.names.iter().enumerate() {
        let marks: Vec<_> = lanes.marks.iter().filter(|mark| mark.lane == lane).collect();
        let count = |holds: &dyn Fn(Seq) -> bool| marks.iter().filter(|mark| holds(mark.seq)).count();
        let failed = marks.iter().filter(|mark| mark.failed).count();
        let writes = marks.iter().filter(|mark| mark.verb.is_write()).count();
        let before = count(&|seq| seq < state.cursor);
        let reconciles = lanes.bars.iter().filter(|bar| bar.lane == lane).count();
        lines.push(format!(
            "{}: {}, {before} of them before the cursor, {}, {failed} failed, {}",
            clean(name),
            counted_len(marks.len(), "operation"),
            counted_len(writes, "write"),
            counted_len(reconciles, "reconcile")
        ));
    }
    lines.extend(lanes.arrows.iter().map(|arrow| format!("{} led to {} ({})", arrow.from, arrow.to, arrow.certainty.as_str())));
    lines
}
