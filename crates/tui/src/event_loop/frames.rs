//! Writes each frame to the terminal at once, as a synchronized update (DEC mode 2026; other terminals ignore it). Frames do
//! not tear over slow links, and an unchanged frame writes nothing.

use std::io::{self, Write};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// The output of ratatui for a frame without changes: it resets colours and hides the cursor.
const NOTHING: &[u8] = b"\x1b[39m\x1b[49m\x1b[59m\x1b[0m\x1b[?25l";
/// More than any frame of 300×100 cells. A larger frame is written in parts.
const MOST: usize = 4 * 1024 * 1024;

/// Buffers the output of a frame.
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
        // The first frame sets the cursor, even if it contains nothing else.
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

    /// Counts the writes to the terminal.
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
