//! Changes to the keymap: a preset, and then the user's `keys.toml`.
//!
//! ```toml
//! [main]                        # the panes; also [list], [help], [picker] and [prompt]
//! next-operation = [".", "l"]   # exactly these keys
//! scroll-right = ["L", "Right"] # without `l`, which is now bound above
//! suspend = []                  # no key
//! ```

use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use crate::action::Action;
use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_text::nearest;

use super::chord::{Code, Key, spelled};
use super::keymap::{BoundKeys, Keymap};
use super::table::{Binding, Context, TABLE};

/// The built-in presets; `default` changes nothing.
const PRESETS: &[(&str, &str)] = &[
    ("default", ""),
    ("vim", include_str!("presets/vim.toml")),
    ("k9s", include_str!("presets/k9s.toml")),
    ("perfetto", include_str!("presets/perfetto.toml")),
];

/// One line of the file: it replaces all keys of an action in a context.
#[derive(Debug, Clone)]
struct Override {
    row: &'static Binding,
    keys: Vec<Vec<Key>>,
    origin: Arc<str>,
}

impl Keymap {
    pub fn presets() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// Loads a preset.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] if there is no such preset.
    pub fn preset(name: &str) -> Result<Keymap> {
        let Some((_, text)) = PRESETS.iter().find(|(preset, _)| *preset == name) else {
            let names: Vec<&str> = Keymap::presets().collect();
            return Err(Error::new(ErrorKind::NotFound, format!("there is no preset {name:?} of keys"))
                .hint(format!("there are {}", names.join(", "))));
        };
        Keymap::default().changed(text, |_| format!("the preset {name}"))
    }

    /// Applies the changes of a file. Errors call the file `name`.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with file, line and reason: an unknown action, an unknown key, or two actions on one key.
    pub fn with(self, name: &str, text: &str) -> Result<Keymap> {
        self.changed(text, |line| format!("{name}:{line}"))
    }

    fn changed(mut self, text: &str, origin: impl Fn(usize) -> String) -> Result<Keymap> {
        for entry in entries(text, &origin)? {
            let other = |bound: &BoundKeys| bound.row.context != entry.row.context || bound.row.action != entry.row.action;
            self.bound.retain(other);
            let bind = |keys| BoundKeys { keys, row: entry.row, origin: entry.origin.clone() };
            self.bound.extend(entry.keys.into_iter().map(bind));
        }
        self.checked()
    }

    /// Rejects a sequence that is bound twice or that begins another sequence.
    fn checked(self) -> Result<Keymap> {
        for (at, one) in self.bound.iter().enumerate() {
            for other in self.bound.iter().skip(at + 1).filter(|other| other.row.context == one.row.context) {
                let len = one.keys.len().min(other.keys.len());
                if one.keys.iter().zip(&other.keys).take(len).all(|(a, b)| a.matches(*b) || b.matches(*a)) {
                    return Err(conflict(one, other));
                }
            }
        }
        Ok(self)
    }
}

/// The error for two conflicting bindings. It blames the later one.
fn conflict(one: &BoundKeys, other: &BoundKeys) -> Error {
    let (earlier, later) = (one, other);
    let name = |bound: &BoundKeys| format!("{} ({})", bound.row.action.name(), bound.origin);
    let keys = spelled(&later.keys);
    let step = if earlier.keys.len() == later.keys.len() {
        format!("{}: {keys} is bound to both {} and {}", later.origin, name(earlier), name(later))
    } else {
        let (short, long) = if earlier.keys.len() < later.keys.len() { (earlier, later) } else { (later, earlier) };
        let (first, whole) = (spelled(&short.keys), spelled(&long.keys));
        format!("{}: {first} does {}, so that {whole} for {} can never be typed", later.origin, name(short), name(long))
    };
    let free = earlier.row.action.name();
    Error::new(ErrorKind::Invalid, step).hint(format!("give {free} other keys as well, or none: {free} = []"))
}

fn entries(text: &str, origin: &impl Fn(usize) -> String) -> Result<Vec<Override>> {
    let at = |span: Range<usize>| origin(line_of(text, span.start));
    let table = DeTable::parse(text).map_err(|error| {
        let place = at(error.span().unwrap_or(0..0));
        Error::new(ErrorKind::Invalid, format!("{place}: the keys cannot be read: {}", error.message()))
    })?;
    let mut found = Vec::new();
    for (name, section) in table.get_ref() {
        let place = at(name.span());
        let context = Context::named(name.get_ref()).ok_or_else(|| no_context(&place, name.get_ref()))?;
        let Some(rows) = section.get_ref().as_table() else { return Err(no_section(&place, name.get_ref())) };
        for (name, value) in rows {
            let place = at(name.span());
            let wrong = |error: Error| placed(&place, &error);
            let row = row_of(context, name.get_ref()).map_err(wrong)?;
            let keys = sequences(value.get_ref()).map_err(wrong)?;
            for keys in &keys {
                fits(row, keys).map_err(wrong)?;
            }
            found.push((name.span().start, Override { row, keys, origin: Arc::from(place.as_str()) }));
        }
    }
    // The parser sorts by name; errors must appear in the order of the file.
    found.sort_by_key(|(start, _)| *start);
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Prefixes an error with its line in the file.
fn placed(place: &str, error: &Error) -> Error {
    let placed = Error::new(error.kind(), format!("{place}: {}", error.chain()));
    match error.hint_text() {
        Some(hint) => placed.hint(hint),
        None => placed,
    }
}

fn no_context(place: &str, name: &str) -> Error {
    let step = format!("{place}: there is no section [{name}]");
    match nearest(name, Context::ALL.iter().map(|context| context.name())) {
        Some(meant) => Error::new(ErrorKind::Invalid, step).hint(format!("did you mean [{meant}]?")),
        None => Error::new(ErrorKind::Invalid, step).hint("the sections are [main], [list], [help], [picker] and [prompt]"),
    }
}

fn no_section(place: &str, name: &str) -> Error {
    Error::new(ErrorKind::Invalid, format!("{place}: {name} is a section: write [{name}], and the actions below it"))
}

fn row_of(context: Context, name: &str) -> Result<&'static Binding> {
    let action = Action::named(name)?;
    TABLE.iter().find(|row| row.context == context && row.action == action).ok_or_else(|| {
        let others: Vec<String> =
            TABLE.iter().filter(|row| row.action == action).map(|row| format!("[{}]", row.context.name())).collect();
        Error::new(ErrorKind::Invalid, format!("{name} does nothing in [{}]", context.name()))
            .hint(format!("it belongs under {}", others.join(" or ")))
    })
}

/// Parses a sequence or a list of sequences. An empty list unbinds the action.
fn sequences(value: &DeValue<'_>) -> Result<Vec<Vec<Key>>> {
    let wrong =
        || Error::new(ErrorKind::Invalid, "keys are a text or a list of texts").hint("write \"g d\", or [\"g d\", \"alt-d\"]");
    if let Some(text) = value.as_str() {
        return Ok(vec![sequence(text)?]);
    }
    let list = value.as_array().ok_or_else(wrong)?;
    list.iter().map(|item| item.get_ref().as_str().ok_or_else(wrong).and_then(sequence)).collect()
}

fn sequence(text: &str) -> Result<Vec<Key>> {
    let hint = "write keys with blanks between them: j, g d, ctrl-d, alt-Left, S-Tab, Space, PgDn, m {a-z}";
    let wrong = |word: &str| Error::new(ErrorKind::Invalid, format!("{word:?} is no key")).hint(hint);
    let keys: Vec<Key> =
        text.split_ascii_whitespace().map(|word| Key::parse(word).ok_or_else(|| wrong(word))).collect::<Result<_>>()?;
    if keys.is_empty() { Err(wrong(text)) } else { Ok(keys) }
}

/// Checks that the keys are possible for this binding.
fn fits(row: &Binding, keys: &[Key]) -> Result<()> {
    let name = row.action.name();
    let refuse = |step: String, hint: &str| Err(Error::new(ErrorKind::Invalid, step).hint(hint));
    let is_letter = |key: &Key| key.code == Code::Letter;
    let takes_letter = row.keys.iter().any(|keys| keys.contains("{a-z}"));
    let (last, before) = keys.split_last().map_or((None, keys), |(last, before)| (Some(last), before));
    if takes_letter != last.is_some_and(is_letter) || before.iter().any(is_letter) {
        let step = if takes_letter { "needs a letter after its key" } else { "takes no letter after its key" };
        return refuse(format!("{name} {step}"), if takes_letter { "end it with {a-z}" } else { "leave out {a-z}" });
    }
    let typed = keys.first().and_then(|key| key.typed());
    if row.context.takes_counts() && typed.is_some_and(|c| c.is_ascii_digit() && c != '0') {
        return refuse(format!("{} cannot begin with a digit: digits are counts", spelled(keys)), "alt-1 to alt-9 are free");
    }
    if row.context.takes_text() && typed.is_some() {
        return refuse(format!("{} could not be typed as text there", spelled(keys)), "use a key with ctrl- or alt-");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Command;
    use crate::keys::{KeyOutcome, Pending};

    fn does(map: &Keymap, keys: &str) -> Option<Action> {
        let mut pending = Pending::default();
        let mut last = None;
        for key in Key::parse_all(keys).unwrap() {
            last = match map.feed(Context::Main, &mut pending, key) {
                KeyOutcome::Command(Command { action, .. }) => Some(action),
                _ => None,
            };
        }
        last
    }

    fn refused(text: &str) -> (String, String) {
        let error = Keymap::default().with("keys.toml", text).unwrap_err();
        (error.chain(), error.hint_text().unwrap_or_default().to_owned())
    }

    #[test]
    fn no_preset_has_a_key_for_two_things_or_one_that_begins_another() {
        for name in Keymap::presets() {
            let map = Keymap::preset(name).unwrap();
            assert!(map.clone().checked().is_ok());
            // Every action is reachable with every preset.
            for row in TABLE {
                assert!(map.keys_of(row.context, row.action).next().is_some(), "{name}: {:?} has no key", row.action);
            }
        }
        assert!(Keymap::preset("emacs").unwrap_err().hint_text().unwrap().contains("k9s"));
    }

    #[test]
    fn a_file_changes_only_the_actions_that_it_names() {
        let text = "[main]\nnext-operation = ['alt-n', 'ctrl-x n']\nredraw = []\nset-mark = 'ctrl-x {a-z}'\n";
        let refused = Keymap::default().with("keys.toml", text).unwrap_err();
        assert_eq!(
            refused.chain(),
            "keys.toml:4: ctrl-x {a-z} is bound to both next-operation (keys.toml:2) and set-mark (keys.toml:4)"
        );
        let map = Keymap::default().with("keys.toml", &text.replace("ctrl-x n", "ctrl-y")).unwrap();
        assert_eq!((does(&map, "alt-n"), does(&map, "ctrl-y")), (Some(Action::NextOperation), Some(Action::NextOperation)));
        assert_eq!((does(&map, "."), does(&map, "ctrl-l"), does(&map, "m w")), (None, None, None));
        assert_eq!((does(&map, "ctrl-x q"), does(&map, "j")), (Some(Action::SetMark), Some(Action::Down)));
        assert_eq!(map.first_of(Context::Main, Action::NextOperation), "alt-n");
    }

    #[test]
    fn two_actions_on_one_key_are_both_named_with_file_and_line() {
        let (error, hint) = refused("# mine\n[main]\nquit = 'x'\n");
        assert_eq!(error, "keys.toml:3: x is bound to both noise (the default keys) and quit (keys.toml:3)");
        assert_eq!(hint, "give noise other keys as well, or none: noise = []");
        let (error, _) = refused("[main]\nquit = 'g'\n");
        assert!(error.starts_with("keys.toml:2: g does quit (keys.toml:2), so that gg for first (the default keys)"), "{error}");
    }

    #[test]
    fn invalid_bindings_are_reported_with_their_line() {
        for (text, message, expected) in [
            ("[main]\n\nserach = '/'", "keys.toml:3: there is no action \"serach\"", "did you mean search?"),
            ("[man]\nsearch = '/'", "keys.toml:1: there is no section [man]", "did you mean [main]?"),
            ("[list]\nsearch = '/'", "keys.toml:2: search does nothing in [list]", "it belongs under [main]"),
            ("[main]\nsearch = 'ctlr-x'", "keys.toml:2: \"ctlr-x\" is no key", "write keys with blanks"),
            ("[main]\nsearch = 7", "keys.toml:2: keys are a text", "write \"g d\""),
            ("[main]\nsearch = '7'", "keys.toml:2: 7 cannot begin with a digit", "alt-1"),
            ("[main]\nset-mark = 'M'", "keys.toml:2: set-mark needs a letter", "end it with {a-z}"),
            ("[main]\nsearch = 'alt-s {a-z}'", "keys.toml:2: search takes no letter", "leave out"),
            ("[prompt]\ncancel = 'x'", "keys.toml:2: x could not be typed", "ctrl-"),
            ("main = 3", "keys.toml:1: main is a section", ""),
            ("[main]\nsearch = ", "keys.toml:2: the keys cannot be read", ""),
        ] {
            let (error, hint) = refused(text);
            assert!(error.starts_with(message) && hint.contains(expected), "{text:?}: {error} / {hint}");
        }
    }
}
