//! Searching: what is looked for, and the next and the previous match.

use crate::tui::action::Action;
use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::protocol::Target;
use crate::tui::state::{Matched, NextMatch, Search, State};
use kuberewind_model::Direction;
use kuberewind_query::filter::{Filter, Matches};

/// Looks for a text, or for what a filter says; '' forgets the search. The cursor goes to the first match.
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

/// What was typed is a text, unless it tests a field: `code>=400`, `kind=pod and not verb:get`.
fn filter_of(pattern: &str) -> Filter {
    match super::filter::read(pattern) {
        Ok(Some(filter)) if filter.tests_fields() => filter,
        _ => Filter::text(pattern),
    }
}

/// The next match, as soon as it is known.
pub(super) fn next(state: &mut State, direction: Direction) -> Vec<Effect> {
    if state.search.filter.is_none() {
        state.say(Tone::Muted, state.hinted("nothing is looked for", &[(Action::Search, "searches")]));
        return Vec::new();
    }
    state.search.awaited = Some((direction, state.cursor));
    resolve(state);
    Vec::new()
}

/// The search found something.
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

/// Goes to the match that is waited for, if it is known by now.
fn resolve(state: &mut State) {
    let Some((direction, from)) = state.search.awaited else { return };
    match state.next_match(direction, from) {
        NextMatch::NotYet => return,
        NextMatch::Nowhere => {
            let within = if state.filtering.on { " among what the filter shows" } else { "" };
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

/// The recording is another one, or was read anew: everything is looked for again.
pub(super) fn forget(state: &mut State) {
    state.search.matched = Matched::default();
    state.search.running = None;
    state.search.generation = 0;
    state.search.awaited = None;
}
