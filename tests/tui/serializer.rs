//! A screen as text: its characters, then for each theme the styles of each row. A wrong colour fails a
//! comparison like a wrong word.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ratatui::buffer::Buffer;

/// Names of styles in the order of their first use.
const NAMES: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The characters once, then the styles of each theme with a legend.
pub(crate) fn written(screens: &[(&str, Buffer)]) -> String {
    let drawn = glyphs(&screens[0].1);
    let mut text = drawn.clone();
    for (theme, screen) in screens {
        assert_eq!(glyphs(screen), drawn, "{theme} draws other characters");
        text.push_str(&format!("\n== {theme}\n{}", styles(screen)));
    }
    text
}

fn glyphs(screen: &Buffer) -> String {
    let row = |y| (0..screen.area.width).map(|x| screen.cell((x, y)).unwrap().symbol()).collect::<String>();
    (0..screen.area.height).map(|y| format!("|{}|\n", row(y))).collect()
}

/// Each row as runs: `a12 b3` is twelve cells in style a, then three in style b.
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

/// Compares with the file in `tests/tui/snapshots`; with UPDATE_SNAPSHOTS set, writes the file.
pub(crate) fn compare(name: &str, screens: &[(&str, Buffer)]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tui/snapshots").join(format!("{name}.txt"));
    let now = written(screens);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, now).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_SNAPSHOTS=1 writes it", path.display()));
    assert!(kept == now, "the screen {name} is another one now; kept:\n{kept}\nnow:\n{now}");
}
