//! From what happened to the next state, and to what the loop is to do about it.

mod answers;
mod blaming;
mod choosing;
mod clock;
mod command;
mod completing;
mod copying;
mod filter;
mod grounds;
mod layers;
mod moving;
mod notes;
mod pages;
mod panes;
mod pointer;
mod reading;
mod search;
mod settings;
mod taking;
mod timeline;
mod views;
mod wishes;

use crate::session::Ordinals;
use kuberewind_model::Timestamp;

use super::action::Action;
use super::doc::Tone;
use super::effect::Effect;
use super::keys::{Context, Fed, Key};
use super::layout::Pane;
use super::script::Statement;
use super::state::{Asked, Layer, State};
use super::worker::{Answer, Request};

pub use copying::told;
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
    /// A statement of a script.
    Run(Statement),
    /// Something to tell the user.
    Said(Tone, String),
    /// The terminal has the focus again.
    Focused,
}

/// Begins with a filter; its scan is asked for with the first frame.
///
/// # Errors
/// When the filter cannot be read, with a caret at the mistake.
pub fn begin_filtered(state: &mut State, source: &str) -> kuberewind_model::Result<()> {
    filter::apply(state, source)?;
    Ok(())
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
        Msg::Run(statement) => {
            state.message = None;
            command::run_or_say(state, &statement)
        }
        Msg::Said(tone, words) => {
            state.say(tone, words);
            Vec::new()
        }
        // While it was away the recording may have grown, even one that is not followed.
        Msg::Focused => vec![Effect::Ask(Request::Poll)],
    };
    effects.extend(settle(state));
    effects
}

fn key_typed(state: &mut State, key: Key) -> Vec<Effect> {
    state.message = None;
    state.lanes.held = None;
    let context = state.context();
    let had_pending = !state.pending.is_empty();
    let mut pending = std::mem::take(&mut state.pending);
    let fed = state.keymap.feed(context, &mut pending, key);
    state.pending = pending;
    state.pending_since = if state.pending.keys.is_empty() { None } else { state.pending_since.or(Some(state.now)) };
    match fed {
        Fed::Pending => Vec::new(),
        Fed::Command(command) if context == Context::Main => panes::act(state, command),
        Fed::Command(command) => layers::act(state, command),
        Fed::Unknown if matches!(state.layers.last(), Some(Layer::Menu(_))) || command::has_line(state) => {
            layers::typed(state, key)
        }
        // Escape after half a sequence takes it back, without a word.
        Fed::Unknown if had_pending && key.code == super::keys::Code::Esc => Vec::new(),
        Fed::Unknown => {
            state.say(Tone::Muted, state.hinted(&format!("{key} does nothing here"), &[(Action::Help, "shows the keys")]));
            Vec::new()
        }
    }
}

/// Brings the windows to the cursor, and asks for what they lack.
fn settle(state: &mut State) -> Vec<Effect> {
    let layout = state.layout();
    state.timeline.index.set_lineage(&state.snapshot.lineage);
    let mut effects = filter::wishes(state);
    effects.extend(choosing::wishes(state));
    let height = layout.inner(Pane::Timeline).map_or(1, |area| area.h);
    let index = state.index();
    state.timeline.show(index, height);
    let seqs = state.timeline.missing(height, state.cursor);
    if !seqs.is_empty() {
        effects.push(Effect::Ask(Request::Rows { seqs, logs: state.timeline.logs }));
    }
    effects.extend(wishes::docs(state, &layout));
    effects.extend(grounds::wishes(state, &layout));
    effects.extend(minimap(state, layout.minimap.w));
    effects
}

/// Asks for the counts of the minimap. Of a short range each operation takes several cells.
fn minimap(state: &mut State, width: u16) -> Option<Effect> {
    state.pan_to_cursor();
    let window = state.minimap_window();
    let cells = width.saturating_sub(super::draw::MINIMAP_MARGIN);
    let buckets = u16::try_from(window.end - window.start).unwrap_or(u16::MAX).min(cells);
    let lineage = &state.snapshot.lineage;
    let range = (lineage.nth(window.start), lineage.nth(window.end.saturating_sub(1)));
    let wanted = Some(Asked { buckets, range });
    if state.minimap.asked == wanted || buckets == 0 {
        return None;
    }
    state.minimap.asked = wanted;
    Some(Effect::Ask(Request::Minimap { buckets, range }))
}
