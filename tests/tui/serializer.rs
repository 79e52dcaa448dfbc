//! Snapshots of screens: the characters, then the styles of each row in each theme. A wrong colour fails a comparison like a wrong
//! word.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ratatui::buffer::Buffer;

/// The names of styles, in the order of their first use.
const NAMES: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Returns the characters, which must be equal in all themes, then the styles of each theme with a legend.
fn serialized(screens: &[(&str, Buffer)]) -> String {
    let characters = glyphs(&screens[0].1);
    let mut text = characters.clone();
    for (theme, screen) in screens {
        assert_eq!(glyphs(screen), characters, "the theme {theme} changes the characters");
        text.push_str(&format!("\n== {theme}\n{}", styles(screen)));
    }
    text
}

fn glyphs(screen: &Buffer) -> String {
    let row = |y| (0..screen.area.width).map(|x| screen.cell((x, y)).unwrap().symbol()).collect::<String>();
    (0..screen.area.height).map(|y| format!("|{}|\n", row(y))).collect()
}

/// Returns the runs of each row: `a12 b3` are twelve cells in style a, then three in style b.
fn styles(screen: &Buffer) -> String {
    let mut legend: BTreeMap<String, char> = BTreeMap::new();
    let mut text = String::new();
    for y in 0..screen.area.height {
        let mut runs: Vec<(char, usize)> = Vec::new();
        for x in 0..screen.area.width {
            let cell = screen.cell((x, y)).unwrap();
            let style = format!("fg {:?}, bg {:?}, {:?}", cell.fg, cell.bg, cell.modifier);
            let next = NAMES.chars().nth(legend.len()).unwrap();
            let name = *legend.entry(style).or_insert(next);
            match runs.last_mut() {
                Some((last, count)) if *last == name => *count += 1,
                _ => runs.push((name, 1)),
            }
        }
        let runs: Vec<String> = runs.into_iter().map(|(name, count)| format!("{name}{count}")).collect();
        text.push_str(&runs.join(" "));
        text.push('\n');
    }
    let mut entries: Vec<_> = legend.into_iter().collect();
    entries.sort_by_key(|(_, name)| NAMES.find(*name));
    entries.into_iter().fold(text, |text, (style, name)| text + &format!("{name}: {style}\n"))
}

/// Compares screens with a file in `tests/tui/snapshots`, or writes the file if `UPDATE_SNAPSHOTS` is set.
pub(crate) fn compare(name: &str, screens: &[(&str, Buffer)]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tui/snapshots").join(format!("{name}.txt"));
    let actual = serialized(screens);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_SNAPSHOTS=1 writes it", path.display()));
    assert!(expected == actual, "the screen {name} has changed; expected:\n{expected}\nactual:\n{actual}");
}
