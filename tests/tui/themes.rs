//! The generated page `themes/README.md`.

#[test]
fn the_page_of_themes_is_generated_from_the_roles() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("themes/README.md");
    let page = kuberewind_tui::theme::readme();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), page, "run UPDATE_SNAPSHOTS=1 cargo test --test tui to generate the page");
}
