//! Renders the screen to memory, for pictures, exports and tests.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use kuberewind_model::{Error, ErrorKind, Result};

use super::draw::draw;
use super::state::State;
use super::theme::Theme;

/// # Errors
/// Drawing to memory does not fail; the error type comes from ratatui.
pub fn screenshot(state: &State, theme: &Theme) -> Result<Buffer> {
    let (w, h) = state.screen.size;
    let failed = |error| Error::new(ErrorKind::Io, "cannot draw").because(format!("{error:?}"));
    let mut terminal = Terminal::new(TestBackend::new(w, h)).map_err(failed)?;
    terminal.draw(|frame| draw(frame, frame.area(), state, theme)).map_err(failed)?;
    Ok(terminal.backend().buffer().clone())
}
