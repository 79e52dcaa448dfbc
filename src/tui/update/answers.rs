//! What the worker found becomes part of the state. What answers an older question than is shown is dropped.

use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::state::State;
use crate::tui::worker::{Answer, Snapshot};

pub(super) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Rows { block, rows } => state.timeline.take(block, rows),
        Answer::Doc { kind, generation, doc } => {
            // On the way through many moments the ones between are shown too, but never an older one after a newer.
            if generation > state.details[kind].generation {
                state.details[kind].take(doc, generation);
            }
        }
        Answer::Blame { generation, found } => return state.blamed(generation, found),
        Answer::Findings { session, end, found } => state.take_findings(session, end, found),
        Answer::Objects { generation, forest } => state.take_forest(generation, *forest),
        Answer::Lanes { generation, lanes } => state.take_lanes(generation, lanes),
        Answer::Sql { generation, doc } => state.take_rows(generation, doc),
        Answer::Minimap { buckets, last, density } => {
            if state.minimap.asked == Some((buckets, last)) || state.minimap.density.is_empty() {
                state.minimap.density = density;
            }
        }
        Answer::Moved { generation, to } => return state.landed(generation, to),
        Answer::Went { generation, to, session } => return went(state, generation, to, session),
        Answer::Searching { generation, percent } => {
            if let Some((running, done)) = &mut state.search.running
                && *running == generation
            {
                *done = percent;
            }
        }
        Answer::Found { generation, to, wrapped } => found(state, generation, to, wrapped),
        Answer::Snapshot(snapshot) => grown(state, *snapshot),
        Answer::Bookmarks { bookmarks, said } => {
            state.snapshot.bookmarks = bookmarks;
            state.say(Tone::Plain, said);
        }
        Answer::Failed(words) => {
            state.stay();
            state.search.running = None;
            state.say(Tone::Bad, words);
        }
    }
    Vec::new()
}

fn went(
    state: &mut State,
    generation: u64,
    to: Result<crate::model::Seq, String>,
    session: Option<Box<Snapshot>>,
) -> Vec<Effect> {
    // The worker looks at the other session from now on, so the state follows, whatever was asked since.
    if let Some(snapshot) = session {
        state.timeline.forget();
        state.jumps = Default::default();
        state.marks.clear();
        state.snapshot = *snapshot;
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

fn found(state: &mut State, generation: u64, to: Option<crate::model::Seq>, wrapped: bool) {
    if state.search.running.is_none_or(|(running, _)| running != generation) {
        return;
    }
    state.search.running = None;
    match to {
        Some(to) if to == state.cursor => state.say(Tone::Muted, "this is the only match"),
        Some(to) => {
            state.jump(to);
            if wrapped {
                state.say(Tone::Muted, "went around the end of the recording");
            }
        }
        None => {
            let words = format!("nothing matches {:?}", state.search.pattern);
            state.say(Tone::Notice, words);
        }
    }
}

fn grown(state: &mut State, snapshot: Snapshot) {
    let before = state.snapshot.lineage.len();
    let shrunk = snapshot.lineage.first() != state.snapshot.lineage.first() || snapshot.lineage.len() < before;
    let new = snapshot.lineage.len().saturating_sub(before);
    state.snapshot = snapshot;
    if shrunk || new == 0 {
        // Read anew, or old segments were dropped: the places of the rows are others.
        state.timeline.forget();
        state.details.ask_again();
    } else {
        state.timeline.grown();
    }
    if state.follow {
        state.put(state.snapshot.lineage.last());
        state.unseen = 0;
    } else {
        state.unseen = state.unseen.saturating_add(new);
        state.put(state.cursor);
    }
}
