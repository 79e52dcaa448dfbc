//! Prompts, lists and the help.

use tui_input::{Input, InputRequest};

use crate::tui::action::{Action, Command};
use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::keys::{Code, Key};
use crate::tui::script;
use crate::tui::state::{Layer, Prompt, Purpose, State};
use crate::tui::worker::Request;
use kuberewind_model::{Anchor, Direction, MomentSpec};

use super::{choosing, command, completing, copying, filter, notes, search};

/// The longest line that can be typed.
const MAX_LINE: usize = 2_000;
/// How many lines are remembered for each purpose.
const MAX_TYPED: usize = 100;

/// A command of the layer on top.
pub(super) fn act(state: &mut State, command: Command) -> Vec<Effect> {
    if command.action == Action::Cancel {
        state.layers.pop();
        return Vec::new();
    }
    match state.layers.pop() {
        Some(Layer::Prompt(prompt)) => prompt_key(state, prompt, command),
        Some(Layer::Menu(menu)) => choosing::in_menu(state, menu, command),
        Some(Layer::Picker(picker)) => choosing::in_picker(state, picker, command),
        Some(Layer::Places(mut list)) => {
            let places = state.places();
            if command.action == Action::Enter {
                return places
                    .get(list.row)
                    .map_or_else(Vec::new, |place| open_place(state, place.elsewhere, place.at, &place.name));
            }
            list.row = moved(list.row, command, places.len());
            state.layers.push(Layer::Places(list));
            Vec::new()
        }
        Some(Layer::Help(mut help)) => {
            let lines = crate::tui::draw::help_lines(&state.keymap, state.focus, help.filter.value());
            help.row = moved(help.row, command, lines.len());
            state.layers.push(Layer::Help(help));
            Vec::new()
        }
        None => Vec::new(),
    }
}

pub(super) fn moved(row: usize, command: Command, len: usize) -> usize {
    let times = usize::try_from(command.times()).unwrap_or(usize::MAX);
    let to = match command.action {
        Action::Down => row.saturating_add(times),
        Action::Up => row.saturating_sub(times),
        Action::PageDown => row.saturating_add(10),
        Action::PageUp => row.saturating_sub(10),
        Action::First => 0,
        Action::Last => usize::MAX,
        _ => row,
    };
    to.min(len.saturating_sub(1))
}

fn open_place(
    state: &mut State,
    elsewhere: Option<kuberewind_model::SessionNo>,
    at: kuberewind_model::Seq,
    name: &str,
) -> Vec<Effect> {
    if elsewhere.is_none() {
        state.jump(at);
        return Vec::new();
    }
    go_to(state, MomentSpec { session: None, at: Anchor::Bookmark(name.to_owned()) })
}

pub(super) fn go_to(state: &mut State, spec: MomentSpec) -> Vec<Effect> {
    state.stay();
    let generation = state.next_generation();
    state.awaited = Some(generation);
    vec![Effect::Ask(Request::GoTo { spec, cursor: state.cursor, generation })]
}

fn prompt_key(state: &mut State, mut prompt: Prompt, command: Command) -> Vec<Effect> {
    match command.action {
        Action::Enter => return done(state, prompt),
        Action::Up | Action::Down => {
            let typed = state.typed.get(&prompt.purpose).map_or(&[][..], Vec::as_slice);
            let back = if command.action == Action::Up { prompt.back + 1 } else { prompt.back.saturating_sub(1) };
            prompt.back = back.min(typed.len());
            let line = typed.len().checked_sub(prompt.back).and_then(|at| typed.get(at)).cloned();
            prompt.input = Input::new(line.unwrap_or_default());
            prompt.completion = None;
            completing::check(&mut prompt);
        }
        Action::Complete => completing::complete(state, &mut prompt),
        _ => {}
    }
    state.layers.push(Layer::Prompt(prompt));
    Vec::new()
}

fn done(state: &mut State, mut prompt: Prompt) -> Vec<Effect> {
    let line = prompt.input.value().trim().to_owned();
    if line.is_empty() {
        // An empty filter shows everything, an empty note takes the note away; of other lines nothing comes.
        return match prompt.purpose {
            Purpose::Filter => filter::clear(state),
            Purpose::Note => notes::say(state, ""),
            _ => Vec::new(),
        };
    }
    let outcome = match prompt.purpose {
        Purpose::Search => Ok(search::start(state, &line)),
        Purpose::Filter => match filter::apply(state, &line) {
            Ok(effects) => Ok(effects),
            Err(wrong) => {
                prompt.syntax = Some(wrong);
                state.layers.push(Layer::Prompt(prompt));
                return Vec::new();
            }
        },
        Purpose::Command => script::statement(&line).and_then(|statement| command::run(state, &statement)),
        Purpose::RunForward => command::run_to(state, &line, Direction::Forward),
        Purpose::RunBack => command::run_to(state, &line, Direction::Backward),
        Purpose::GoTo => MomentSpec::parse(&line).map(|spec| go_to(state, spec)),
        Purpose::Bookmark => notes::named(state, &line),
        Purpose::Note => Ok(notes::say(state, &line)),
        Purpose::Sql => Ok(state.ask_sql(&line)),
        Purpose::SearchHere => {
            state.search_here(&line);
            Ok(Vec::new())
        }
        Purpose::Export => copying::export(state, &line),
        Purpose::Pipe => copying::pipe(state, &line),
    };
    match outcome {
        Ok(effects) => {
            remember(state, prompt.purpose, line);
            effects
        }
        Err(error) => {
            prompt.error = Some(error.hint_text().map_or_else(|| error.chain(), |hint| format!("{}: {hint}", error.chain())));
            state.layers.push(Layer::Prompt(prompt));
            Vec::new()
        }
    }
}

/// Keeps a line for the next time.
pub(super) fn remember(state: &mut State, purpose: Purpose, line: String) {
    let typed = state.typed.entry(purpose).or_default();
    typed.retain(|old| *old != line);
    typed.push(line);
    let surplus = typed.len().saturating_sub(MAX_TYPED);
    typed.drain(..surplus);
}

/// A key that the table gives no meaning: it edits the line.
pub(super) fn typed(state: &mut State, key: Key) -> Vec<Effect> {
    if let Some(Layer::Menu(_)) = state.layers.last() {
        return choosing::letter(state, key.typed());
    }
    let Some(request) = edit(key) else {
        state.say(Tone::Muted, format!("{key} does nothing here"));
        return Vec::new();
    };
    edited(state, request);
    if matches!(state.layers.last(), Some(Layer::Picker(_))) { choosing::refresh(state) } else { Vec::new() }
}

fn edited(state: &mut State, request: InputRequest) {
    let input = match state.layers.last_mut() {
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
        Some(Layer::Places(_) | Layer::Menu(_)) | None => return,
    };
    if input.value().len() < MAX_LINE || !matches!(request, InputRequest::InsertChar(_)) {
        input.handle(request);
    }
    if let Some(Layer::Prompt(prompt)) = state.layers.last_mut() {
        completing::check(prompt);
    }
}

/// The keys of readline.
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

/// Pasted text goes into the line that is being typed, on one line; without one it is nothing.
pub(super) fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    for c in text.chars().filter(|c| !c.is_control()).take(MAX_LINE) {
        if state.layers.is_empty() {
            state.say(Tone::Muted, "there is no line to paste into");
            break;
        }
        effects.extend(typed(state, Key::plain(Code::Char(c))));
    }
    effects
}
