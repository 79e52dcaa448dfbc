//! Menus and pickers: what a row can be filtered by, and what is found by typing parts of it.

use crate::text::grouped;
use crate::tui::action::{Action, Command};
use crate::tui::doc::Tone;
use crate::tui::effect::Effect;
use crate::tui::fuzzy;
use crate::tui::keys::{Context, Keymap, TABLE, spelled};
use crate::tui::layout::Pane;
use crate::tui::state::{
    Chosen, Layer, Menu, MenuRow, Move, ORDERS, Order, OrderRow, Pick, Picker, PickerKind, PickerRow, Prompt, Purpose, State,
    order_named, orders_of,
};
use crate::tui::worker::{Hop, MAX_WEIGHED, Request};
use kuberewind_model::{Error, ErrorKind, Result};

use super::{filter, panes};

/// The most rows that are shown of what matches.
const MAX_ROWS: usize = 200;

/// Asks for the names that Tab completes.
pub(super) fn words(state: &State) -> Vec<Effect> {
    if state.words.actors.is_empty() { vec![Effect::Ask(Request::Words)] } else { Vec::new() }
}

/// The menu of `s` and `S`: everything that the cursor's row can be filtered by.
pub(super) fn menu(state: &mut State, not: bool) -> Vec<Effect> {
    let rows = cells(state, not);
    if rows.is_empty() {
        state.say(Tone::Muted, "there is nothing here to filter by");
        return Vec::new();
    }
    let title = if not { "Not this" } else { "Only this" };
    state.layers.push(Layer::Menu(Menu { title, rows, row: 0 }));
    Vec::new()
}

/// The menu of `O`: the orders of the view that has the focus.
pub(super) fn orders(state: &mut State) {
    let pane = state.focus;
    let rows: Vec<MenuRow> = orders_of(pane)
        .map(|row| MenuRow { letter: row.letter, name: row.name, text: row.doc.to_owned(), does: Chosen::Order(row) })
        .collect();
    if rows.is_empty() {
        return state.say(Tone::Muted, one_order(pane));
    }
    let now = state.order_of(pane);
    let row = orders_of(pane).position(|row| row.order == now).unwrap_or(0);
    state.layers.push(Layer::Menu(Menu { title: "Order", rows, row }));
}

/// Puts a view into the order of a name.
///
/// # Errors
/// [`ErrorKind::Invalid`] where the view has no such order, with those that it has.
pub(super) fn order(state: &mut State, pane: Pane, name: &str) -> Result<()> {
    let Some(row) = order_named(pane, name) else {
        let known: Vec<&str> = orders_of(pane).map(|row| row.name).collect();
        if known.is_empty() {
            return Err(Error::new(ErrorKind::Invalid, one_order(pane)).hint("name the view too: `order objects versions`"));
        }
        let error = Error::new(ErrorKind::Invalid, format!("{} has no order {name:?}", pane.name()));
        return Err(error.hint(format!("there are {}", known.join(", "))));
    };
    put_in_order(state, row);
    Ok(())
}

fn one_order(pane: Pane) -> String {
    format!("{} has one order only", pane.name())
}

fn put_in_order(state: &mut State, row: &OrderRow) {
    state.orders.insert(row.pane, row.order);
    let large = row.pane == Pane::Objects && row.order != Order::Name && state.objects.entries.len() > MAX_WEIGHED;
    let but = if large {
        format!("; more than {} objects stay by name", grouped(u64::try_from(MAX_WEIGHED).unwrap_or(u64::MAX)))
    } else {
        String::new()
    };
    state.say(Tone::Plain, format!("{}: {}{but}", row.pane.name(), row.doc));
}

fn cells(state: &State, not: bool) -> Vec<MenuRow> {
    let mut rows = Vec::new();
    let mut add = |letter, name, text: String| {
        let filter = if not { format!("not ({text})") } else { text };
        rows.push(MenuRow { letter, name, text: filter, does: Chosen::Filter });
    };
    let test = |field: &str, value: &str| format!("{field} == {}", quoted(value));
    let field = super::timeline::field_under_cursor(state);
    if state.focus != Pane::Timeline && !field.is_empty() {
        add('p', "field", test("path", &field));
    }
    let Some(row) = state.timeline.row(state.index()) else { return rows };
    if let (Some(from), here) = (state.selection, state.cursor) {
        add('l', "range", format!("n >= {} and n <= {}", from.min(here).0, from.max(here).0));
    }
    if !row.kind.is_empty() && !row.name.is_empty() {
        add('o', "object", test("object", &row.object_path()));
    }
    for (letter, name, field, value) in [
        ('a', "actor", "actor", &*row.actor),
        ('v', "verb", "verb", row.verb.as_str()),
        ('t', "kind", "kind", &row.kind),
        ('s', "namespace", "ns", &row.namespace),
        ('m', "name", "name", &row.name),
        ('u', "subresource", "sub", &row.subresource),
    ] {
        if !value.is_empty() {
            add(letter, name, test(field, value));
        }
    }
    if row.status != 0 {
        add('c', "status", format!("code == {}", row.status));
    }
    if let Some(span) = &row.span {
        add('r', "reconcile", test("reconcile", &span.name));
    }
    rows
}

/// A value as the filter's language takes it.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A command in a menu.
pub(super) fn in_menu(state: &mut State, mut menu: Menu, command: Command) -> Vec<Effect> {
    match command.action {
        Action::Enter => return chosen(state, &menu, menu.row),
        Action::Complete => return prepare(state, &menu),
        _ => {}
    }
    menu.row = super::layers::moved(menu.row, command, menu.rows.len());
    state.layers.push(Layer::Menu(menu));
    Vec::new()
}

/// Puts the filter of the row into the prompt, to go on writing it.
fn prepare(state: &mut State, menu: &Menu) -> Vec<Effect> {
    let row = menu.rows.get(menu.row).filter(|row| row.does == Chosen::Filter);
    let Some(line) = row.map(|row| with(state, &row.text)) else {
        state.layers.push(Layer::Menu(menu.clone()));
        return Vec::new();
    };
    state.layers.push(Layer::Prompt(Prompt::with(Purpose::Filter, line)));
    words(state)
}

/// A letter in a menu chooses its row.
pub(super) fn letter(state: &mut State, letter: Option<char>) -> Vec<Effect> {
    let Some(Layer::Menu(menu)) = state.layers.last().cloned() else { return Vec::new() };
    match menu.rows.iter().position(|row| Some(row.letter) == letter) {
        Some(at) => {
            state.layers.pop();
            chosen(state, &menu, at)
        }
        None => Vec::new(),
    }
}

/// The filter that is there, and this.
fn with(state: &State, more: &str) -> String {
    match state.filter() {
        Some(filter) if filter.source() == more => more.to_owned(),
        Some(filter) if filter.nodes().len() > 1 => format!("({}) and {more}", filter.source()),
        Some(filter) => format!("{} and {more}", filter.source()),
        None => more.to_owned(),
    }
}

fn chosen(state: &mut State, menu: &Menu, at: usize) -> Vec<Effect> {
    let Some(row) = menu.rows.get(at) else { return Vec::new() };
    if let Chosen::Order(row) = row.does {
        put_in_order(state, row);
        return Vec::new();
    }
    let line = with(state, &row.text);
    match filter::apply(state, &line) {
        Ok(effects) => {
            super::layers::remember(state, Purpose::Filter, line);
            effects
        }
        Err(wrong) => {
            state.say(Tone::Bad, wrong.to_string());
            Vec::new()
        }
    }
}

/// Opens a picker.
pub(super) fn open(state: &mut State, kind: PickerKind) -> Vec<Effect> {
    state.layers.push(Layer::Picker(Picker::new(kind)));
    refresh(state)
}

/// What was typed has changed: the rows are others.
pub(super) fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(Layer::Picker(picker)) = state.layers.last() else { return Vec::new() };
    let (kind, pattern) = (picker.kind, picker.list.filter.value().to_owned());
    if kind == PickerKind::Objects {
        let generation = state.next_generation();
        if let Some(Layer::Picker(picker)) = state.layers.last_mut() {
            picker.waits = true;
            picker.list.row = 0;
        }
        return vec![Effect::Ask(Request::Objects { pattern, generation })];
    }
    let all = if kind == PickerKind::Commands { commands(&state.keymap) } else { jumps(state) };
    let (best, total) = fuzzy::best(&pattern, all.iter().map(|row| &*row.text), MAX_ROWS);
    let rows = best.into_iter().filter_map(|(at, marked)| Some(PickerRow { marked, ..all.get(at)?.clone() })).collect();
    if let Some(Layer::Picker(picker)) = state.layers.last_mut() {
        picker.rows = rows;
        picker.total = total;
        picker.list.row = 0;
    }
    Vec::new()
}

/// Every action with its keys, from the same table as the help, and every order.
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
    let rows = state.jumps.list(here).into_iter().rev();
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

/// A command in a picker.
pub(super) fn in_picker(state: &mut State, mut picker: Picker, command: Command) -> Vec<Effect> {
    if command.action == Action::Enter {
        return match picker.chosen().map(|row| row.pick) {
            Some(Pick::Object(object)) => state.go(Move::Hop(Hop::Nearest(object))),
            Some(Pick::GoTo(at)) => {
                state.stay();
                state.jump(at);
                Vec::new()
            }
            Some(Pick::Order(row)) => {
                put_in_order(state, row);
                Vec::new()
            }
            Some(Pick::Do(action)) => panes::act(state, Command::plain(action)),
            None => Vec::new(),
        };
    }
    picker.list.row = super::layers::moved(picker.list.row, command, picker.rows.len());
    state.layers.push(Layer::Picker(picker));
    Vec::new()
}

/// Asks for what the picker shows of the object that one stands on.
pub(super) fn wishes(state: &mut State) -> Vec<Effect> {
    let at = state.cursor;
    let Some(Layer::Picker(picker)) = state.layers.last_mut() else { return Vec::new() };
    let Some(Pick::Object(object)) = picker.chosen().map(|row| row.pick) else { return Vec::new() };
    if picker.preview.as_ref().is_some_and(|(of, _)| *of == object) {
        return Vec::new();
    }
    picker.preview = Some((object, Vec::new()));
    vec![Effect::Ask(Request::Preview { object, at })]
}
