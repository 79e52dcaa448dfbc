//! A screen as text: its characters, then for each row which styles stand where. A wrong colour fails a comparison
//! as well as a wrong word.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ratatui::buffer::Buffer;

/// The screen, its styles with a legend.
pub(crate) fn written(screen: &Buffer) -> String {
    let mut legend: BTreeMap<String, char> = BTreeMap::new();
    let mut glyphs = String::new();
    let mut styles = String::new();
    let names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for y in 0..screen.area.height {
        let mut row = String::new();
        let mut marks = String::new();
        for x in 0..screen.area.width {
            let cell = screen.cell((x, y)).unwrap();
            row.push_str(cell.symbol());
            let style = format!("fg {:?}, bg {:?}, {:?}", cell.fg, cell.bg, cell.modifier);
            let next = names.chars().nth(legend.len()).unwrap();
            marks.push(*legend.entry(style).or_insert(next));
        }
        glyphs.push_str(&format!("|{row}|\n"));
        styles.push_str(&format!("|{marks}|\n"));
    }
    let mut entries: Vec<_> = legend.into_iter().collect();
    entries.sort_by_key(|(_, name)| names.find(*name));
    let legend: String = entries.into_iter().map(|(style, name)| format!("{name}: {style}\n")).collect();
    format!("{glyphs}\n{styles}\n{legend}")
}

/// Compares with what is kept under `tests/tui/snapshots`; with UPDATE_SNAPSHOTS set it is written there instead.
pub(crate) fn compare(name: &str, screen: &Buffer) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tui/snapshots").join(format!("{name}.txt"));
    let now = written(screen);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, now).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; UPDATE_SNAPSHOTS=1 writes it", path.display()));
    assert!(kept == now, "the screen {name} is another one now; kept:\n{kept}\nnow:\n{now}");
}
