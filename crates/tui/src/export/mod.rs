//! Export of the focused pane as text, JSON, YAML or CSV, and of the whole screen as SVG or HTML.

mod content;
mod csv;
mod drawn;
mod file;
mod format;
mod html;
mod input;
mod json;
mod redacted;
mod text;
mod yaml;

pub use content::Content;
pub use file::to_file;
pub use format::Format;
pub(super) use text::{glyphs, row_text};
