//! Playing a recording and following a live session.

use crate::doc::Tone;
use crate::draw::speed_text;
use crate::state::State;

pub(super) fn play(state: &mut State) {
    state.playback.follow = false;
    state.playback.play = if state.playback.play.is_some() { None } else { Some(state.playback.now) };
}

pub(super) fn speed(state: &mut State, up: u32, down: u32) {
    state.playback.speed = (state.playback.speed * up / down).clamp(6, 6_400);
    state.say(Tone::Plain, format!("speed {}", speed_text(state.playback.speed)));
}

pub(super) fn follow(state: &mut State) {
    state.playback.follow = !state.playback.follow;
    state.playback.play = None;
    if state.playback.follow {
        state.jump(state.snapshot.lineage.last());
    }
    let words = match (state.playback.follow, state.is_live()) {
        (true, true) => "following the live session",
        (true, false) => "following, but this session is not live",
        (false, _) => "paused",
    };
    state.say(Tone::Plain, words);
}
