//! Menus: the filters for the cursor's row, and the orders of a view.

use crate::action::{Action, Command};
use crate::doc::Tone;
use crate::effect::Effect;
use crate::order::{Order, OrderRow, order_named, orders_of};
use crate::protocol::MAX_SORTED;
use crate::state::{Layer, Menu, MenuChoice, MenuRow, Prompt, Purpose, State};
use crate::view::Pane;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_text::grouped;

use super::moves::field_at_line;
use super::{completion, filter, prompt_history};

/// Moves the row of a dialog's list.
pub(super) fn moved(row: usize, command: Command, len: usize) -> usize {
    let times = usize::try_from(command.times()).unwrap_or(usize::MAX);
    let to = match command.action {
        Action::Down => row.saturating_add(times),
        Action::Up => row.saturating_sub(times),
        Action::PageDown => row.saturating_add(10),
        Action::PageUp => row.saturating_sub(10),
        Action::First => 0,
        Action::Last => usize::MAX,
        // The key table binds no other action in a list.
        _ => row,
    };
    to.min(len.saturating_sub(1))
}

/// Opens the menu of filters for the cursor's row.
pub(super) fn open_filters(state: &mut State, not: bool) -> Vec<Effect> {
    let rows = filters(state, not);
    if rows.is_empty() {
        state.say(Tone::Muted, "there is nothing here to filter by");
        return Vec::new();
    }
    let title = if not { "Not this" } else { "Only this" };
    state.dialogs.layers.push(Layer::Menu(Menu { title, rows, row: 0 }));
    Vec::new()
}

/// Opens the menu of orders for the focused view.
pub(super) fn open_orders(state: &mut State) {
    let pane = state.panes.focus;
    let rows: Vec<MenuRow> = orders_of(pane)
        .map(|row| MenuRow { letter: row.letter, name: row.name, text: row.doc.to_owned(), does: MenuChoice::Order(row) })
        .collect();
    if rows.is_empty() {
        return state.say(Tone::Muted, single_order(pane));
    }
    let now = state.order_of(pane);
    let row = orders_of(pane).position(|row| row.order == now).unwrap_or(0);
    state.dialogs.layers.push(Layer::Menu(Menu { title: "Order", rows, row }));
}

/// Sets the order of a view by name.
///
/// # Errors
/// [`ErrorKind::Invalid`] if the view has no such order, with its orders as a hint.
pub(super) fn order(state: &mut State, pane: Pane, name: &str) -> Result<()> {
    let Some(row) = order_named(pane, name) else {
        let known: Vec<&str> = orders_of(pane).map(|row| row.name).collect();
        if known.is_empty() {
            return Err(Error::new(ErrorKind::Invalid, single_order(pane)).hint("name the view too: `order objects versions`"));
        }
        let error = Error::new(ErrorKind::Invalid, format!("{} has no order {name:?}", pane.name()));
        return Err(error.hint(format!("there are {}", known.join(", "))));
    };
    set_order(state, row);
    Ok(())
}

fn single_order(pane: Pane) -> String {
    format!("{} has one order only", pane.name())
}

pub(super) fn set_order(state: &mut State, row: &OrderRow) {
    state.panes.orders.insert(row.pane, row.order);
    let large = row.pane == Pane::Objects && row.order != Order::Name && state.objects.entries.len() > MAX_SORTED;
    let but = if large {
        format!("; more than {} objects stay by name", grouped(u64::try_from(MAX_SORTED).unwrap_or(u64::MAX)))
    } else {
        String::new()
    };
    state.say(Tone::Plain, format!("{}: {}{but}", row.pane.name(), row.doc));
}

fn filters(state: &State, not: bool) -> Vec<MenuRow> {
    let mut rows = Vec::new();
    let mut add = |letter, name, text: String| {
        let filter = if not { format!("not ({text})") } else { text };
        rows.push(MenuRow { letter, name, text: filter, does: MenuChoice::Filter });
    };
    let test = |field: &str, value: &str| format!("{field} == {}", quoted(value));
    let field = field_at_line(state);
    if state.panes.focus != Pane::Timeline && !field.is_empty() {
        add('p', "field", test("path", &field));
    }
    let Some(row) = state.timeline.row(state.index()) else { return rows };
    if let (Some(from), here) = (state.timeline.selection, state.cursor) {
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

/// Quotes a value for the filter language.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Performs an action in a menu.
pub(super) fn act(state: &mut State, mut menu: Menu, command: Command) -> Vec<Effect> {
    match command.action {
        Action::Enter => return chosen(state, &menu, menu.row),
        Action::Complete => return edit_filter(state, &menu),
        _ => {}
    }
    menu.row = moved(menu.row, command, menu.rows.len());
    state.dialogs.layers.push(Layer::Menu(menu));
    Vec::new()
}

/// Opens the prompt with the filter of the row.
fn edit_filter(state: &mut State, menu: &Menu) -> Vec<Effect> {
    let row = menu.rows.get(menu.row).filter(|row| row.does == MenuChoice::Filter);
    let Some(line) = row.map(|row| combined(state, &row.text)) else {
        state.dialogs.layers.push(Layer::Menu(menu.clone()));
        return Vec::new();
    };
    state.dialogs.layers.push(Layer::Prompt(Prompt::with(Purpose::Filter, line)));
    completion::request_vocabulary(state)
}

/// Selects the row with a letter.
pub(super) fn letter(state: &mut State, letter: Option<char>) -> Vec<Effect> {
    let Some(Layer::Menu(menu)) = state.dialogs.layers.last().cloned() else { return Vec::new() };
    match menu.rows.iter().position(|row| Some(row.letter) == letter) {
        Some(at) => {
            state.dialogs.layers.pop();
            chosen(state, &menu, at)
        }
        None => Vec::new(),
    }
}

/// The current filter and an additional condition.
fn combined(state: &State, more: &str) -> String {
    match state.filter() {
        Some(filter) if filter.source() == more => more.to_owned(),
        Some(filter) if filter.nodes().len() > 1 => format!("({}) and {more}", filter.source()),
        Some(filter) => format!("{} and {more}", filter.source()),
        None => more.to_owned(),
    }
}

fn chosen(state: &mut State, menu: &Menu, at: usize) -> Vec<Effect> {
    let Some(row) = menu.rows.get(at) else { return Vec::new() };
    if let MenuChoice::Order(row) = row.does {
        set_order(state, row);
        return Vec::new();
    }
    let line = combined(state, &row.text);
    match filter::apply(state, &line) {
        Ok(effects) => {
            prompt_history::remember(state, Purpose::Filter, line);
            effects
        }
        Err(wrong) => {
            state.say(Tone::Bad, wrong.to_string());
            Vec::new()
        }
    }
}
