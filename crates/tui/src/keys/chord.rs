//! A key with its modifiers, and its notation.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A character; shift is part of the character.
    Char(char),
    /// Any letter from a to z; only in the key table.
    Letter,
    Enter,
    Esc,
    Tab,
    /// Shift and Tab.
    BackTab,
    Backspace,
    Delete,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: Code,
    pub ctrl: bool,
    pub alt: bool,
}

impl Key {
    #[must_use]
    pub fn plain(code: Code) -> Key {
        Key { code, ctrl: false, alt: false }
    }

    /// Parses `j`, `ctrl-d`, `alt-Left`, `S-Tab`, `Space`, `{a-z}`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Key> {
        let (rest, ctrl) = text.strip_prefix("ctrl-").map_or((text, false), |rest| (rest, true));
        let (rest, alt) = rest.strip_prefix("alt-").map_or((rest, false), |rest| (rest, true));
        let named = NAMES.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code);
        let mut chars = rest.chars();
        let single = chars.next().filter(|_| chars.next().is_none()).map(Code::Char);
        Some(Key { code: named.or(single)?, ctrl, alt })
    }

    /// Parses several keys separated by blanks.
    #[must_use]
    pub fn parse_all(text: &str) -> Option<Vec<Key>> {
        text.split_ascii_whitespace().map(Key::parse).collect()
    }

    /// True if this key of the key table matches a typed key.
    #[must_use]
    pub fn matches(self, typed: Key) -> bool {
        match (self.code, typed.code) {
            (Code::Letter, Code::Char(c)) => c.is_ascii_lowercase() && !typed.ctrl && !typed.alt,
            _ => self == typed,
        }
    }

    /// The character that the key types, if any.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.ctrl && !self.alt => Some(c),
            _ => None,
        }
    }
}

/// The notation of a sequence: without blanks if each key is a single character.
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
