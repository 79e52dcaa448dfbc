//! KEYBINDINGS.md, made from the table.

use std::fmt::Write as _;

use super::{Binding, Context, Group, TABLE};

/// The whole page.
#[must_use]
pub fn keybindings() -> String {
    let mut page = String::from(
        "# Keys\n\nMade from the table in `src/tui/keys/table.rs`; a test compares. A number before a key repeats it (`10.`).\n",
    );
    for group in [Group::Move, Group::Time, Group::Cause, Group::Find, Group::Marks, Group::View, Group::Out, Group::App] {
        section(&mut page, &format!("{group:?}"), |row| row.context == Context::Main && row.group == group);
    }
    for (context, title) in [
        (Context::List, "In a list"),
        (Context::Help, "In the help"),
        (Context::Picker, "Choosing by typing"),
        (Context::Prompt, "At a prompt"),
    ] {
        section(&mut page, title, |row| row.context == context);
    }
    page
}

fn section(page: &mut String, title: &str, belongs: impl Fn(&Binding) -> bool) {
    let rows = TABLE.iter().filter(|row| belongs(row));
    // Writing into a `String` cannot fail.
    let _written = write!(page, "\n## {title}\n\n| key | what it does |\n|---|---|\n");
    for row in rows {
        let keys: Vec<String> = row.keys.iter().map(|keys| format!("`{}`", written(keys))).collect();
        page.push_str(&format!("| {} | {} |\n", keys.join(" "), row.doc));
    }
}

/// As people write a sequence: without blanks where each key is a character.
pub(crate) fn written(keys: &str) -> String {
    let parts: Vec<&str> = keys.split(' ').collect();
    let short = parts.iter().all(|part| part.chars().count() == 1 || *part == "{a-z}");
    if short { parts.concat() } else { parts.join(" ") }
}
