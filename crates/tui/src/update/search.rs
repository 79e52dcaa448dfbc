//! Searching for operations.

use crate::action::Action;
use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::Target;
use crate::state::{Matched, NextMatch, Search, State};
use kuberewind_file::filter::Matches;
use kuberewind_model::Direction;
use kuberewind_query::filter::Filter;

/// Searches for a text or a filter and jumps to the first match; '' clears the search.
pub(super) fn start(state: &mut State, pattern: &str) -> Vec<Effect> {
    let stop = vec![Effect::Stop(Target::Search)];
    if pattern.is_empty() {
        state.search = Search::default();
        return stop;
    }
    state.search = Search { pattern: pattern.to_owned(), filter: Some(filter_of(pattern)), ..Search::default() };
    state.search.awaited = Some((Direction::Forward, state.cursor));
    stop
}

/// A text that tests a field is a filter (`code>=400`, `kind=pod and not verb:get`); any other is a plain text.
fn filter_of(pattern: &str) -> Filter {
    match super::filter::read(pattern) {
        Ok(Some(filter)) if filter.tests_fields() => filter,
        _ => Filter::text(pattern),
    }
}

/// Jumps to the next match, now or when it is found.
pub(super) fn next(state: &mut State, direction: Direction) -> Vec<Effect> {
    if state.search.filter.is_none() {
        state.say(Tone::Muted, state.hinted("no search is active", &[(Action::Search, "searches")]));
        return Vec::new();
    }
    state.search.awaited = Some((direction, state.cursor));
    resolve(state);
    Vec::new()
}

/// Takes matches of the search.
pub(super) fn matched(state: &mut State, generation: u64, matches: &Matches, percent: u8) {
    if state.search.running.is_none_or(|running| running.generation != generation) {
        return;
    }
    state.search.matched.take(matches);
    super::filter::progress(state, Target::Search, generation, percent);
    if percent == 100 {
        state.search.running = None;
    }
    resolve(state);
}

/// Jumps to the awaited match if it is known.
fn resolve(state: &mut State) {
    let Some((direction, from)) = state.search.awaited else { return };
    match state.next_match(direction, from) {
        NextMatch::NotYet => return,
        NextMatch::Nowhere => {
            let within = if state.filtering.on { " among the operations that pass the filter" } else { "" };
            let words = format!("nothing matches {:?}{within}", state.search.pattern);
            state.say(Tone::Notice, words);
        }
        NextMatch::Found(to, _) if to == from && to == state.cursor => state.say(Tone::Muted, "this is the only match"),
        NextMatch::Found(to, wrapped) => {
            state.jump(to);
            if wrapped {
                let end = if direction == Direction::Forward { "end" } else { "beginning" };
                state.say(Tone::Muted, format!("went around the {end} of the recording"));
            }
        }
    }
    state.search.awaited = None;
}

/// Restarts the search, for another recording or a reload.
pub(super) fn forget(state: &mut State) {
    state.search.matched = Matched::default();
    state.search.running = None;
    state.search.generation = 0;
    state.search.awaited = None;
}
