//! One key with its modifiers, and how it is written.

use std::fmt;

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// One that types a character; shift is in the character.
    Char(char),
    /// Any letter from a to z: in the table only.
    Letter,
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

const NAMES: &[(&str, Code)] = &[
    ("Space", Code::Char(' ')),
    ("{a-z}", Code::Letter),
    ("Enter", Code::Enter),
    ("Esc", Code::Esc),
    ("Tab", Code::Tab),
    ("S-Tab", Code::BackTab),
    ("Backspace", Code::Backspace),
    ("Delete", Code::Delete),
    ("Up", Code::Up),
    ("Down", Code::Down),
    ("Left", Code::Left),
    ("Right", Code::Right),
    ("Home", Code::Home),
    ("End", Code::End),
    ("PgUp", Code::PageUp),
    ("PgDn", Code::PageDown),
];

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Which.
    pub code: Code,
    /// Whether control is held.
    pub ctrl: bool,
    /// Whether alt is held.
    pub alt: bool,
}

impl Key {
    /// A key without modifiers.
    #[must_use]
    pub fn plain(code: Code) -> Key {
        Key { code, ctrl: false, alt: false }
    }

    /// Reads `j`, `ctrl-d`, `alt-Left`, `S-Tab`, `Space`, `{a-z}`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Key> {
        let (rest, ctrl) = text.strip_prefix("ctrl-").map_or((text, false), |rest| (rest, true));
        let (rest, alt) = rest.strip_prefix("alt-").map_or((rest, false), |rest| (rest, true));
        let named = NAMES.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code);
        let mut chars = rest.chars();
        let single = chars.next().filter(|_| chars.next().is_none()).map(Code::Char);
        Some(Key { code: named.or(single)?, ctrl, alt })
    }

    /// Reads several, with blanks between them.
    #[must_use]
    pub fn parse_all(text: &str) -> Option<Vec<Key>> {
        text.split_ascii_whitespace().map(Key::parse).collect()
    }

    /// Whether this key, as written in the table, stands for the one that was typed.
    #[must_use]
    pub fn matches(self, typed: Key) -> bool {
        match (self.code, typed.code) {
            (Code::Letter, Code::Char(c)) => c.is_ascii_lowercase() && !typed.ctrl && !typed.alt,
            _ => self == typed,
        }
    }

    /// The character that it types, if it types one.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

/// As people write a sequence: without blanks where each key is a character.
#[must_use]
pub fn spelled(keys: &[Key]) -> String {
    let parts: Vec<String> = keys.iter().map(ToString::to_string).collect();
    let short = parts.iter().all(|part| part.chars().count() == 1 || part == "{a-z}");
    parts.join(if short { "" } else { " " })
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ctrl, alt) = (if self.ctrl { "ctrl-" } else { "" }, if self.alt { "alt-" } else { "" });
        match NAMES.iter().find(|(_, code)| *code == self.code) {
            Some((name, _)) => write!(f, "{ctrl}{alt}{name}"),
            None => match self.code {
                Code::Char(c) => write!(f, "{ctrl}{alt}{c}"),
                _ => Ok(()),
            },
        }
    }
}
