use crate::doc::Tone;
use crate::keys::Key;
use crate::moment_server::{ServerNews, ServerNo};
use crate::protocol::Reply;
use crate::script::Statement;
use kuberewind_model::Timestamp;

/// A mouse event with its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointer {
    /// The left button was pressed.
    Press { x: u16, y: u16 },
    /// The mouse moved with the left button pressed.
    Drag { x: u16, y: u16 },
    /// The wheel turned; `up` is away from the user.
    Wheel { x: u16, y: u16, up: bool },
}

/// An input of [`update`](super::update).
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    Key(Key),
    /// Pasted text.
    Paste(String),
    Pointer(Pointer),
    /// The new size of the terminal: columns and rows.
    Resize(u16, u16),
    Tick(Timestamp),
    Reply(Box<Reply>),
    /// A statement of a script.
    Run(Statement),
    /// A message for the user.
    Show(Tone, String),
    /// News of the API server with this number.
    Server(ServerNo, ServerNews),
    /// The terminal window got the focus.
    Focused,
}
