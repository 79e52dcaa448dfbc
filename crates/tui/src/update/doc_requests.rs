//! Requests the documents that are visible and outdated.

use crate::draw::rows_of;
use crate::effect::Effect;
use crate::layout::Layout;
use crate::protocol::{DocRequest, Request, SlowRequest};
use crate::state::{Findings, State};
use crate::view::{DocKind, Pane};

impl State {
    /// The request for a document; `None` for a document that is built from the state. It contains only the options on which
    /// the document depends, so that no other option causes a new request.
    fn doc_request(&self, kind: DocKind) -> Option<DocRequest> {
        let plain = DocRequest::plain(kind, self.cursor);
        let options = &self.details.options;
        match kind {
            DocKind::Diff => Some(DocRequest { noise: options.noise, base: options.base, lists: options.lists, ..plain }),
            DocKind::State => Some(DocRequest { noise: options.noise, ..plain }),
            DocKind::Why | DocKind::Raw => Some(plain),
            DocKind::Logs => Some(DocRequest { at: self.log_block(), noise: options.noise, ..plain }),
            DocKind::Sessions => {
                Some(DocRequest { at: self.snapshot.lineage.last(), order: self.order_of(Pane::Detail(kind)), ..plain })
            }
            DocKind::Findings | DocKind::Sql => None,
        }
    }

    /// A request to a slow worker about the current session.
    pub(super) fn slow_request(&self, request: SlowRequest) -> Effect {
        Effect::Ask(Request::Slow(self.snapshot.session.no, request))
    }
}

/// Scrolls the visible documents to their lines and requests the outdated ones.
pub(super) fn requests(state: &mut State, layout: &Layout) -> Vec<Effect> {
    let mut effects = Vec::new();
    for kind in layout.docs() {
        let side_by_side = state.details.options.side_by_side && kind == DocKind::Diff;
        state.details[kind].arrange(side_by_side);
        if kind == DocKind::Logs {
            state.log_line_at_cursor();
        }
        if let Some(area) = layout.inner(Pane::Detail(kind)) {
            let mut detail = std::mem::take(&mut state.details[kind]);
            detail.show(area.h, |detail, at| rows_of(state, kind, detail, at, area.w));
            state.details[kind] = detail;
        }
        let Some(request) = state.doc_request(kind) else {
            build_page(state, kind);
            continue;
        };
        if state.details[kind].asked.as_ref() != Some(&request) {
            let generation = state.next_generation();
            state.details[kind].asked = Some(request.clone());
            effects.push(Effect::Ask(Request::Doc { request, generation }));
        }
    }
    effects.extend(authors(state, layout));
    effects.extend(findings(state));
    effects
}

/// Builds a page that needs no data from the recording.
fn build_page(state: &mut State, kind: DocKind) {
    if kind == DocKind::Findings {
        state.renew_findings_page();
    } else if state.details[kind].doc.is_none() {
        state.explain_sql();
    }
}

/// Requests the authors of the lines if they are visible, or if a jump to an author waits for them.
fn authors(state: &mut State, layout: &Layout) -> Option<Effect> {
    let shown = layout.docs().any(|kind| matches!(kind, DocKind::Diff | DocKind::State));
    let wanted = shown && (state.details.options.authors || state.details.authors.jump.is_some());
    if !wanted || state.details.authors.asked == Some(state.cursor) {
        return None;
    }
    state.details.authors.asked = Some(state.cursor);
    let generation = state.next_generation();
    Some(state.slow_request(SlowRequest::Authors { at: state.cursor, generation }))
}

/// Requests the findings whenever the session has grown.
fn findings(state: &mut State) -> Option<Effect> {
    let (session, last) = (state.snapshot.session.no, state.snapshot.lineage.last());
    if state.snapshot.lineage.is_empty() || state.findings.asked == Some((session, last)) {
        return None;
    }
    if state.findings.asked.is_none_or(|(asked, _)| asked != session) {
        state.findings = Findings::default();
    }
    state.findings.asked = Some((session, last));
    Some(state.slow_request(SlowRequest::Findings))
}
