//! Themes: TOML files with a style for each role of text on the screen.

mod background;
mod color;
mod contrast;
mod look;
mod readme;
mod roles;
mod styles;
mod themes;
mod watched_files;

pub use background::Background;
pub use color::Depth;
pub use contrast::readable;
pub use readme::readme;
pub use roles::Role;
pub use styles::Theme;
pub use themes::Themes;
pub use watched_files::WatchedFiles;
