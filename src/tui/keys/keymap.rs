//! Dispatch: typed keys are looked up in the table.

use crate::tui::action::{Action, Command};

use super::{Binding, Context, Key, TABLE};

/// The longest count that is taken.
const MAX_COUNT: u64 = 1 << 40;

/// What was typed and is not yet a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// The count.
    pub count: Option<u64>,
    /// The keys.
    pub keys: Vec<Key>,
}

impl Pending {
    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count.is_none() && self.keys.is_empty()
    }
}

/// What came of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fed {
    /// A command.
    Command(Command),
    /// More is needed.
    Pending,
    /// No row begins like this.
    Unknown,
}

/// The table, its keys parsed.
#[derive(Debug, Clone)]
pub struct Keymap {
    rows: Vec<(Context, Vec<Key>, Action)>,
}

impl Default for Keymap {
    fn default() -> Keymap {
        let sequences =
            |row: &'static Binding| row.keys.iter().filter_map(|keys| Some((row.context, Key::parse_all(keys)?, row.action)));
        Keymap { rows: TABLE.iter().flat_map(sequences).collect() }
    }
}

impl Keymap {
    /// Takes a key; counts are for the panes and lists only.
    pub fn feed(&self, context: Context, pending: &mut Pending, key: Key) -> Fed {
        if pending.keys.is_empty()
            && matches!(context, Context::Main | Context::List)
            && let Some(digit) = key.typed().and_then(|c| c.to_digit(10)).filter(|digit| *digit > 0 || pending.count.is_some())
        {
            let count = pending.count.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(digit));
            pending.count = Some(count.min(MAX_COUNT));
            return Fed::Pending;
        }
        pending.keys.push(key);
        let begins = |keys: &[Key]| {
            keys.len() >= pending.keys.len() && keys.iter().zip(&pending.keys).all(|(row, typed)| row.matches(*typed))
        };
        let mut rows = self.rows.iter().filter(|(of, keys, _)| *of == context && begins(keys));
        let Some((_, keys, action)) = rows.next() else {
            *pending = Pending::default();
            return Fed::Unknown;
        };
        if keys.len() > pending.keys.len() {
            return Fed::Pending;
        }
        let letter = keys.last().filter(|key| key.code == super::Code::Letter).and_then(|_| key.typed());
        let command = Command { action: *action, count: pending.count, letter };
        *pending = Pending::default();
        Fed::Command(command)
    }

    /// The rows of the panes that go on from what was typed: what the line of hints offers.
    pub fn continuations<'a>(&'a self, pending: &'a Pending) -> impl Iterator<Item = (&'a [Key], &'static Binding)> + 'a {
        let typed = pending.keys.len();
        let goes_on =
            move |keys: &[Key]| keys.len() > typed && keys.iter().zip(&pending.keys).all(|(row, typed)| row.matches(*typed));
        self.rows.iter().filter(move |(of, keys, _)| *of == Context::Main && goes_on(keys)).filter_map(
            move |(_, keys, action)| {
                let row = TABLE.iter().find(|row| row.context == Context::Main && row.action == *action)?;
                Some((keys.get(typed..)?, row))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn typed(text: &str) -> Vec<Fed> {
        let (map, mut pending) = (Keymap::default(), Pending::default());
        Key::parse_all(text).unwrap().into_iter().map(|key| map.feed(Context::Main, &mut pending, key)).collect()
    }

    #[test]
    fn counts_prefixes_and_letters_are_taken() {
        let command = |action, count, letter| Fed::Command(Command { action, count, letter });
        assert_eq!(typed("1 0 .").pop().unwrap(), command(Action::NextOperation, Some(10), None));
        assert_eq!(typed("3 ] e").pop().unwrap(), command(Action::NextError, Some(3), None));
        assert_eq!(typed("m q").pop().unwrap(), command(Action::SetMark, None, Some('q')));
        assert_eq!(typed("' '").pop().unwrap(), command(Action::LastPosition, None, None));
        assert_eq!(typed("g x j"), [Fed::Pending, Fed::Unknown, command(Action::Down, None, None)]);
    }

    #[test]
    fn every_key_of_the_table_parses_and_none_is_both_action_and_prefix() {
        let mut seen: HashMap<(Context, Vec<Key>), Action> = HashMap::new();
        for row in TABLE {
            for keys in row.keys {
                let keys = Key::parse_all(keys).unwrap();
                assert_eq!(seen.insert((row.context, keys.clone()), row.action), None, "{keys:?} twice");
            }
        }
        for (context, keys) in seen.keys() {
            for len in 1..keys.len() {
                assert!(!seen.contains_key(&(*context, keys[..len].to_vec())), "{keys:?} begins with another key of the table");
            }
        }
    }
}
