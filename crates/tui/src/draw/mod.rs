//! Drawing of the state on a ratatui frame. It only borrows the state, and its cost is bounded by the size of the screen.

mod bookmarks;
mod changes;
mod detail;
mod frame;
mod header;
mod help;
mod lanes;
mod line;
mod menu;
mod minimap;
mod objects;
mod pen;
mod picker;
mod prompt;
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
pub use frame::tab_at;
pub use help::{HelpLine, help_lines};
pub use lanes::lane_at;
pub use minimap::{MINIMAP_LEFT, MINIMAP_MARGIN};
pub use objects::tree_height;
pub use status::speed_text;

use pen::Pen;

/// Draws the whole screen. `area` must begin at the upper left corner.
pub fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, theme: &Theme) {
    let mut pen = Pen::new(frame.buffer_mut(), area, theme, state.screen.ascii);
    pen.fill(Area { x: area.x, y: area.y, w: area.width, h: area.height }, Role::Text);
    let layout = state.layout();
    if layout.too_small {
        let words = format!("{}x{} is too small: kuberewind needs 40x10", state.screen.size.0, state.screen.size.1);
        pen.wrapped(Area { x: 0, y: 0, w: area.width, h: area.height }, &words, Role::Text);
        return;
    }
    header::draw(&mut pen, layout.header, state);
    minimap::draw(&mut pen, layout.minimap, state);
    for slot in &layout.slots {
        frame::draw(&mut pen, slot, state);
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
        Some(Layer::Bookmarks(list)) => bookmarks::draw(&mut pen, state, list),
        Some(Layer::Menu(menu)) => menu::draw(&mut pen, state, menu),
        Some(Layer::Picker(picker)) => picker::draw(&mut pen, state, picker),
        Some(Layer::Prompt(_)) => {}
        None => which_key::draw(&mut pen, state, &layout),
    }
    pen.finish();
}
