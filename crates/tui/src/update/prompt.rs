//! Editing the line of a prompt or of a filtered list.

use tui_input::{Input, InputRequest};

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::effect::Effect;
use crate::keys::{Code, Key};
use crate::state::{Layer, Prompt, State};

use super::{completion, menu, picker};

/// The longest line, in bytes.
const MAX_LINE: usize = 2_000;

/// Performs an action in a prompt, except Enter.
pub(super) fn act(state: &mut State, mut prompt: Prompt, command: Command) -> Vec<Effect> {
    match command.action {
        Action::Up | Action::Down => {
            let lines = state.dialogs.history.get(&prompt.purpose).map_or(&[][..], Vec::as_slice);
            let back = if command.action == Action::Up { prompt.back + 1 } else { prompt.back.saturating_sub(1) };
            prompt.back = back.min(lines.len());
            let line = lines.len().checked_sub(prompt.back).and_then(|at| lines.get(at)).cloned();
            prompt.input = Input::new(line.unwrap_or_default());
            prompt.completion = None;
            completion::check(&mut prompt);
        }
        Action::Complete => completion::complete(state, &mut prompt),
        // The key table binds no other action in a prompt.
        _ => {}
    }
    state.dialogs.layers.push(Layer::Prompt(prompt));
    Vec::new()
}

/// Edits the line with a key that the key table does not bind.
pub(super) fn typed(state: &mut State, key: Key) -> Vec<Effect> {
    if let Some(Layer::Menu(_)) = state.dialogs.layers.last() {
        return menu::letter(state, key.typed());
    }
    let Some(request) = edit(key) else {
        state.say(Tone::Muted, format!("{key} does nothing here"));
        return Vec::new();
    };
    edited(state, request);
    if matches!(state.dialogs.layers.last(), Some(Layer::Picker(_))) { picker::refresh(state) } else { Vec::new() }
}

fn edited(state: &mut State, request: InputRequest) {
    let input = match state.dialogs.layers.last_mut() {
        Some(Layer::Prompt(prompt)) => {
            prompt.error = None;
            prompt.completion = None;
            &mut prompt.input
        }
        Some(Layer::Picker(picker)) => &mut picker.list.filter,
        Some(Layer::Help(help)) => {
            help.row = 0;
            &mut help.filter
        }
        Some(Layer::Bookmarks(_) | Layer::Menu(_)) | None => return,
    };
    if input.value().len() < MAX_LINE || !matches!(request, InputRequest::InsertChar(_)) {
        input.handle(request);
    }
    if let Some(Layer::Prompt(prompt)) = state.dialogs.layers.last_mut() {
        completion::check(prompt);
    }
}

/// The editing keys of readline.
fn edit(key: Key) -> Option<InputRequest> {
    Some(match (key.code, key.ctrl, key.alt) {
        (Code::Char('a'), true, false) | (Code::Home, false, false) => InputRequest::GoToStart,
        (Code::Char('e'), true, false) | (Code::End, false, false) => InputRequest::GoToEnd,
        (Code::Char('w'), true, false) => InputRequest::DeletePrevWord,
        (Code::Char('u'), true, false) => InputRequest::DeleteFromStart,
        (Code::Char('k'), true, false) => InputRequest::DeleteTillEnd,
        (Code::Char('b'), false, true) => InputRequest::GoToPrevWord,
        (Code::Char('f'), false, true) => InputRequest::GoToNextWord,
        (Code::Left, false, false) => InputRequest::GoToPrevChar,
        (Code::Right, false, false) => InputRequest::GoToNextChar,
        (Code::Backspace, false, false) => InputRequest::DeletePrevChar,
        (Code::Delete, false, false) => InputRequest::DeleteNextChar,
        (Code::Char(c), false, false) if !c.is_control() => InputRequest::InsertChar(c),
        _ => return None,
    })
}

/// Inserts pasted text into the open line, without its control characters.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for c in text.chars().filter(|c| !c.is_control()).take(MAX_LINE) {
        if state.dialogs.layers.is_empty() {
            state.say(Tone::Muted, "no prompt is open to paste into");
            break;
        }
        effects.extend(typed(state, Key::plain(Code::Char(c))));
    }
    effects
}
