//! The table of keys, and the page made from it.

use kuberewind::tui::keys::keybindings;

#[test]
fn the_page_of_keys_is_the_table() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("KEYBINDINGS.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, keybindings()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), keybindings(), "UPDATE_SNAPSHOTS=1 cargo test --test tui writes it anew");
}
