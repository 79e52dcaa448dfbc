//! Folds: groups of objects, loops in the timeline, and parts of documents.

use crate::state::{Fold, RowFold, State};
use crate::view::Pane;

pub(super) fn fold(state: &mut State, how: Fold) {
    let focus = state.panes.focus;
    match focus {
        Pane::Objects => match how {
            Fold::Open => state.objects.fold(true),
            Fold::Close => state.objects.fold(false),
            Fold::Toggle => state.objects.toggle(),
        },
        Pane::Timeline if fold_loop(state, how) => {}
        Pane::Timeline | Pane::Lanes | Pane::Detail(_) => {
            let near = state.near_detail();
            state.details[near].fold(how);
        }
    }
}

/// Folds the loop at the cursor, or opens the fold at the cursor. Returns false if there is neither: then the key folds the
/// nearest document.
fn fold_loop(state: &mut State, how: Fold) -> bool {
    let here = state.cursor;
    let folded = state.timeline.index.fold_of(here).is_some();
    if folded && how != Fold::Close {
        remember_view(state);
        state.timeline.index.unfold(here);
        return true;
    }
    let Some(found) = state.findings.loops.around(here).filter(|_| !folded && how != Fold::Open) else { return false };
    let fold = RowFold { first: found.first, last: found.last };
    remember_view(state);
    state.timeline.index.fold(fold);
    true
}

pub(super) fn open_all(state: &mut State) {
    if state.panes.focus == Pane::Timeline && !state.timeline.index.folds().is_empty() {
        remember_view(state);
        return state.timeline.index.set_folds(Vec::new());
    }
    all(state, true);
}

pub(super) fn close_all(state: &mut State) {
    if state.panes.focus == Pane::Timeline && !state.findings.loops.all().is_empty() {
        remember_view(state);
        let loops = state.findings.loops.all().iter();
        let folds: Vec<RowFold> = loops.map(|found| RowFold { first: found.first, last: found.last }).collect();
        return folds.into_iter().for_each(|fold| state.timeline.index.fold(fold));
    }
    all(state, false);
}

fn all(state: &mut State, open: bool) {
    if state.panes.focus == Pane::Objects {
        return state.objects.fold_all(open);
    }
    let near = state.near_detail();
    state.details[near].fold_all(open);
}

/// Makes the next change of the timeline undoable.
fn remember_view(state: &mut State) {
    let view = state.view_state();
    state.timeline.undo.push(view);
}
