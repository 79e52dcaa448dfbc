//! What the documents on the screen lack.

use crate::tui::draw::rows_of;
use crate::tui::effect::Effect;
use crate::tui::layout::{Layout, Pane};
use crate::tui::state::{Findings, State};
use crate::tui::view::DocKind;
use crate::tui::worker::{Beside, Request, Wish};

impl State {
    /// What a document is to show now; `None` for one that is made here. It names only what the document depends on:
    /// what does not matter to it does not have it made anew.
    fn wish(&self, kind: DocKind) -> Option<Wish> {
        let plain = Wish::plain(kind, self.cursor);
        match kind {
            DocKind::Diff => Some(Wish { noise: self.noise, against: self.look.against, lists: self.look.lists, ..plain }),
            DocKind::State => Some(Wish { noise: self.noise, ..plain }),
            DocKind::Why | DocKind::Raw => Some(plain),
            DocKind::Logs => Some(Wish { at: self.log_block(), noise: self.noise, ..plain }),
            DocKind::Sessions => {
                Some(Wish { at: self.snapshot.lineage.last(), order: self.order_of(Pane::Detail(kind)), ..plain })
            }
            DocKind::Findings | DocKind::Sql => None,
        }
    }
}

/// Brings the documents' windows to their lines, and asks for those that are not what they should be.
pub(super) fn docs(state: &mut State, layout: &Layout) -> Vec<Effect> {
    let mut effects = Vec::new();
    for kind in layout.docs() {
        state.details[kind].arrange(state.look.beside && kind == DocKind::Diff);
        if kind == DocKind::Logs {
            state.log_line_at_cursor();
        }
        if let Some(area) = layout.inner(Pane::Detail(kind)) {
            let mut detail = std::mem::take(&mut state.details[kind]);
            detail.show(area.h, |detail, at| rows_of(state, kind, detail, at, area.w));
            state.details[kind] = detail;
        }
        let Some(wish) = state.wish(kind) else {
            made_here(state, kind);
            continue;
        };
        if state.details[kind].asked.as_ref() != Some(&wish) {
            let generation = state.next_generation();
            state.details[kind].asked = Some(wish.clone());
            effects.push(Effect::Ask(Request::Doc { wish, generation }));
        }
    }
    effects.extend(blame(state, layout));
    effects.extend(findings(state));
    effects
}

/// Pages that need nothing of the recording.
fn made_here(state: &mut State, kind: DocKind) {
    if kind == DocKind::Findings {
        state.renew_findings_page();
    } else if state.details[kind].doc.is_none() {
        state.explain_sql();
    }
}

/// The writers of the lines, where they are asked for and lines are shown.
fn blame(state: &mut State, layout: &Layout) -> Option<Effect> {
    let shown = layout.docs().any(|kind| matches!(kind, DocKind::Diff | DocKind::State));
    let wanted = shown && (state.look.blame || state.blame.jump.is_some());
    if !wanted || state.blame.asked == Some(state.cursor) {
        return None;
    }
    state.blame.asked = Some(state.cursor);
    let generation = state.next_generation();
    Some(beside(state, Beside::Blame { at: state.cursor, generation }))
}

/// What the detectors find, whenever there is more to look at.
fn findings(state: &mut State) -> Option<Effect> {
    let (session, last) = (state.snapshot.session.no, state.snapshot.lineage.last());
    if state.snapshot.lineage.is_empty() || state.findings.asked == Some((session, last)) {
        return None;
    }
    if state.findings.asked.is_none_or(|(asked, _)| asked != session) {
        state.findings = Findings::default();
    }
    state.findings.asked = Some((session, last));
    Some(beside(state, Beside::Findings))
}

/// A question about this session for those who answer what takes time.
pub(super) fn beside(state: &State, question: Beside) -> Effect {
    Effect::Ask(Request::Beside(state.snapshot.session.no, question))
}
