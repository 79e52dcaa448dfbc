use crate::state::{Purpose, State};

/// The most remembered lines of each prompt.
const MAX_LINES: usize = 100;

/// Adds a line to the history of a prompt.
pub(super) fn remember(state: &mut State, purpose: Purpose, line: String) {
    let lines = state.dialogs.history.entry(purpose).or_default();
    lines.retain(|old| *old != line);
    lines.push(line);
    let surplus = lines.len().saturating_sub(MAX_LINES);
    lines.drain(..surplus);
}
