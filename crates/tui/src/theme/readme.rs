//! The text of `themes/README.md`, generated from the roles.

use super::roles::Role;
use super::themes::Themes;

const HEAD: &str = "# Themes

A theme is a TOML file that gives each *role* a style. Drawing code names roles only, never colours. A file in the folder
`themes` next to `config.toml` (`kuberewind info` prints the path) is a theme with the name of the file; `--theme` also takes a
path. A theme lists only the roles that differ from the theme it inherits:

```toml
inherits = \"dark\"            # a built-in theme or one of yours
light = false                # true for light backgrounds

[roles]
heading = { fg = \"#ffb000\", bold = true }
added   = { fg = \"green\", bg = \"22\" }
```

A colour is `#rrggbb`, one of the sixteen names of the terminal's palette (`red`, `lightblue`, …) or a number from 0 to 255.
The other attributes are `bold`, `dim`, `italic`, `underline` and `reversed`. If the terminal has fewer colours (256 or
sixteen), the nearest one is used. Without colours the theme is always `mono`. The debugger reloads a theme file when it
changes. If the file has an error, the debugger shows the error and keeps the previous theme.

";

/// Returns the text of `themes/README.md`.
#[must_use]
pub fn readme() -> String {
    let names: Vec<String> = Themes::default().names().iter().map(|name| format!("`{name}`")).collect();
    let mut page = format!("{HEAD}Built-in themes: {}.\n\n| role | used for |\n|---|---|\n", names.join(", "));
    for (_, name, doc) in Role::ALL {
        page.push_str(&format!("| `{name}` | {} |\n", doc.trim().trim_end_matches('.')));
    }
    page.push_str("\nThis page is generated from `src/tui/theme/roles.rs`; a test compares them.\n");
    page
}
