//! A frame reaches the terminal in one piece, between marks that make it appear at once (DEC mode 2026; terminals that do
//! not know them pass over them). Over a slow link nothing is torn, and a frame in which nothing changed costs nothing.

use std::io::{self, Write};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// What ratatui writes for a frame without changes: colours reset, cursor hidden.
const NOTHING: &[u8] = b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m\x1b[?25l";
/// More than any frame of 300×100 cells; beyond it a frame goes out in parts.
const MOST: usize = 4 * 1024 * 1024;

/// Collects what a frame writes.
pub(super) struct Frames<W: Write> {
    out: W,
    waiting: Vec<u8>,
    began: bool,
}

impl<W: Write> Frames<W> {
    pub(super) fn new(out: W) -> Frames<W> {
        Frames { out, waiting: Vec::new(), began: false }
    }
}

impl<W: Write> Write for Frames<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() > MOST {
            self.out.write_all(&self.waiting)?;
            self.waiting.clear();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        // The first frame says how the cursor is to be, whatever is in it.
        if waiting.is_empty() || waiting == NOTHING && self.began {
            return Ok(());
        }
        self.began = true;
        let mut piece = Vec::with_capacity(waiting.len() + BEGIN.len() + END.len());
        piece.extend_from_slice(BEGIN);
        piece.extend_from_slice(&waiting);
        piece.extend_from_slice(END);
        self.out.write_all(&piece)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use ratatui::backend::CrosstermBackend;
    use ratatui::layout::Rect;
    use ratatui::widgets::Paragraph;
    use ratatui::{Terminal, TerminalOptions, Viewport};

    use super::*;

    /// Counts what would reach the terminal, write by write.
    #[derive(Clone, Default)]
    struct Wire(Rc<RefCell<Vec<Vec<u8>>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_one_write_and_an_unchanged_one_is_none() {
        let wire = Wire::default();
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, 80, 24)) };
        let mut terminal = Terminal::with_options(CrosstermBackend::new(Frames::new(wire.clone())), options).unwrap();
        for text in ["one", "one", "two"] {
            terminal.draw(|frame| frame.render_widget(Paragraph::new(text), frame.area())).unwrap();
        }
        let writes = wire.0.borrow();
        assert_eq!(writes.len(), 2, "{:?}", writes.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect::<Vec<_>>());
        for bytes in writes.iter() {
            assert!(bytes.starts_with(BEGIN) && bytes.ends_with(END) && bytes.len() < 80);
        }
    }
}
