use crate::doc::Tone;

#[derive(Debug, Clone)]
pub struct Screen {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Draws borders and bars with ASCII characters.
    pub ascii: bool,
    /// The message in the hint line, until the next key.
    pub message: Option<(Tone, String)>,
}

impl Default for Screen {
    fn default() -> Screen {
        Screen { size: (80, 24), ascii: false, message: None }
    }
}
