//! Bookmarks, and notes on operations. A note is what a bookmark says, so both are kept in one place and in one way.

use crate::tui::action::Action;
use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::protocol::Request;
use crate::tui::state::{Layer, Prompt, Purpose, State};
use kuberewind_model::{Bookmark, Result, Seq};

impl State {
    /// The name of a bookmark that nobody names: its operation's, which another session of the recording may have taken.
    fn generated_name(&self) -> String {
        let number = self.cursor.0;
        let free = |name: &String| self.snapshot.bookmarks.iter().all(|bookmark| bookmark.name != *name);
        let more = (2_u32..).map(|again| format!("op-{number}-{again}"));
        std::iter::once(format!("op-{number}")).chain(more).find(free).unwrap_or_default()
    }

    fn bookmark(&self, name: String, note: &str) -> Bookmark {
        let session = self.snapshot.session.no;
        Bookmark { name, session, at: self.cursor, note: note.to_owned(), created: self.playback.now }
    }
}

/// Sets a bookmark at the cursor, or removes the one that is there.
pub(super) fn toggle(state: &State) -> Vec<Effect> {
    let request = match state.bookmark_at(state.cursor) {
        Some(bookmark) => Request::RemoveBookmark(bookmark.name.clone()),
        None => Request::SetBookmark(state.bookmark(state.generated_name(), "")),
    };
    vec![Effect::Ask(request)]
}

/// To the next or the previous bookmark.
pub(super) fn step(state: &mut State, forward: bool) {
    let here = state.cursor;
    let to = if forward { state.bookmarked().find(|at| *at > here) } else { state.bookmarked().rfind(|at| *at < here) };
    match to {
        Some(to) => state.jump(to),
        None => state.say(Tone::Muted, state.hinted("there is no further bookmark", &[(Action::Bookmark, "sets one")])),
    }
}

/// A name, and after a blank what is to be said.
pub(super) fn named(state: &State, line: &str) -> Result<Vec<Effect>> {
    let (name, note) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    Bookmark::check_name(name)?;
    Ok(vec![Effect::Ask(Request::SetBookmark(state.bookmark(name.to_owned(), note.trim())))])
}

/// Asks what is to be said of the operation at the cursor; what was said of it stands in the line.
pub(super) fn edit(state: &mut State) {
    if state.cursor < state.snapshot.lineage.first() || state.snapshot.lineage.is_empty() {
        return state.say(Tone::Muted, "there is no operation here to say something of");
    }
    let note = state.bookmark_at(state.cursor).map_or_else(String::new, |bookmark| bookmark.note.clone());
    state.dialogs.layers.push(Layer::Prompt(Prompt::with(Purpose::Note, note)));
}

/// Says it. An empty line takes back what was said, and the bookmark too where it only carried the note.
pub(super) fn set(state: &State, line: &str) -> Vec<Effect> {
    let request = match state.bookmark_at(state.cursor) {
        None if line.is_empty() => return Vec::new(),
        None => Request::SetBookmark(state.bookmark(state.generated_name(), line)),
        Some(bookmark) if line.is_empty() && is_generated(&bookmark.name, state.cursor) => {
            Request::RemoveBookmark(bookmark.name.clone())
        }
        Some(bookmark) => Request::SetBookmark(Bookmark { note: line.to_owned(), ..bookmark.clone() }),
    };
    vec![Effect::Ask(request)]
}

/// Whether a bookmark of an operation has the name that [`State::generated_name`] gives: nobody chose it.
fn is_generated(name: &str, at: Seq) -> bool {
    let again = name.strip_prefix(&format!("op-{}", at.0));
    again.is_some_and(|again| again.is_empty() || again.strip_prefix('-').is_some_and(|count| count.parse::<u32>().is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_somebody_chose_is_told_from_one_that_nobody_did() {
        let own = |name| is_generated(name, Seq(12));
        assert!(own("op-12") && own("op-12-2"));
        assert!(!own("op-123") && !own("op-12-again") && !own("op-1") && !own("stuck"));
    }
}
