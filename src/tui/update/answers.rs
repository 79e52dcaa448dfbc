//! What the worker found becomes part of the state. What answers an older question than is shown is dropped.

use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::state::{Asked, Layer, State};
use crate::tui::worker::{Answer, Snapshot, Target};
use kuberewind_model::SessionState;

use super::{command, filter, search, taking};

pub(super) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Rows(rows) => state.timeline.take(rows),
        Answer::Range { generation, rows } => return taking::read(state, generation, rows),
        Answer::Doc { kind, generation, doc } => {
            // On the way through many moments the ones between are shown too, but never an older one after a newer.
            if generation > state.details[kind].generation {
                state.details[kind].take(doc, generation);
            }
        }
        Answer::Blame { generation, found } => return state.blamed(generation, found),
        Answer::Findings { session, end, found } => {
            state.take_findings(session, end, found);
            filter::found(state);
        }
        Answer::Forest { generation, forest } => state.take_forest(generation, *forest),
        Answer::Lanes { generation, lanes } => state.take_lanes(generation, lanes),
        Answer::Sql { generation, doc } => state.take_rows(generation, doc),
        Answer::Minimap { buckets, range, density } => {
            if state.minimap.asked == Some(Asked { buckets, range }) || state.minimap.density.is_empty() {
                state.minimap.density = density;
            }
        }
        Answer::Moved { generation, to } => return state.landed(generation, to),
        Answer::Went { generation, to, session } => return went(state, generation, to, session),
        Answer::Scanning { target, generation, percent } => filter::progress(state, target, generation, percent),
        Answer::Matched { target: Target::Filter, generation, matches, percent } => {
            filter::matched(state, generation, &matches, percent);
        }
        Answer::Matched { generation, matches, percent, .. } => search::matched(state, generation, &matches, percent),
        Answer::NotScanned { target, generation, words } => filter::failed(state, target, generation, words),
        Answer::Ran { generation, to, said } => command::ran(state, generation, to, said),
        Answer::Words(words) => state.words = words,
        Answer::Objects { generation, found, total } => {
            // Only what was typed last counts.
            if let Some(Layer::Picker(picker)) = state.layers.last_mut().filter(|_| generation == state.generation) {
                picker.take(&found, total);
            }
        }
        Answer::Preview { object, lines } => {
            if let Some(Layer::Picker(picker)) = state.layers.last_mut()
                && let Some((of, shown)) = &mut picker.preview
                && *of == object
            {
                *shown = lines;
            }
        }
        Answer::Snapshot(snapshot) => grown(state, *snapshot),
        Answer::Bookmarks { bookmarks, said } => {
            state.snapshot.bookmarks = bookmarks;
            state.say(Tone::Plain, said);
        }
        Answer::Failed(words) => {
            state.stay();
            (state.run, state.asking) = (None, false);
            state.say(Tone::Bad, words);
        }
    }
    Vec::new()
}

fn went(
    state: &mut State,
    generation: u64,
    to: Result<kuberewind_model::Seq, String>,
    session: Option<Box<Snapshot>>,
) -> Vec<Effect> {
    // The worker looks at the other session from now on, so the state follows, whatever was asked since.
    if let Some(snapshot) = session {
        state.jumps = Default::default();
        state.marks.clear();
        state.snapshot = *snapshot;
        another(state);
        state.details.ask_again();
        state.minimap.asked = None;
    }
    if state.awaited == Some(generation) {
        state.awaited = None;
        match to {
            Ok(to) => state.jump(to),
            Err(words) => state.say(Tone::Notice, words),
        }
    }
    state.put(state.cursor);
    state.go_on()
}

/// The numbers mean other operations now: everything that was found is looked for again.
fn another(state: &mut State) {
    state.timeline.forget();
    state.timeline.index.set_lineage(&state.snapshot.lineage);
    state.timeline.index.set_folds(Vec::new());
    state.minimap.zoom = None;
    state.minimap.asked = None;
    (state.loops, state.findings) = Default::default();
    (state.selection, state.taking) = (None, None);
    filter::forget(state);
    search::forget(state);
}

fn grown(state: &mut State, snapshot: Snapshot) {
    let before = state.snapshot.lineage.len();
    let shrunk = snapshot.lineage.first() != state.snapshot.lineage.first() || snapshot.lineage.len() < before;
    let new = snapshot.lineage.len().saturating_sub(before);
    let was_live = state.is_live();
    if snapshot.id != state.snapshot.id {
        // Another recording lies where this one was: what pointed into it points nowhere.
        state.marks.clear();
        state.jumps = Default::default();
        state.details = Default::default();
        state.minimap = Default::default();
        state.say(Tone::Notice, "this is another recording");
    }
    state.snapshot = snapshot;
    state.timeline.index.set_lineage(&state.snapshot.lineage);
    if shrunk || new == 0 {
        // Read anew, or old segments were dropped: the places of the rows are others.
        another(state);
        state.details.ask_again();
    }
    if state.follow {
        state.put(state.snapshot.lineage.last());
        state.unseen = 0;
    } else {
        // Under a filter only what passes is news; its scan tells.
        state.unseen = state.unseen.saturating_add(if state.filtering.on { 0 } else { new });
        state.put(state.cursor);
    }
    if was_live && !state.is_live() {
        state.follow = false;
        let crashed = state.snapshot.session.state == SessionState::Crashed;
        state.say(
            Tone::Notice,
            if crashed { "the session has ended uncleanly: who recorded it is gone" } else { "the session has ended" },
        );
    }
}
