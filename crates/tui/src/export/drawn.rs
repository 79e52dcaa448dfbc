//! The focused pane as it looks on the screen, without its border.

use ratatui::buffer::Cell;

use crate::screenshot::screenshot;
use crate::state::State;
use crate::theme::{Depth, Theme};

pub(super) fn lines(state: &State) -> Option<Vec<String>> {
    let theme = Theme::load("mono", Depth::None).ok()?;
    let screen = screenshot(state, &theme).ok()?;
    let area = state.layout().inner(state.panes.focus)?;
    let row = |y| {
        let cells = (area.x..area.x.saturating_add(area.w)).filter_map(|x| screen.cell((x, y)));
        cells.map(Cell::symbol).collect::<String>().trim_end().to_owned()
    };
    let mut lines: Vec<String> = (area.y..area.y.saturating_add(area.h)).map(row).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    Some(lines)
}
