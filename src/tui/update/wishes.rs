//! What the documents on the screen lack.

use crate::tui::effect::Effect;
use crate::tui::layout::{Layout, Pane};
use crate::tui::state::State;
use crate::tui::view::DocKind;
use crate::tui::worker::{Request, Wish};

impl State {
    /// What a document is to show now. It names only what the document depends on: what does not matter to it does
    /// not have it made anew.
    fn wish(&self, kind: DocKind) -> Wish {
        Wish { kind, at: self.cursor, noise: self.noise }
    }
}

/// Brings the documents' windows to their lines, and asks for those that are not what they should be.
pub(super) fn docs(state: &mut State, layout: &Layout) -> Vec<Effect> {
    let mut effects = Vec::new();
    for kind in layout.docs() {
        if let Some(area) = layout.inner(Pane::Detail(kind)) {
            state.details[kind].show(area.h, |_, _| 1);
        }
        let wish = state.wish(kind);
        if state.details[kind].asked.as_ref() != Some(&wish) {
            let generation = state.next_generation();
            state.details[kind].asked = Some(wish.clone());
            effects.push(Effect::Ask(Request::Doc { wish, generation }));
        }
    }
    effects
}
