//! Opening dialogs; searching.

use crate::effect::Effect;
use crate::state::{Layer, ListState, Prompt, Purpose, State};
use crate::update::{completion, search};
use kuberewind_model::Direction;

pub(super) fn prompt(state: &mut State, purpose: Purpose) {
    state.dialogs.layers.push(Layer::Prompt(Prompt::new(purpose)));
}

pub(super) fn edit_filter(state: &mut State) -> Vec<Effect> {
    let prompt = Prompt::with(Purpose::Filter, state.filtering.source().to_owned());
    state.dialogs.layers.push(Layer::Prompt(prompt));
    completion::request_vocabulary(state)
}

pub(super) fn bookmarks(state: &mut State) {
    state.dialogs.layers.push(Layer::Bookmarks(ListState::default()));
}

pub(super) fn help(state: &mut State) {
    state.dialogs.layers.push(Layer::Help(ListState::default()));
}

/// Opens the search prompt: of the focused document, or of the timeline.
pub(super) fn search(state: &mut State) {
    prompt(state, if state.panes.focus.doc().is_some() { Purpose::SearchHere } else { Purpose::Search });
}

/// Goes to the next match of the document's search, or of the timeline's search if the document has none.
pub(super) fn next_match(state: &mut State, direction: Direction) -> Vec<Effect> {
    if state.panes.focus.doc().is_some_and(|kind| !state.details[kind].pattern.is_empty()) {
        state.next_hit(direction == Direction::Forward);
        return Vec::new();
    }
    search::next(state, direction)
}
