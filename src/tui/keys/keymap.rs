//! Dispatch: typed keys are looked up in the keymap.

use std::sync::Arc;

use crate::tui::action::{Action, Command};

use super::chord::{Code, Key, spelled};
use super::table::{Binding, Context, TABLE};

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

/// A sequence of keys, and the row of the table that it stands for.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The keys, one after the other.
    pub keys: Vec<Key>,
    /// What they do, and where.
    pub row: &'static Binding,
    /// Who said so: `the default keys`, `the preset k9s`, `keys.toml:3`.
    pub origin: Arc<str>,
}

/// The keys as they are: the table's, as a preset and the user's own file changed them.
#[derive(Debug, Clone)]
pub struct Keymap {
    pub(super) bound: Vec<Bound>,
}

impl Default for Keymap {
    fn default() -> Keymap {
        let origin: Arc<str> = Arc::from("the default keys");
        let sequences = |row: &'static Binding| {
            let origin = origin.clone();
            let parsed = row.keys.iter().filter_map(|keys| Key::parse_all(keys));
            parsed.map(move |keys| Bound { keys, row, origin: origin.clone() })
        };
        Keymap { bound: TABLE.iter().flat_map(sequences).collect() }
    }
}

impl Keymap {
    /// Takes a key; counts are for the panes and lists only.
    pub fn feed(&self, context: Context, pending: &mut Pending, key: Key) -> Fed {
        if pending.keys.is_empty()
            && context.takes_counts()
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
        let Some(bound) = self.bound.iter().find(|bound| bound.row.context == context && begins(&bound.keys)) else {
            *pending = Pending::default();
            return Fed::Unknown;
        };
        if bound.keys.len() > pending.keys.len() {
            return Fed::Pending;
        }
        let letter = bound.keys.last().filter(|key| key.code == Code::Letter).and_then(|_| key.typed());
        let command = Command { action: bound.row.action, count: pending.count, letter };
        *pending = Pending::default();
        Fed::Command(command)
    }

    /// The rows of the panes that go on from what was typed: what the line of hints offers.
    pub fn continuations<'a>(&'a self, pending: &'a Pending) -> impl Iterator<Item = (&'a [Key], &'static Binding)> + 'a {
        let typed = pending.keys.len();
        let goes_on =
            move |keys: &[Key]| keys.len() > typed && keys.iter().zip(&pending.keys).all(|(row, typed)| row.matches(*typed));
        let of_panes = self.bound.iter().filter(move |bound| bound.row.context == Context::Main && goes_on(&bound.keys));
        of_panes.filter_map(move |bound| Some((bound.keys.get(typed..)?, bound.row)))
    }

    /// Every sequence there is.
    #[must_use]
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// The sequences that do this there.
    pub fn keys_of(&self, context: Context, action: Action) -> impl Iterator<Item = &[Key]> {
        let of = move |bound: &&Bound| bound.row.context == context && bound.row.action == action;
        self.bound.iter().filter(of).map(|bound| bound.keys.as_slice())
    }

    /// The first of them as people write it; '' where no key does it.
    #[must_use]
    pub fn first_of(&self, context: Context, action: Action) -> String {
        self.keys_of(context, action).next().map(spelled).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

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
