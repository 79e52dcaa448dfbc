//! Looks up typed keys in the keymap.

use std::sync::Arc;

use crate::action::{Action, Command};

use super::chord::{Code, Key, spelled};
use super::table::{Binding, Context, TABLE};

/// The largest count.
const MAX_COUNT: u64 = 1 << 40;

/// The incomplete input: a count and keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    pub count: Option<u64>,
    pub keys: Vec<Key>,
}

impl Pending {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count.is_none() && self.keys.is_empty()
    }
}

/// The result of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOutcome {
    Command(Command),
    /// The sequence is incomplete.
    Pending,
    /// No binding begins with this sequence.
    Unknown,
}

/// A key sequence and its binding.
#[derive(Debug, Clone)]
pub struct BoundKeys {
    pub keys: Vec<Key>,
    pub row: &'static Binding,
    /// The origin for error messages: `the default keys`, `the preset k9s`, `keys.toml:3`.
    pub origin: Arc<str>,
}

/// The keymap: the key table, changed by a preset and the user's file.
#[derive(Debug, Clone)]
pub struct Keymap {
    pub(super) bound: Vec<BoundKeys>,
}

impl Default for Keymap {
    fn default() -> Keymap {
        let origin: Arc<str> = Arc::from("the default keys");
        let sequences = |row: &'static Binding| {
            let origin = origin.clone();
            let parsed = row.keys.iter().filter_map(|keys| Key::parse_all(keys));
            parsed.map(move |keys| BoundKeys { keys, row, origin: origin.clone() })
        };
        Keymap { bound: TABLE.iter().flat_map(sequences).collect() }
    }
}

impl Keymap {
    /// Handles a key. Only panes and lists take counts.
    pub fn feed(&self, context: Context, pending: &mut Pending, key: Key) -> KeyOutcome {
        if pending.keys.is_empty()
            && context.takes_counts()
            && let Some(digit) = key.typed().and_then(|c| c.to_digit(10)).filter(|digit| *digit > 0 || pending.count.is_some())
        {
            let count = pending.count.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(digit));
            pending.count = Some(count.min(MAX_COUNT));
            return KeyOutcome::Pending;
        }
        pending.keys.push(key);
        let begins = |keys: &[Key]| {
            keys.len() >= pending.keys.len() && keys.iter().zip(&pending.keys).all(|(row, typed)| row.matches(*typed))
        };
        let Some(bound) = self.bound.iter().find(|bound| bound.row.context == context && begins(&bound.keys)) else {
            *pending = Pending::default();
            return KeyOutcome::Unknown;
        };
        if bound.keys.len() > pending.keys.len() {
            return KeyOutcome::Pending;
        }
        let letter = bound.keys.last().filter(|key| key.code == Code::Letter).and_then(|_| key.typed());
        let command = Command { action: bound.row.action, count: pending.count, letter };
        *pending = Pending::default();
        KeyOutcome::Command(command)
    }

    /// The bindings of the panes that continue an incomplete sequence, for the hints.
    pub fn continuations<'a>(&'a self, pending: &'a Pending) -> impl Iterator<Item = (&'a [Key], &'static Binding)> + 'a {
        let typed = pending.keys.len();
        let goes_on =
            move |keys: &[Key]| keys.len() > typed && keys.iter().zip(&pending.keys).all(|(row, typed)| row.matches(*typed));
        let of_panes = self.bound.iter().filter(move |bound| bound.row.context == Context::Main && goes_on(&bound.keys));
        of_panes.filter_map(move |bound| Some((bound.keys.get(typed..)?, bound.row)))
    }

    #[must_use]
    pub fn bound(&self) -> &[BoundKeys] {
        &self.bound
    }

    /// The sequences bound to an action in a context.
    pub fn keys_of(&self, context: Context, action: Action) -> impl Iterator<Item = &[Key]> {
        let of = move |bound: &&BoundKeys| bound.row.context == context && bound.row.action == action;
        self.bound.iter().filter(of).map(|bound| bound.keys.as_slice())
    }

    /// The notation of the first of them; '' if there is none.
    #[must_use]
    pub fn first_of(&self, context: Context, action: Action) -> String {
        self.keys_of(context, action).next().map(spelled).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn typed(text: &str) -> Vec<KeyOutcome> {
        let (map, mut pending) = (Keymap::default(), Pending::default());
        Key::parse_all(text).unwrap().into_iter().map(|key| map.feed(Context::Main, &mut pending, key)).collect()
    }

    #[test]
    fn counts_prefixes_and_letters_are_taken() {
        let command = |action, count, letter| KeyOutcome::Command(Command { action, count, letter });
        assert_eq!(typed("1 0 .").pop().unwrap(), command(Action::NextOperation, Some(10), None));
        assert_eq!(typed("3 ] e").pop().unwrap(), command(Action::NextError, Some(3), None));
        assert_eq!(typed("m q").pop().unwrap(), command(Action::SetMark, None, Some('q')));
        assert_eq!(typed("' '").pop().unwrap(), command(Action::LastPosition, None, None));
        assert_eq!(typed("g x j"), [KeyOutcome::Pending, KeyOutcome::Unknown, command(Action::Down, None, None)]);
    }

    #[test]
    fn every_key_of_the_table_parses_and_each_action_has_one_row_per_context() {
        let mut seen = HashSet::new();
        for row in TABLE {
            assert!(seen.insert((row.context, row.action)), "{:?} has two rows in {:?}", row.action, row.context);
            for keys in row.keys {
                assert!(Key::parse_all(keys).is_some_and(|keys| !keys.is_empty()), "{keys:?}");
            }
        }
    }
}
