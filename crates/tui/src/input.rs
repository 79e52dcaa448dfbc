//! Converts terminal events to messages.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::keys::{Code, Key};
use super::update::{Msg, Pointer};

/// Converts an event; `None` for an event without meaning.
#[must_use]
pub fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => read(key).map(Msg::Key),
        Event::Mouse(mouse) => pointer(mouse).map(Msg::Pointer),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(w, h) => Some(Msg::Resize(w, h)),
        Event::FocusGained => Some(Msg::Focused),
        Event::FocusLost | Event::Key(_) => None,
    }
}

fn read(event: KeyEvent) -> Option<Key> {
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => Code::BackTab,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    let held = |modifier| event.modifiers.contains(modifier);
    Some(Key { code, ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT) })
}

fn pointer(event: MouseEvent) -> Option<Pointer> {
    let (x, y) = (event.column, event.row);
    Some(match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Pointer::Press { x, y },
        MouseEventKind::Drag(MouseButton::Left) => Pointer::Drag { x, y },
        MouseEventKind::ScrollUp => Pointer::Wheel { x, y, up: true },
        MouseEventKind::ScrollDown => Pointer::Wheel { x, y, up: false },
        _ => return None,
    })
}
