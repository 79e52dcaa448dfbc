//! Ticks: following and playing.

use crate::doc::Tone;
use crate::effect::Effect;
use crate::protocol::Request;
use crate::state::State;
use kuberewind_model::{Duration, Timestamp};

/// The longest wait between two steps, in nanoseconds of recorded time.
const LONGEST_WAIT: u64 = 1_000_000_000;
const MAX_STEPS: usize = 500;

pub(super) fn tick(state: &mut State, now: Timestamp) -> Vec<Effect> {
    state.playback.now = now;
    play(state);
    if state.playback.follow || state.is_live() { vec![Effect::Ask(Request::Poll)] } else { Vec::new() }
}

fn play(state: &mut State) {
    for _ in 0..MAX_STEPS {
        let Some(play) = state.playback.play else { return };
        let index = state.index();
        if index >= state.timeline.index.len() {
            state.playback.play = None;
            return state.say(Tone::Muted, "this is the end");
        }
        // Wait until the row is loaded.
        let Some(next) = state.timeline.row(index + 1) else { return };
        let wait = state.timeline.row(index).map_or(0, |row| next.at.since(row.at).0).min(LONGEST_WAIT);
        let due = play.plus(Duration(wait.saturating_mul(100) / u64::from(state.playback.speed.max(1))));
        if due > state.playback.now {
            return;
        }
        let to = state.timeline.index.moment(index + 1);
        state.put(to);
        state.playback.play = Some(due);
    }
}
