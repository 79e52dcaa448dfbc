//! The frames around panes, with their tabs.
//!
//! Not ratatui's `Tabs`: the tabs are on the border, scroll when there are more than fit, and the mouse finds them by column.

use crate::action::Action;
use crate::doc::{Doc, LineKind};
use crate::layout::{Area, Slot};
use crate::protocol::{LaneBy, MAX_SORTED};
use crate::state::State;
use crate::theme::Role;
use crate::view::{DocKind, Pane};
use kuberewind_model::json::pointer;

use super::pen::Pen;
use super::text::width;
use kuberewind_text::{clean, counted, grouped};

/// The tabs that fit on the upper border of a frame.
struct Tabs {
    /// The column, the width and the pane of each tab.
    shown: Vec<(u16, u16, Pane)>,
    /// True for further tabs to the left, and to the right.
    more: (bool, bool),
}

/// Returns the tabs that fit, always with the current one. A third of the border is reserved for the description of the pane.
fn tabs(slot: &Slot) -> Tabs {
    let left = slot.area.x.saturating_add(4);
    let end = slot.area.x.saturating_add(slot.area.w.saturating_sub(if slot.tabs.len() > 1 { slot.area.w / 3 } else { 3 }));
    let shown = slot.tabs.iter().position(|pane| *pane == slot.shown).unwrap_or(0);
    for first in 0..=shown {
        let mut x = left + if first > 0 { 2 } else { 0 };
        let mut found = Vec::new();
        for pane in slot.tabs.iter().skip(first) {
            let len = u16::try_from(pane.name().len()).unwrap_or(u16::MAX);
            if x.saturating_add(len).saturating_add(1) > end {
                break;
            }
            found.push((x, len, *pane));
            x = x.saturating_add(len).saturating_add(3);
        }
        let more = (first > 0, first + found.len() < slot.tabs.len());
        if first == shown || first + found.len() > shown {
            return Tabs { shown: found, more };
        }
    }
    Tabs { shown: Vec::new(), more: (false, false) }
}

/// Returns the tab at a column of the upper border.
#[must_use]
pub fn tab_at(slot: &Slot, x: u16) -> Option<Pane> {
    tabs(slot).shown.into_iter().find(|(at, len, _)| x >= *at && x < at.saturating_add(*len)).map(|(_, _, pane)| pane)
}

/// Draws the border of a pane with its tabs at the left and its description at the right.
pub(super) fn draw(pen: &mut Pen<'_>, slot: &Slot, state: &State) {
    let area = slot.area;
    let focused = state.panes.focus == slot.shown;
    pen.border(area, if focused { Role::Focus } else { Role::Border });
    if area.w < 8 {
        return;
    }
    let edge = area.x + area.w - 2;
    let end = draw_tabs(pen, slot, focused).min(edge);
    let room = edge.saturating_sub(end + 2);
    let about = about(slot.shown, state, usize::from(room.saturating_sub(2)));
    if !about.is_empty() && room > 6 {
        let shown = u16::try_from(width(&clean(&about))).unwrap_or(u16::MAX).min(room - 2);
        pen.put(edge - shown - 1, area.y, " ", Role::Muted, 1);
        pen.put(edge - shown, area.y, &about, Role::Muted, shown);
        pen.put(edge, area.y, " ", Role::Muted, 1);
    }
    if let Some(kind) = slot.shown.doc() {
        let begin = if kind == DocKind::Diff {
            doc_of(slot.shown, state).map(|doc| counts(pen, area, doc, &state.key_of(Action::Noise)))
        } else {
            None
        };
        breadcrumb(pen, area, begin.unwrap_or(edge), state, kind);
    }
    let behind = state.objects.facts.values().any(|facts| facts.behind > 0);
    if slot.shown == Pane::Objects && behind {
        let actor = state.snapshot.actors.short(&state.objects.actor);
        let words = format!(" -n: versions not received by {actor} ");
        pen.put(area.x + 2, area.y + area.h - 1, &words, Role::Muted, area.w.saturating_sub(4));
    }
}

/// Draws the path of the current field at the left of the lower border. A long path loses its beginning.
fn breadcrumb(pen: &mut Pen<'_>, area: Area, end: u16, state: &State, kind: DocKind) {
    let Some(line) = state.details[kind].here().filter(|line| line.kind == LineKind::Tree && !line.line.path.is_empty()) else {
        return;
    };
    let path = clean(&pointer::dotted(&line.line.path)).into_owned();
    let room = usize::from(end.saturating_sub(area.x + 4));
    let mut shown = path.as_str();
    while width(shown) + usize::from(shown.len() < path.len()) > room {
        let mut rest = shown.chars();
        if rest.next().is_none() {
            return;
        }
        shown = rest.as_str();
    }
    let cut = if shown.len() < path.len() { pen.glyph("…", "~") } else { "" };
    pen.put(area.x + 2, area.y + area.h - 1, &format!(" {cut}{shown} "), Role::Muted, end.saturating_sub(area.x + 2));
}

/// Draws the number of the frame and its tabs. Returns the column after them.
fn draw_tabs(pen: &mut Pen<'_>, slot: &Slot, focused: bool) -> u16 {
    let (area, tabs) = (slot.area, tabs(slot));
    let role = if focused { Role::Accent } else { Role::Muted };
    let mut end = pen.put(area.x + 1, area.y, &format!(" {} ", slot.number), role, 3);
    if tabs.more.0 {
        end = pen.put(end, area.y, pen.glyph("‹ ", "< "), Role::Muted, 2);
    }
    for (x, len, pane) in tabs.shown {
        let role = match (pane == slot.shown, focused) {
            (true, true) => Role::Accent,
            (true, false) => Role::Heading,
            (false, _) => Role::Muted,
        };
        let marks = if pane == slot.shown && slot.tabs.len() > 1 { ("[", "]") } else { (" ", " ") };
        pen.put(x - 1, area.y, marks.0, role, 1);
        pen.put(x, area.y, pane.name(), role, len);
        end = pen.put(x + len, area.y, marks.1, role, 1);
    }
    if tabs.more.1 {
        end = pen.put(end, area.y, pen.glyph(" › ", " > "), Role::Muted, 3);
    }
    end
}

fn doc_of(pane: Pane, state: &State) -> Option<&Doc> {
    state.details[pane.doc()?].doc.as_deref()
}

/// Draws the numbers of changes and hidden changes of a diff at the right of the lower border. `key` is the key that shows the
/// hidden changes. Their names are left out if there is no room. Returns the first column.
fn counts(pen: &mut Pen<'_>, area: Area, doc: &Doc, key: &str) -> u16 {
    let changes = match doc.changes {
        0 => String::new(),
        1 => " 1 change ".to_owned(),
        many => format!(" {many} changes "),
    };
    let hidden = format!(" {} hidden ({}), {key} shows ", doc.hidden, doc.hidden_names);
    let short = format!(" {} hidden, {key} shows ", doc.hidden);
    let (edge, row) = (area.x + area.w - 2, area.y + area.h - 1);
    let room = usize::from(area.w.saturating_sub(4)).saturating_sub(width(&changes));
    let mut end = edge;
    if doc.hidden > 0 {
        let words = if width(&hidden) <= room { hidden } else { short };
        let taken = u16::try_from(width(&words).min(room)).unwrap_or(0);
        pen.put_right(end, row, &words, Role::Muted, taken);
        end = end.saturating_sub(taken);
    }
    pen.put_right(end, row, &changes, Role::Changed, area.w.saturating_sub(4));
    end.saturating_sub(u16::try_from(width(&changes)).unwrap_or(0))
}

/// Returns the description of a pane: the object and its versions, or only the versions if there is no room.
fn about(pane: Pane, state: &State, room: usize) -> String {
    match pane {
        Pane::Timeline => return super::timeline::about(state, room),
        Pane::Objects => return objects(state),
        Pane::Lanes => {
            let by = if state.lanes.by == LaneBy::Actor { "actors" } else { "objects" };
            let order = order(state, pane);
            return format!("{by}{order}, {} operations", grouped(state.lanes.range.min(state.snapshot.lineage.len())));
        }
        Pane::Detail(_) => {}
    }
    let Some(doc) = doc_of(pane, state) else { return "loading".to_owned() };
    let asked = pane.doc().and_then(|kind| state.details[kind].asked.as_ref());
    let late = if asked.is_none_or(|wish| wish.at == doc.at) { "" } else { " (loading)" };
    let order = order(state, pane);
    if doc.about.is_empty() {
        return format!("{}{order}{late}", doc.title);
    }
    let whole = format!("{}  {}{order}{late}", doc.title, doc.about);
    if width(&clean(&whole)) <= room { whole } else { format!("{}{late}", doc.about) }
}

/// Returns the number of objects and their order.
fn objects(state: &State) -> String {
    let objects = &state.objects;
    let late = if objects.at == Some(state.cursor) { "" } else { " (loading)" };
    let more = if objects.more { " and more" } else { "" };
    let order = if objects.entries.len() > MAX_SORTED { String::new() } else { order(state, Pane::Objects) };
    format!("{}{more}{order}{late}", counted(u64::try_from(objects.entries.len()).unwrap_or(u64::MAX), "object"))
}

/// Returns the order of a pane, or an empty text for the default order.
fn order(state: &State, pane: Pane) -> String {
    let name = state.chosen_order(pane);
    if name.is_empty() { String::new() } else { format!(" by {name}") }
}
