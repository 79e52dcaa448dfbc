//! Generates KEYBINDINGS.md from the key table.

use std::fmt::Write as _;

use super::keys::{Binding, Context, Group, Key, Keymap, TABLE, spelled};
use super::order::ORDERS;
use super::script::WORDS;

const HEAD: &str = "# Keys

Generated from the table in `crates/tui/src/keys/table.rs`. A number before a key repeats it (`10.`). The last column
is the action's name for `keys.toml` in the folder that `kuberewind info` prints as *config*:

```toml
[main]                        # the panes; also [list], [help], [picker] and [prompt]
next-operation = [\".\", \"l\"]   # these keys and no others
scroll-right = [\"L\", \"Right\"] # so that `l` is free
suspend = []                  # no key at all
```

All other keys stay. Two actions on one key are an error that names both actions and the line; `kuberewind config check`
checks the file. The presets (`preset = \"k9s\"` in `config.toml`, or `--keys k9s`) are at the end.
";

#[must_use]
pub fn keybindings() -> String {
    let mut page = String::from(HEAD);
    for group in Group::ALL {
        section(&mut page, &format!("{group:?}"), |row| row.context == Context::Main && row.group == *group);
    }
    for (context, title) in [
        (Context::List, "In a list"),
        (Context::Help, "In the help"),
        (Context::Picker, "Choosing by typing"),
        (Context::Prompt, "At a prompt"),
    ] {
        section(&mut page, title, |row| row.context == context);
    }
    commands(&mut page);
    for name in Keymap::presets().filter(|name| *name != "default") {
        preset(&mut page, name);
    }
    page
}

fn section(page: &mut String, title: &str, belongs: impl Fn(&Binding) -> bool) {
    let rows = TABLE.iter().filter(|row| belongs(row));
    // Writing into a `String` cannot fail.
    let _written = write!(page, "\n## {title}\n\n| key | what it does | action |\n|---|---|---|\n");
    for row in rows {
        let keys: Vec<String> = row.keys.iter().filter_map(|keys| Some(cell(&Key::parse_all(keys)?))).collect();
        page.push_str(&format!("| {} | {} | `{}` |\n", keys.join(" "), row.doc, row.action.name()));
    }
}

/// The commands that are not actions.
fn commands(page: &mut String) {
    page.push_str("\n## At `:` and in scripts\n\nAny action by its name, and:\n\n| command | what it does |\n|---|---|\n");
    for (word, argument, doc) in WORDS {
        page.push_str(&format!("| `{word} {argument}` | {doc} |\n"));
    }
    page.push_str("\nThe orders of a view:\n\n| command | order |\n|---|---|\n");
    for row in ORDERS {
        page.push_str(&format!("| `order {} {}` | {} |\n", row.pane.word(), row.name, row.doc));
    }
}

/// The keys that a preset changes.
fn preset(page: &mut String, name: &str) {
    // Every preset has a test that parses it.
    let Ok(map) = Keymap::preset(name) else { return };
    page.push_str(&format!("\n## Preset {name}\n\n| key | action | else |\n|---|---|---|\n"));
    let default = Keymap::default();
    for row in TABLE {
        let of = |map: &Keymap| map.keys_of(row.context, row.action).map(cell).collect::<Vec<_>>().join(" ");
        let (now, before) = (of(&map), of(&default));
        if now != before {
            page.push_str(&format!("| {now} | `{}` | {before} |\n", row.action.name()));
        }
    }
}

/// A key sequence in a table cell. A bar would end the cell.
fn cell(keys: &[Key]) -> String {
    format!("`{}`", spelled(keys).replace('|', "\\|"))
}
