//! Sizes in SVG units.

pub(super) const CELL_WIDTH: u32 = 9;
pub(super) const CELL_HEIGHT: u32 = 19;
pub(super) const FONT_SIZE: u32 = 15;
/// The distance of a text's baseline from the top of its cell.
pub(super) const BASELINE: u32 = 14;
/// The margin around the screen.
pub(super) const MARGIN: u32 = 12;
