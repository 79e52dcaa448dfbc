//! A menu whose rows are chosen by a letter.

use crate::action::Action;
use crate::keys::Context;
use crate::layout::Area;
use crate::state::{Menu, MenuChoice, State};
use crate::theme::Role;
use kuberewind_text::clean;

use super::pen::Pen;
use super::text::width;

pub(super) fn draw(pen: &mut Pen<'_>, state: &State, menu: &Menu) {
    let longest = menu.rows.iter().map(|row| width(&clean(&row.text))).max().unwrap_or(0);
    let wanted = u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(22).max(48);
    let rows = u16::try_from(menu.rows.len()).unwrap_or(u16::MAX).saturating_add(2);
    let (w, h) = (wanted.min(state.screen.size.0.saturating_sub(4)), rows.min(state.screen.size.1.saturating_sub(2)).max(3));
    let area = Area { x: (state.screen.size.0 - w) / 2, y: state.screen.size.1.saturating_sub(h) / 2, w, h };
    pen.fill(area, Role::Text);
    pen.border(area, Role::Focus);
    pen.put(area.x + 2, area.y, &format!(" {} ", menu.title), Role::Accent, w.saturating_sub(4));
    let filters = menu.rows.iter().any(|row| row.does == MenuChoice::Filter);
    let does: &[(Action, &str)] = if filters {
        &[(Action::Enter, "applies"), (Action::Complete, "edits"), (Action::Cancel, "closes")]
    } else {
        &[(Action::Enter, "chooses"), (Action::Cancel, "closes")]
    };
    let keys = format!(" {} ", state.hints_in(Context::List, does));
    pen.put_right(area.x + w - 2, area.y + h - 1, &keys, Role::Muted, w.saturating_sub(4));
    let inner = area.inner();
    let top = (menu.row + 1).saturating_sub(usize::from(inner.h));
    for ((y, at), row) in (inner.y..inner.y + inner.h).zip(top..).zip(menu.rows.iter().skip(top)) {
        let line = Area { y, h: 1, ..inner };
        if at == menu.row {
            pen.tint(line, Role::Selection);
            pen.put(line.x, y, pen.glyph("▶", ">"), Role::Accent, 1);
        }
        let end = line.x + line.w;
        pen.put(line.x + 2, y, &row.letter.to_string(), Role::Hint, 1);
        pen.put(line.x + 5, y, row.name, Role::Muted, 11.min(line.w.saturating_sub(5)));
        pen.put(line.x + 17, y, &row.text, Role::Text, end.saturating_sub(line.x + 17));
    }
}
