//! Scrolls the panes to the cursor and requests the data that the visible panes are missing.

use crate::draw::MINIMAP_MARGIN;
use crate::effect::Effect;
use crate::protocol::{Request, SlowRequest};
use crate::state::{DensityRequest, State};
use crate::view::Pane;
use kuberewind_session::Ordinals;

use super::{doc_requests, filter, lanes, picker, server, tree};

pub(super) fn settle(state: &mut State) -> Vec<Effect> {
    let layout = state.layout();
    state.timeline.index.set_lineage(&state.snapshot.lineage);
    let mut effects = filter::requests(state);
    effects.extend(picker::preview_request(state));
    let height = layout.inner(Pane::Timeline).map_or(1, |area| area.h);
    let index = state.index();
    state.timeline.show(index, height);
    let seqs = state.timeline.missing(height, state.cursor);
    if !seqs.is_empty() {
        effects.push(Effect::Ask(Request::Rows { seqs, logs: state.timeline.logs }));
    }
    let seqs = state.timeline.without_summary(height);
    if !seqs.is_empty() {
        let request = Request::Slow(state.snapshot.session.no, SlowRequest::Summaries { seqs });
        effects.push(Effect::Ask(request));
    }
    effects.extend(doc_requests::requests(state, &layout));
    effects.extend(tree::request(state, &layout));
    effects.extend(lanes::request(state, &layout));
    effects.extend(minimap(state, layout.minimap.w));
    effects.extend(server::follow(state));
    effects
}

/// Requests the counts of the minimap. In a short range, each operation takes several cells.
fn minimap(state: &mut State, width: u16) -> Option<Effect> {
    state.pan_to_cursor();
    let window = state.minimap_window();
    let cells = width.saturating_sub(MINIMAP_MARGIN);
    let buckets = u16::try_from(window.end - window.start).unwrap_or(u16::MAX).min(cells);
    let lineage = &state.snapshot.lineage;
    let range = (lineage.nth(window.start), lineage.nth(window.end.saturating_sub(1)));
    let wanted = Some(DensityRequest { buckets, range });
    if state.minimap.asked == wanted || buckets == 0 {
        return None;
    }
    state.minimap.asked = wanted;
    Some(Effect::Ask(Request::Minimap { buckets, range }))
}
