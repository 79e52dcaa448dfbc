//! From what happened to the next state, and to what the loop is to do about it.

mod answers;
mod blaming;
mod clock;
mod copying;
mod grounds;
mod layers;
mod moving;
mod pages;
mod panes;
mod pointer;
mod views;
mod wishes;

use crate::model::Timestamp;

use super::doc::Tone;
use super::effect::Effect;
use super::keys::{Context, Fed, Key};
use super::layout::Pane;
use super::state::State;
use super::worker::{Answer, Request};

pub use pointer::Pointer;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key.
    Key(Key),
    /// Text that was pasted.
    Paste(String),
    /// The mouse.
    Pointer(Pointer),
    /// The terminal has another size: columns and rows.
    Resize(u16, u16),
    /// Time went on.
    Tick(Timestamp),
    /// The worker answered.
    Answer(Box<Answer>),
}

/// Takes in what happened.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Key(key) => key_typed(state, key),
        Msg::Paste(text) => layers::paste(state, &text),
        Msg::Pointer(pointer) => pointer::act(state, pointer),
        Msg::Resize(w, h) => {
            state.size = (w, h);
            Vec::new()
        }
        Msg::Tick(now) => clock::tick(state, now),
        Msg::Answer(answer) => answers::take(state, *answer),
    };
    effects.extend(settle(state));
    effects
}

fn key_typed(state: &mut State, key: Key) -> Vec<Effect> {
    state.message = None;
    let context = state.context();
    let had_pending = !state.pending.is_empty();
    let mut pending = std::mem::take(&mut state.pending);
    let fed = state.keymap.feed(context, &mut pending, key);
    state.pending = pending;
    match fed {
        Fed::Pending => Vec::new(),
        Fed::Command(command) if context == Context::Main => panes::act(state, command),
        Fed::Command(command) => layers::act(state, command),
        Fed::Unknown if matches!(context, Context::Prompt | Context::Help) => {
            layers::typed(state, key);
            Vec::new()
        }
        // Escape after half a sequence takes it back, without a word.
        Fed::Unknown if had_pending && key.code == super::keys::Code::Esc => Vec::new(),
        Fed::Unknown => {
            state.say(Tone::Muted, format!("{key} does nothing here; ? shows the keys"));
            Vec::new()
        }
    }
}

/// Brings the windows to the cursor, and asks for what they lack.
fn settle(state: &mut State) -> Vec<Effect> {
    let layout = state.layout();
    let len = state.snapshot.lineage.len();
    let mut effects = Vec::new();
    if let Some(area) = layout.inner(Pane::Timeline) {
        let index = state.index();
        state.timeline.show(index, len, area.h);
        effects.extend(state.timeline.missing(len, area.h).into_iter().map(|block| Effect::Ask(Request::Rows { block })));
    }
    effects.extend(wishes::docs(state, &layout));
    effects.extend(grounds::wishes(state, &layout));
    // Of a short recording each operation takes several cells.
    let cells = layout.minimap.w.saturating_sub(super::draw::MINIMAP_MARGIN);
    let buckets = u16::try_from(len).unwrap_or(u16::MAX).min(cells);
    let wanted = Some((buckets, state.snapshot.lineage.last()));
    if state.minimap.asked != wanted && buckets > 0 {
        state.minimap.asked = wanted;
        effects.push(Effect::Ask(Request::Minimap { buckets }));
    }
    effects
}
