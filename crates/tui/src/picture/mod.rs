//! A ratatui buffer as an SVG picture.
//!
//! Each run of cells with the same style is a rectangle and a text of fixed width, so that nothing drifts. Lines, corners and
//! bars are drawn as shapes, so that they meet in any font.
//!
//! Letters are text in a font of the viewer, or outlines if [`Paper::outlines`] has a font. With outlines every viewer shows the
//! same picture. Embedded fonts do not work everywhere: `rsvg-convert` ignores them, and so do browsers on pages that forbid
//! fonts, such as GitHub's raw files.

mod color;
mod geometry;
mod markup;
mod paper;
mod shapes;
mod sheet;

pub(super) use color::{hex, rgb};
pub(super) use markup::escape;
pub use paper::{ADVANCE, Outlines, Paper};
pub(super) use sheet::Sheet;
pub use sheet::svg;
