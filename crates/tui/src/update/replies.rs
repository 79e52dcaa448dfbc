//! Applies the replies of the workers to the state. Outdated replies are dropped.

use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::{Reply, Snapshot, Target};
use crate::state::{DensityRequest, Findings, Layer, State};
use kuberewind_model::{Seq, SessionState};

use super::{filter, range_export, run, search};

pub(super) fn take(state: &mut State, reply: Reply) -> Vec<Effect> {
    match reply {
        Reply::Rows(rows) => state.timeline.take(rows),
        Reply::Summaries { session, found } if session == state.snapshot.session.no => state.timeline.take_summaries(found),
        Reply::Summaries { .. } => {}
        Reply::Range { generation, rows } => return range_export::read(state, generation, rows),
        Reply::Doc { kind, generation, doc } => {
            // During fast moves intermediate documents are shown too, but never an older one after a newer one.
            if generation > state.details[kind].generation {
                state.details[kind].take(doc, generation);
            }
        }
        Reply::Authors { generation, found } => return state.take_authors(generation, found),
        Reply::Findings { session, end, found } => {
            state.take_findings(session, end, found);
            filter::found(state);
        }
        Reply::Tree { generation, tree } => state.take_tree(generation, *tree),
        Reply::Lanes { generation, lanes } => state.take_lanes(generation, lanes),
        Reply::Sql { generation, doc } => state.take_rows(generation, doc),
        Reply::Minimap { buckets, range, density } => {
            if state.minimap.asked == Some(DensityRequest { buckets, range }) || state.minimap.density.is_empty() {
                state.minimap.density = density;
            }
        }
        Reply::Moved { generation, to } => return state.landed(generation, to),
        Reply::Went { generation, to, session, remark } => return went(state, generation, to, (session, remark)),
        Reply::Scanning { target, generation, percent } => filter::progress(state, target, generation, percent),
        Reply::Matched { target: Target::Filter, generation, matches, percent } => {
            filter::matched(state, generation, &matches, percent);
        }
        Reply::Matched { generation, matches, percent, .. } => search::matched(state, generation, &matches, percent),
        Reply::NotScanned { target, generation, error } => filter::failed(state, target, generation, error),
        Reply::Ran { generation, to, message } => run::finished(state, generation, to, message),
        Reply::Vocabulary(names) => state.dialogs.vocabulary = names,
        Reply::Objects { generation, found, total } => {
            // Only the reply to the last text counts.
            if let Some(Layer::Picker(picker)) =
                state.dialogs.layers.last_mut().filter(|_| generation == state.requests.generation)
            {
                picker.take(&found, total);
            }
        }
        Reply::Preview { object, lines } => {
            if let Some(Layer::Picker(picker)) = state.dialogs.layers.last_mut()
                && let Some((of, shown)) = &mut picker.preview
                && *of == object
            {
                *shown = lines;
            }
        }
        Reply::Snapshot(snapshot) => grown(state, *snapshot),
        Reply::Bookmarks { bookmarks, message } => {
            state.snapshot.bookmarks = bookmarks;
            state.say(Tone::Plain, message);
        }
        Reply::Failed(words) => {
            state.stay();
            (state.requests.run, state.details.sql.waiting) = (None, false);
            state.say(Tone::Bad, words);
        }
    }
    Vec::new()
}

fn went(
    state: &mut State,
    generation: u64,
    to: Result<Seq, String>,
    (session, remark): (Option<Box<Snapshot>>, Option<String>),
) -> Vec<Effect> {
    // The worker has switched the session, so the state must follow, even if the reply is outdated.
    if let Some(snapshot) = session {
        state.navigation.jumps = Default::default();
        state.navigation.marks.clear();
        state.snapshot = *snapshot;
        reset(state);
        state.details.invalidate();
        state.minimap.asked = None;
    }
    if state.requests.awaited == Some(generation) {
        state.requests.awaited = None;
        match to {
            Ok(to) => {
                state.jump(to);
                if let Some(words) = remark {
                    state.say(Tone::Notice, words);
                }
            }
            Err(words) => state.say(Tone::Notice, words),
        }
    }
    state.put(state.cursor);
    state.go_on()
}

/// Drops everything that depends on operation numbers.
fn reset(state: &mut State) {
    state.timeline.forget();
    state.timeline.index.set_lineage(&state.snapshot.lineage);
    state.timeline.index.set_folds(Vec::new());
    state.minimap.zoom = None;
    state.minimap.asked = None;
    state.findings = Findings::default();
    (state.timeline.selection, state.timeline.range_export) = (None, None);
    filter::forget(state);
    search::forget(state);
}

fn grown(state: &mut State, snapshot: Snapshot) {
    let before = state.snapshot.lineage.len();
    let shrunk = snapshot.lineage.first() != state.snapshot.lineage.first() || snapshot.lineage.len() < before;
    let new = snapshot.lineage.len().saturating_sub(before);
    let was_live = state.is_live();
    if snapshot.id != state.snapshot.id {
        // Another recording has replaced this one, so all positions are invalid.
        state.navigation.marks.clear();
        state.navigation.jumps = Default::default();
        state.details.clear();
        state.minimap = Default::default();
        state.say(Tone::Notice, "this is another recording");
    }
    state.snapshot = snapshot;
    state.timeline.index.set_lineage(&state.snapshot.lineage);
    if shrunk || new == 0 {
        // After a reload or the removal of old segments, the ordinals have changed.
        reset(state);
        state.details.invalidate();
    }
    if state.playback.follow {
        state.put(state.snapshot.lineage.last());
        state.playback.unseen = 0;
    } else {
        // With a filter, the scan counts the new matches.
        state.playback.unseen = state.playback.unseen.saturating_add(if state.filtering.on { 0 } else { new });
        state.put(state.cursor);
    }
    if was_live && !state.is_live() {
        state.playback.follow = false;
        let crashed = state.snapshot.session.state == SessionState::Crashed;
        state.say(
            Tone::Notice,
            if crashed { "the session has ended uncleanly: its recorder is gone" } else { "the session has ended" },
        );
    }
}
