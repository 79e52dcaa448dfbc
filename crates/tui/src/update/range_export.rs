//! Copying, exporting or piping a range of operations. Its rows are requested first, because most of them are not loaded.

use crate::doc::Tone;
use crate::effect::Effect;
use crate::export::Content;
use crate::protocol::SlowRequest;
use crate::row::Row;
use crate::state::{ExportTarget, RangeExport, State};
use crate::view::Pane;
use kuberewind_text::grouped;

/// The most operations in a range.
const MAX_ROWS: usize = 10_000;
/// Above this number, a message reports that the rows are being read.
const MANY: usize = 1_000;

/// Requests the rows of the selected range; `None` if no range is selected.
pub(super) fn start(state: &mut State, target: ExportTarget) -> Option<Vec<Effect>> {
    let anchor = state.timeline.selection.filter(|_| state.panes.focus == Pane::Timeline)?;
    // A fold is included as a whole.
    let ends = [anchor, state.cursor].map(|at| state.timeline.index.fold_of(at).map_or((at, at), |fold| (fold.first, fold.last)));
    let (first, last) = (ends[0].0.min(ends[1].0), ends[0].1.max(ends[1].1));
    let (seqs, total) = state.timeline.index.between(first, last, MAX_ROWS);
    if seqs.is_empty() {
        state.say(Tone::Muted, "there is no operation in the range");
        return Some(Vec::new());
    }
    if seqs.len() > MANY {
        state.say(Tone::Muted, format!("reading {} operations", grouped(count(seqs.len()))));
    }
    let left = total.saturating_sub(count(seqs.len()));
    let generation = state.next_generation();
    state.timeline.range_export = Some(RangeExport { generation, target, left });
    Some(vec![state.slow_request(SlowRequest::Range { seqs, generation })])
}

/// Handles the rows.
pub(super) fn read(state: &mut State, generation: u64, rows: Vec<Row>) -> Vec<Effect> {
    let Some(export) = state.timeline.range_export.take_if(|export| export.generation == generation) else { return Vec::new() };
    let content = Content::Rows { rows, left: export.left };
    vec![match export.target {
        ExportTarget::Copy => Effect::Copy { remark: content.remark(), text: content.text(0).trim_end().to_owned() },
        ExportTarget::Export(path) => Effect::Export { path, content: Some(content) },
        ExportTarget::Pipe(command) => Effect::Pipe { command, text: content.input() },
    }]
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
