//! Pickers: a list that is filtered by fuzzy matching.

use crate::action::Action;
use crate::effect::Effect;
use crate::fuzzy;
use crate::keys::{Context, Keymap, TABLE, spelled};
use crate::order::ORDERS;
use crate::protocol::Request;
use crate::state::{Layer, Pick, Picker, PickerKind, PickerRow, State};

/// The most matches that are listed.
const MAX_ROWS: usize = 200;

pub(super) fn open(state: &mut State, kind: PickerKind) -> Vec<Effect> {
    state.dialogs.layers.push(Layer::Picker(Picker::new(kind)));
    refresh(state)
}

/// Updates the rows after the text has changed.
pub(super) fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(Layer::Picker(picker)) = state.dialogs.layers.last() else { return Vec::new() };
    let (kind, pattern) = (picker.kind, picker.list.filter.value().to_owned());
    if kind == PickerKind::Objects {
        let generation = state.next_generation();
        if let Some(Layer::Picker(picker)) = state.dialogs.layers.last_mut() {
            picker.waits = true;
            picker.list.row = 0;
        }
        return vec![Effect::Ask(Request::Objects { pattern, generation })];
    }
    let all = if kind == PickerKind::Commands { commands(&state.keys.map) } else { jumps(state) };
    let (best, total) = fuzzy::best(&pattern, all.iter().map(|row| &*row.text), MAX_ROWS);
    let rows = best.into_iter().filter_map(|(at, marked)| Some(PickerRow { marked, ..all.get(at)?.clone() })).collect();
    if let Some(Layer::Picker(picker)) = state.dialogs.layers.last_mut() {
        picker.rows = rows;
        picker.total = total;
        picker.list.row = 0;
    }
    Vec::new()
}

/// All actions with their keys, and all orders.
fn commands(keymap: &Keymap) -> Vec<PickerRow> {
    let keys = |action: Action| keymap.keys_of(Context::Main, action).map(spelled).collect::<Vec<_>>().join(" ");
    let rows = TABLE.iter().filter(|row| row.context == Context::Main).map(|row| PickerRow {
        text: format!("{}: {}", row.action.name(), row.doc).into(),
        detail: keys(row.action),
        marked: Vec::new(),
        pick: Pick::Do(row.action),
    });
    let orders = ORDERS.iter().map(|row| PickerRow {
        text: format!("order {} {}: {}", row.pane.word(), row.name, row.doc).into(),
        detail: String::new(),
        marked: Vec::new(),
        pick: Pick::Order(row),
    });
    rows.chain(orders).collect()
}

fn jumps(state: &State) -> Vec<PickerRow> {
    let here = state.cursor;
    let rows = state.navigation.jumps.list(here).into_iter().rev();
    rows.map(|(at, current)| {
        let what = state
            .timeline
            .row_of(at)
            .map_or_else(String::new, |row| format!("  {} {} {}", row.actor, row.verb, row.object_text()));
        let detail = if current { "here".to_owned() } else { String::new() };
        PickerRow { text: format!("{at}{what}").into(), detail, marked: Vec::new(), pick: Pick::GoTo(at) }
    })
    .collect()
}

/// Requests the preview of the selected object.
pub(super) fn preview_request(state: &mut State) -> Vec<Effect> {
    let at = state.cursor;
    let Some(Layer::Picker(picker)) = state.dialogs.layers.last_mut() else { return Vec::new() };
    let Some(Pick::Object(object)) = picker.chosen().map(|row| row.pick) else { return Vec::new() };
    if picker.preview.as_ref().is_some_and(|(of, _)| *of == object) {
        return Vec::new();
    }
    picker.preview = Some((object, Vec::new()));
    vec![Effect::Ask(Request::Preview { object, at })]
}
