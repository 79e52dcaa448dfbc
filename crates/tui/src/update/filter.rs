//! The filter of the timeline.

use std::sync::Arc;

use crate::action::Action;
use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::{Request, ScanRequest, Target};
use crate::state::{Filtering, Matched, ScanProgress, Search, State, ViewState};
use kuberewind_file::filter::{Matches, Plan};
use kuberewind_query::SyntaxError;
use kuberewind_query::filter::{Filter, Property};

/// Parses a filter and plans it.
///
/// # Errors
/// With the position of the mistake.
pub(super) fn read(source: &str) -> Result<Option<Filter>, SyntaxError> {
    let filter = Filter::parse(source)?;
    Plan::new(&filter)?;
    Ok((!filter.nodes().is_empty()).then_some(filter))
}

/// Applies a filter; '' clears it.
///
/// # Errors
/// With the position of the mistake. The old filter remains.
pub(super) fn apply(state: &mut State, source: &str) -> Result<Vec<Effect>, SyntaxError> {
    let filter = read(source)?;
    if filter == state.filtering.filter && (filter.is_none() || state.filtering.on) {
        return Ok(Vec::new());
    }
    let view = state.view_state();
    state.timeline.undo.push(view);
    Ok(set(state, filter, true, None))
}

/// Clears the filter and restores the cursor if only the filter moved it.
pub(super) fn clear(state: &mut State) -> Vec<Effect> {
    if state.filtering.filter.is_none() {
        return Vec::new();
    }
    let view = state.view_state();
    state.timeline.undo.push(view);
    state.say(Tone::Plain, state.hinted("everything is shown", &[(Action::Undo, "brings the filter back")]));
    set(state, None, false, None)
}

/// Enables or disables the filter.
pub(super) fn switch(state: &mut State) -> Vec<Effect> {
    let Some(filter) = state.filtering.filter.clone() else {
        let how = [(Action::EditFilter, "writes one"), (Action::OnlyThis, "makes one from this row")];
        state.say(Tone::Muted, state.hinted("there is no filter", &how));
        return Vec::new();
    };
    let view = state.view_state();
    state.timeline.undo.push(view);
    let on = !state.filtering.on;
    let found = state.filtered().cloned().map(Arc::new);
    let again = [(Action::FilterSwitch, "turns it on again")];
    state.say(Tone::Plain, if on { "the filter is on".to_owned() } else { state.hinted("the filter is off", &again) });
    set(state, Some(filter), on, found)
}

/// Sets the filter. `found` contains the matches of an earlier scan.
fn set(state: &mut State, filter: Option<Filter>, on: bool, found: Option<Arc<Matched>>) -> Vec<Effect> {
    let offset = state.index().saturating_sub(state.timeline.top);
    let same = filter == state.filtering.filter;
    let moved = state.filtering.moved.take();
    let generation = if same { state.filtering.generation } else { state.next_generation() };
    let whole = found.as_ref().is_some_and(|found| found.is_whole(state.snapshot.lineage.len()));
    let running = state.filtering.running.take().filter(|_| same);
    state.filtering =
        Filtering { on: on && filter.is_some(), filter, generation, running, whole, offset, ..Filtering::default() };
    if !state.filtering.on {
        state.filtering.disabled_matches = found;
        state.timeline.index.set_matched(None);
        // The filter moved the cursor here, so the cursor moves back.
        if let Some((from, _)) = moved.filter(|(_, to)| *to == state.cursor) {
            state.cursor = from;
        }
    } else {
        state.timeline.index.set_matched(Some(found.unwrap_or_default()));
        settle_cursor(state);
    }
    keep_place(state);
    search_again(state);
    if same { Vec::new() } else { vec![Effect::Stop(Target::Filter)] }
}

/// Restarts the search: it covers only operations that pass the filter.
fn search_again(state: &mut State) {
    if state.search.filter.is_some() {
        state.search.generation = 0;
        state.search.matched = Matched::default();
        state.search.running = None;
    }
}

/// Undoes or redoes a change of the view.
pub(super) fn undo_or_redo(state: &mut State, redo: bool) -> Vec<Effect> {
    let now = state.view_state();
    let view = if redo { state.timeline.undo.redo(now) } else { state.timeline.undo.undo(now) };
    let Some(ViewState { filter, on, found, zoom, folds }) = view else {
        state.say(Tone::Muted, if redo { "nothing to redo" } else { "nothing to undo" });
        return Vec::new();
    };
    state.minimap.zoom = zoom;
    state.timeline.index.set_folds(folds);
    let again = [(Action::Redo, "redoes it")];
    state.say(Tone::Plain, if redo { "redone".to_owned() } else { state.hinted("undone", &again) });
    if filter == state.filtering.filter && on == state.filtering.on {
        return Vec::new();
    }
    let found = if filter == state.filtering.filter { state.filtered().cloned().map(Arc::new) } else { found };
    set(state, filter, on, found)
}

/// Restarts the scan, for another recording or a reload.
pub(super) fn forget(state: &mut State) {
    let generation = state.next_generation();
    let filtering = &mut state.filtering;
    (filtering.running, filtering.whole, filtering.moved, filtering.generation) = (None, false, None, generation);
    filtering.disabled_matches = None;
    state.timeline.undo = Default::default();
    if state.filtering.on {
        state.timeline.index.set_matched(Some(Arc::default()));
    }
}

/// Restarts the filter and the search if they depend on findings.
pub(super) fn found(state: &mut State) {
    let asks = |filter: &Option<Filter>| {
        let plan = filter.as_ref().map(Plan::new);
        plan.is_some_and(|plan| plan.is_ok_and(|plan| plan.findings().next().is_some()))
    };
    if asks(&state.filtering.filter) {
        let generation = state.next_generation();
        let filtering = &mut state.filtering;
        (filtering.running, filtering.whole, filtering.generation) = (None, false, generation);
        if filtering.on {
            state.timeline.index.set_matched(Some(Arc::default()));
        } else {
            filtering.disabled_matches = None;
        }
    }
    if asks(&state.search.filter) || asks(&state.filtering.filter) {
        search_again(state);
    }
}

/// Requests the scans that are missing: for a new filter or search, or for new operations.
pub(super) fn requests(state: &mut State) -> Vec<Effect> {
    let len = state.snapshot.lineage.len();
    let mut effects = Vec::new();
    if let Some(filter) = state.filtering.filter.clone()
        && state.filtering.running.is_none()
        && (state.filtering.on || state.filtering.disabled_matches.is_some())
    {
        let covered = state.filtered().map_or(0..0, |matched| matched.covered.clone());
        if !(covered.start == 0 && covered.end >= len) {
            let generation = state.filtering.generation;
            state.filtering.running = Some(ScanProgress { generation, percent: 0 });
            effects.push(ask(state, Target::Filter, filter, covered, generation));
        }
    }
    if let Some(pattern) = state.search.filter.clone()
        && state.search.running.is_none()
        && !state.search.matched.is_whole(len)
    {
        if state.search.generation == 0 {
            state.search.generation = state.next_generation();
        }
        let filter = state.filter().map_or_else(|| pattern.clone(), |filter| filter.and(&pattern));
        let (generation, covered) = (state.search.generation, state.search.matched.covered.clone());
        state.search.running = Some(ScanProgress { generation, percent: 0 });
        effects.push(ask(state, Target::Search, filter, covered, generation));
    }
    effects
}

fn ask(state: &State, target: Target, filter: Filter, covered: std::ops::Range<u64>, generation: u64) -> Effect {
    let wanted = Plan::new(&filter).map(|plan| plan.findings().collect::<Vec<_>>()).unwrap_or_default();
    let findings = wanted.into_iter().map(|thing| (thing, evidence(state, thing))).collect();
    let start = state.cursor_place();
    Effect::Ask(Request::Scan(Box::new(ScanRequest { target, filter, start, covered, findings, generation })))
}

fn evidence(state: &State, thing: Property) -> Vec<u64> {
    match thing {
        Property::Loop => state.findings.loops.all().iter().flat_map(|found| found.operations.iter().copied()).collect(),
        Property::Race => state.findings.loops.races().to_vec(),
        _ => state.findings.loops.evidence().to_vec(),
    }
}

/// Updates the progress of a scan.
pub(super) fn progress(state: &mut State, target: Target, generation: u64, percent: u8) {
    let running = match target {
        Target::Filter => &mut state.filtering.running,
        Target::Search => &mut state.search.running,
        Target::Run => &mut state.requests.run,
        Target::Query => return,
    };
    if let Some(running) = running.as_mut().filter(|running| running.generation == generation) {
        running.percent = percent;
    }
}

/// Takes matches of the filter.
pub(super) fn matched(state: &mut State, generation: u64, matches: &Matches, percent: u8) {
    if state.filtering.running.is_none_or(|running| running.generation != generation) {
        return;
    }
    let before = state.index();
    let offset = if state.filtering.whole { before.saturating_sub(state.timeline.top) } else { state.filtering.offset };
    let passing = state.filtered().map_or(0, |matched| matched.all.count());
    let matched = if state.filtering.on {
        state.timeline.index.matched_mut()
    } else {
        state.filtering.disabled_matches.as_mut().map(Arc::make_mut)
    };
    if let Some(matched) = matched {
        matched.take(matches);
    }
    let more = state.filtered().map_or(0, |matched| matched.all.count()).saturating_sub(passing);
    if state.filtering.whole {
        new_matches(state, more);
    }
    progress(state, Target::Filter, generation, percent);
    if percent == 100 {
        state.filtering.running = None;
        state.filtering.whole = true;
        report_no_match(state);
    }
    settle_cursor(state);
    if state.index() != before {
        state.timeline.top = state.index().saturating_sub(offset);
    }
}

/// Removes a filter or search whose scan failed, so that the scan is not requested again.
pub(super) fn failed(state: &mut State, target: Target, generation: u64, error: String) {
    let is_it = |running: Option<ScanProgress>| running.is_some_and(|running| running.generation == generation);
    match target {
        Target::Filter if is_it(state.filtering.running) => {
            state.filtering = Filtering::default();
            state.timeline.index.set_matched(None);
        }
        Target::Search if is_it(state.search.running) => state.search = Search::default(),
        _ => return,
    }
    state.say(Tone::Bad, error);
}

/// Follows or counts new operations that pass the filter.
fn new_matches(state: &mut State, more: u64) {
    if !state.filtering.on || more == 0 {
        return;
    }
    if state.playback.follow {
        let last = state.timeline.index.moment(state.timeline.index.len());
        state.put(last);
    } else {
        state.playback.unseen = state.playback.unseen.saturating_add(more);
    }
}

fn report_no_match(state: &mut State) {
    if state.filtering.on && state.timeline.index.is_empty() && !state.snapshot.lineage.is_empty() {
        let clears = state.hints(&[(Action::Cancel, "clears")]);
        let words = format!("0 of {} match. {clears}", kuberewind_text::grouped(state.snapshot.lineage.len()));
        state.say(Tone::Notice, words);
    }
}

/// Moves a hidden cursor to the nearest visible operation.
fn settle_cursor(state: &mut State) {
    let here = state.cursor;
    if !state.is_hidden(here) || state.timeline.index.is_empty() {
        return;
    }
    let to = state.timeline.index.nearest(here);
    if state.filtering.moved.is_none() {
        state.filtering.moved = Some((here, to));
    } else if let Some((_, end)) = &mut state.filtering.moved {
        *end = to;
    }
    state.cursor = to;
}

/// Keeps the cursor's row at the same place on the screen.
fn keep_place(state: &mut State) {
    state.timeline.top = state.index().saturating_sub(state.filtering.offset);
}
