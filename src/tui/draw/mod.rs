//! Drawing: a pure function of the state. Nothing here changes it, and nothing costs more than the screen is large.

mod detail;
mod header;
mod help;
mod lanes;
mod line;
mod menu;
mod minimap;
mod objects;
mod pen;
mod picker;
mod places;
mod slot;
mod status;
mod text;
mod timeline;
mod which_key;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::layout::Area;
use super::state::{Layer, State};
use super::theme::{Role, Theme};
use super::view::Pane;

pub use detail::rows_of;
pub use help::{HelpLine, help_lines};
pub use lanes::lane_at;
pub use objects::tree_height;
pub use slot::tab_at;
pub use status::speed_text;
pub use text::{cells, clean, grouped};

use pen::Pen;

/// Columns left of the minimap's cells: the names of its rows.
pub const MINIMAP_LEFT: u16 = 9;
/// Columns of the minimap that are no cells, on both sides together.
pub const MINIMAP_MARGIN: u16 = MINIMAP_LEFT + 1;

/// Draws everything into `area`, which begins at the screen's corner.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let mut pen = Pen::new(frame.buffer_mut(), area, theme, state.screen.ascii);
    pen.fill(Area { x: area.x, y: area.y, w: area.width, h: area.height }, Role::Text);
    let layout = state.layout();
    if layout.too_small {
        let words = format!("{}x{} is too small for kuberewind: 40x10 is the least", state.screen.size.0, state.screen.size.1);
        pen.wrapped(Area { x: 0, y: 0, w: area.width, h: area.height }, &words, Role::Text);
        return;
    }
    header::draw(&mut pen, layout.header, state);
    minimap::draw(&mut pen, layout.minimap, state);
    for slot in &layout.slots {
        slot::frame(&mut pen, slot, state);
        match slot.shown {
            Pane::Timeline => timeline::draw(&mut pen, slot.area.inner(), state),
            Pane::Objects => objects::draw(&mut pen, slot.area.inner(), state),
            Pane::Lanes => lanes::draw(&mut pen, slot.area.inner(), state),
            Pane::Detail(kind) => detail::draw(&mut pen, slot.area.inner(), state, kind),
        }
    }
    status::draw(&mut pen, layout.status, state);
    status::hints(&mut pen, layout.hints, state);
    match state.dialogs.layers.last() {
        Some(Layer::Help(list)) => help::draw(&mut pen, state, list),
        Some(Layer::Bookmarks(list)) => places::draw(&mut pen, state, list),
        Some(Layer::Menu(menu)) => menu::draw(&mut pen, state, menu),
        Some(Layer::Picker(picker)) => picker::draw(&mut pen, state, picker),
        Some(Layer::Prompt(_)) => {}
        None => which_key::draw(&mut pen, state, &layout),
    }
}
