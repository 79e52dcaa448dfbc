//! What the documents on the screen lack.

use crate::tui::draw::rows_of;
use crate::tui::effect::Effect;
use crate::tui::layout::{Layout, Pane};
use crate::tui::state::{Against, State};
use crate::tui::view::DocKind;
use crate::tui::worker::{Request, Wish};

impl State {
    /// What a document is to show now. It names only what the document depends on: what does not matter to it does
    /// not have it made anew.
    fn wish(&self, kind: DocKind) -> Wish {
        let against = if kind == DocKind::Diff { self.look.against } else { Against::Previous };
        Wish { kind, at: self.cursor, noise: self.noise, against }
    }
}

/// Brings the documents' windows to their lines, and asks for those that are not what they should be.
pub(super) fn docs(state: &mut State, layout: &Layout) -> Vec<Effect> {
    let mut effects = Vec::new();
    for kind in layout.docs() {
        state.details[kind].arrange(state.look.beside && kind == DocKind::Diff);
        if let Some(area) = layout.inner(Pane::Detail(kind)) {
            let mut detail = std::mem::take(&mut state.details[kind]);
            detail.show(area.h, |detail, at| rows_of(state, kind, detail, at, area.w));
            state.details[kind] = detail;
        }
        let wish = state.wish(kind);
        if state.details[kind].asked.as_ref() != Some(&wish) {
            let generation = state.next_generation();
            state.details[kind].asked = Some(wish.clone());
            effects.push(Effect::Ask(Request::Doc { wish, generation }));
        }
    }
    effects.extend(blame(state, layout));
    effects
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
    Some(Effect::Ask(Request::Blame { at: state.cursor, generation }))
}
