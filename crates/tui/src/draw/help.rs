//! The help: the key table, filtered by the typed text.

use crate::action::Action;
use crate::keys::{Context, Group, Keymap, TABLE, spelled};
use crate::layout::Area;
use crate::state::{ListState, State};
use crate::theme::Role;
use crate::view::Pane;

use super::pen::Pen;

/// A line of the help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelpLine {
    /// Empty for a heading.
    pub keys: String,
    /// The description of the action, or the heading.
    pub doc: &'static str,
}

fn title(group: Group) -> &'static str {
    match group {
        Group::Move => "Moving in a pane",
        Group::Time => "Moving in time",
        Group::Cause => "Cause and effect",
        Group::Find => "Finding",
        Group::Marks => "Bookmarks, marks, jumps",
        Group::View => "View",
        Group::Out => "Copy and export",
        Group::App => "Program",
    }
}

/// Returns the groups in display order: the most relevant for the focused pane first.
fn groups(focus: Pane) -> [Group; 8] {
    match focus {
        Pane::Timeline => {
            [Group::Time, Group::Move, Group::Cause, Group::Find, Group::Marks, Group::View, Group::Out, Group::App]
        }
        _ => [Group::View, Group::Move, Group::Cause, Group::Out, Group::Time, Group::Find, Group::Marks, Group::App],
    }
}

/// Returns the lines whose keys, description or action name contain the filter. Actions without a key have no line.
#[must_use]
pub fn help_lines(keymap: &Keymap, focus: Pane, filter: &str) -> Vec<HelpLine> {
    let filter = filter.to_lowercase();
    let mut lines = Vec::new();
    for group in groups(focus) {
        let mut heading = Some(HelpLine { keys: String::new(), doc: title(group) });
        for row in TABLE.iter().filter(|row| row.context == Context::Main && row.group == group) {
            let keys: Vec<String> = keymap.keys_of(row.context, row.action).map(spelled).collect();
            let keys = keys.join(" ");
            let holds = |text: &str| text.to_lowercase().contains(&filter);
            if !keys.is_empty() && (holds(row.doc) || holds(&keys) || holds(&row.action.name())) {
                lines.extend(heading.take());
                lines.push(HelpLine { keys, doc: row.doc });
            }
        }
    }
    lines
}

pub(super) fn draw(pen: &mut Pen<'_>, state: &State, list: &ListState) {
    let (w, h) = (state.screen.size.0.saturating_sub(4).min(92), state.screen.size.1.saturating_sub(2).min(46));
    let area = Area { x: (state.screen.size.0 - w) / 2, y: (state.screen.size.1 - h) / 2, w, h };
    pen.fill(area, Role::Text);
    pen.border(area, Role::Focus);
    let lines = help_lines(&state.keys.map, state.panes.focus, list.filter.value());
    pen.put(area.x + 2, area.y, &format!(" Keys in {} ", state.panes.focus.name()), Role::Accent, w.saturating_sub(4));
    let typed = list.filter.value();
    let closes = state.hints_in(Context::Help, &[(Action::Cancel, "closes")]);
    let words = if typed.is_empty() { format!(" type to filter, {closes} ") } else { format!(" filter: {typed}_ ") };
    pen.put_right(area.x + w - 2, area.y, &words, Role::Muted, w.saturating_sub(12));
    let inner = area.inner();
    if lines.is_empty() {
        pen.put(inner.x + 1, inner.y, "no key matches", Role::Muted, inner.w.saturating_sub(2));
    }
    let top = list.row.min(lines.len().saturating_sub(usize::from(inner.h)));
    for (row, line) in (0..inner.h).zip(lines.iter().skip(top)) {
        let y = inner.y + row;
        if line.keys.is_empty() {
            pen.put(inner.x + 1, y, line.doc, Role::Heading, inner.w.saturating_sub(2));
        } else {
            let room = inner.w.saturating_sub(2);
            pen.put(inner.x + 3, y, &line.keys, Role::Hint, 17.min(room));
            pen.put(inner.x + 21, y, line.doc, Role::Text, room.saturating_sub(20));
        }
    }
    let below = lines.len().saturating_sub(top + usize::from(inner.h));
    if below > 0 {
        pen.put_right(area.x + w - 2, area.y + h - 1, &format!(" {below} more "), Role::Muted, w.saturating_sub(4));
    }
}
