//! The Objects pane: the tree of objects, and below it the versions of the selected one.
//!
//! ```text
//! ▾ shop
//!   ▾ Deployment
//! ▶   checkout            L  -2   74
//! ── versions of Deployment/checkout ──
//!   #12  rv 48213  gen 42  12:00:12.219
//! ```

use crate::layout::Area;
use crate::protocol::ObjectEntry;
use crate::state::{Objects, State, TreeRow};
use crate::theme::Role;
use crate::view::Pane;
use kuberewind_analysis::finding::Class;
use kuberewind_model::Presence;

use super::pen::Pen;
use super::text::{clock, width};

/// Returns the height of the tree in a pane of `height` rows. The rest is for the versions.
#[must_use]
pub fn tree_height(height: u16) -> u16 {
    if height < 16 { height } else { height - (height / 3).min(16) }
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    let objects = &state.objects;
    if objects.at.is_none() || objects.rows.is_empty() {
        let words = if objects.at.is_none() { "loading" } else { "no object was observed up to here" };
        pen.wrapped(Area { x: area.x + 1, w: area.w.saturating_sub(2), ..area }, words, Role::Muted);
        return;
    }
    let (tree, rest) = area.split_top(tree_height(area.h));
    let here = state.timeline.row_of(state.cursor).and_then(|row| row.object);
    for line in 0..tree.h {
        let row = objects.top + usize::from(line);
        let at = Area { y: tree.y + line, h: 1, ..tree };
        let Some(kind) = objects.rows.get(row) else { break };
        let of_cursor = objects.entry(row).is_some_and(|entry| Some(entry.id) == here);
        if row == objects.row && state.panes.focus == Pane::Objects {
            pen.tint(at, Role::Selection);
        } else if of_cursor {
            pen.tint(at, Role::Resting);
        }
        if of_cursor {
            pen.put(at.x, at.y, pen.glyph("▶", ">"), Role::Accent, 1);
        }
        match kind {
            TreeRow::Object(place) => {
                if let Some(entry) = objects.entries.get(*place) {
                    object(pen, at, state, entry);
                }
            }
            TreeRow::Namespace(range) | TreeRow::Kind(range) => group(pen, at, objects, row, kind, range.len()),
        }
    }
    if rest.h > 2 {
        versions(pen, rest, state);
    }
}

fn group(pen: &mut Pen<'_>, at: Area, objects: &Objects, row: usize, kind: &TreeRow, count: usize) {
    let Some(((namespace, of), closed)) = objects.group(row) else { return };
    let (indent, role) = if matches!(kind, TreeRow::Kind(_)) { (3, Role::Text) } else { (1, Role::Heading) };
    let mark = if closed { pen.glyph("▸ ", "> ") } else { pen.glyph("▾ ", "v ") };
    let scope = if namespace.is_empty() { "cluster-scoped".into() } else { namespace };
    let name = of.unwrap_or(scope);
    let end = at.x + at.w;
    let x = pen.put(at.x + indent, at.y, mark, Role::Muted, 2);
    let x = pen.put(x, at.y, &name, role, end.saturating_sub(x + 1));
    if closed {
        pen.put(x + 1, at.y, &format!("({count})"), Role::Muted, end.saturating_sub(x + 2));
    }
}

fn object(pen: &mut Pen<'_>, at: Area, state: &State, entry: &ObjectEntry) {
    let gone = entry.presence == Presence::Absent;
    let facts = state.objects.facts.get(&entry.id).copied().unwrap_or_default();
    let end = at.x + at.w - 1;
    let count = if facts.versions > 0 { facts.versions.to_string() } else { String::new() };
    pen.put_right(end, at.y, &count, Role::Muted, 6);
    let mut right = end.saturating_sub(u16::try_from(count.len().max(3)).unwrap_or(3) + 1);
    if facts.behind > 0 {
        let behind = format!("-{}", facts.behind);
        pen.put_right(right, at.y, &behind, Role::Notice, 5);
        right = right.saturating_sub(u16::try_from(behind.len()).unwrap_or(2) + 1);
    }
    if let Some((sign, role)) = badge(state, entry) {
        pen.put_right(right, at.y, sign, role, 1);
        right = right.saturating_sub(2);
    }
    if gone {
        pen.put_right(right, at.y, "gone", Role::Muted, 4);
        right = right.saturating_sub(5);
    }
    let x = at.x + 5;
    let again = if entry.incarnation > 1 { format!(" ({})", entry.incarnation) } else { String::new() };
    let role = if gone { Role::Faint } else { Role::Text };
    let x = pen.put(x, at.y, &entry.name, role, right.saturating_sub(x));
    pen.put(x, at.y, &again, Role::Muted, right.saturating_sub(x));
}

/// Returns the sign of an object's finding, if it has one.
fn badge(state: &State, entry: &ObjectEntry) -> Option<(&'static str, Role)> {
    let name = if entry.namespace.is_empty() {
        format!("{}/{}", entry.kind, entry.name)
    } else {
        format!("{}/{}/{}", entry.kind, entry.namespace, entry.name)
    };
    let found = state.findings.about(&name)?;
    Some(match found.class {
        Class::Loops => ("L", Role::Notice),
        Class::Races => ("R", Role::Notice),
        Class::Errors => ("!", Role::Error),
        Class::Slow => ("S", Role::Muted),
        Class::Access | Class::Invariants => ("I", Role::Notice),
    })
}

fn versions(pen: &mut Pen<'_>, area: Area, state: &State) {
    let objects = &state.objects;
    let rule = pen.glyph("─", "-").repeat(usize::from(area.w));
    pen.put(area.x, area.y, &rule, Role::Border, area.w);
    let selected = objects.selected.as_ref();
    let title = selected.map_or_else(|| " versions ".to_owned(), |entry| format!(" versions of {}/{} ", entry.kind, entry.name));
    pen.put(area.x + 2, area.y, &title, Role::Muted, area.w.saturating_sub(4));
    if objects.versions.is_empty() {
        let words = if selected.is_none() { "select an object" } else { "no version is known" };
        pen.put(area.x + 2, area.y + 1, words, Role::Muted, area.w.saturating_sub(2));
        return;
    }
    let height = usize::from(area.h - 1);
    let now = objects.versions.iter().rposition(|version| version.at <= state.cursor);
    let top = now.unwrap_or(0).saturating_sub(height / 2).min(objects.versions.len().saturating_sub(height));
    for (line, (at, version)) in (0..area.h - 1).zip(objects.versions.iter().enumerate().skip(top)) {
        let y = area.y + 1 + line;
        let role = if now.is_some_and(|now| at > now) { Role::Faint } else { Role::Text };
        if Some(at) == now {
            pen.put(area.x, y, pen.glyph("▶", ">"), Role::Accent, 1);
        }
        let mut text = format!("{:<6} rv {}", version.at.to_string(), version.resource_version);
        if version.gone {
            text = format!("{:<6} gone", version.at.to_string());
        } else if let Some(generation) = version.generation {
            text.push_str(&format!("  gen {generation}"));
        }
        let x = pen.put(area.x + 2, y, &text, role, area.w.saturating_sub(2));
        let time = clock(version.time);
        if usize::from(x) + width(&time) + 1 < usize::from(area.x + area.w) {
            pen.put_right(area.x + area.w - 1, y, &time, Role::Muted, 12);
        }
    }
}
