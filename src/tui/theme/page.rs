//! The page that says what a theme may hold, made from the roles.

use super::{Role, Themes};

const HEAD: &str = "# Themes

A theme is a TOML file that says how each *role* looks: nothing on the screen has a colour of its own, only a meaning. A file
in the folder `themes` beside `config.toml` (`kuberewind info` prints where) is a theme by its name; `--theme` also takes a
path. It may say only what differs:

```toml
inherits = \"dark\"            # also a theme of your own
light = false                # whether it is for light backgrounds

[roles]
heading = { fg = \"#ffb000\", bold = true }
added   = { fg = \"green\", bg = \"22\" }
```

A colour is `#rrggbb`, one of the sixteen by name (`red`, `lightblue`, …: the terminal's own palette) or a number from 0 to
255; beside `fg` and `bg` there are `bold`, `dim`, `italic`, `underline` and `reversed`. What a terminal cannot show becomes
the nearest it can: 24 bits, 256, sixteen. Without colours the theme is always `mono`. A file that is changed while the
debugger is open is read again at once; a mistake in it is told, and the theme stays as it was.

";

/// The whole page.
#[must_use]
pub fn roles() -> String {
    let names: Vec<String> = Themes::default().names().iter().map(|name| format!("`{name}`")).collect();
    let mut page = format!(
        "{HEAD}The themes that come with the program: {}.\n\n| role | what looks like it |\n|---|---|\n",
        names.join(", ")
    );
    for (_, name, doc) in Role::ALL {
        page.push_str(&format!("| `{name}` | {} |\n", doc.trim().trim_end_matches('.')));
    }
    page.push_str("\nThis page is made from `src/tui/theme`; a test compares.\n");
    page
}
