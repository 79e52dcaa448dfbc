//! A crate depends only on crates of lower layers, never on one of its own layer.

use std::fs;
use std::path::PathBuf;

use super::source::{self, root};

/// The layers of the workspace, lowest first. A crate that is missing here fails the test.
const LAYERS: &[&[&str]] = &[
    &["model", "kinds", "text", "themes"],
    &["query", "render", "logs", "cluster", "capture"],
    &["file", "analysis"],
    &["recorder", "session", "report", "proxy", "formats"],
    &["tui", "serve", "demo", "rerun"],
    &["kuberewind"],
];

/// The crates that `Cargo.toml` of a crate names in `[dependencies]`, those of the workspace only.
fn dependencies(manifest: &str) -> Vec<String> {
    let table: toml::Table = manifest.parse().expect("a manifest is TOML");
    let names = table.get("dependencies").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys);
    names.filter_map(|name| name.strip_prefix("kuberewind-")).map(str::to_owned).collect()
}

fn layer_of(part: &str) -> usize {
    LAYERS.iter().position(|parts| parts.contains(&part)).unwrap_or_else(|| panic!("the crate `{part}` has no layer"))
}

/// The folders of the workspace's crates, by the names they have in [`LAYERS`].
fn crates() -> Vec<(String, PathBuf)> {
    let mut found = vec![("kuberewind".to_owned(), root().to_owned()), ("themes".to_owned(), root().join("themes"))];
    for entry in fs::read_dir(root().join("crates")).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        found.push((path.file_name().expect("a name").to_string_lossy().into_owned(), path));
    }
    found
}

#[test]
fn crates_depend_on_lower_layers() {
    let crates = crates();
    assert_eq!(crates.len(), LAYERS.iter().map(|layer| layer.len()).sum::<usize>(), "each crate has one layer");
    let mut wrong = Vec::new();
    for (name, folder) in crates {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a crate has a manifest");
        for other in dependencies(&manifest) {
            if layer_of(&other) >= layer_of(&name) {
                wrong.push(format!("`{name}` (layer {}) depends on `{other}` (layer {})", layer_of(&name), layer_of(&other)));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that do not point down:\n{}", wrong.join("\n"));
}

#[test]
fn sql_of_the_recording_is_in_the_file_crate() {
    let mut wrong = Vec::new();
    for file in
        source::files().iter().filter(|file| file.crate_name() != "file" && !file.path.starts_with("crates/formats/src/kubestep"))
    {
        for (number, line) in file.code_lines().filter(|(_, line)| line.contains("rusqlite")) {
            wrong.push(format!("{}:{number}: {}", file.path.display(), line.trim()));
        }
    }
    assert!(wrong.is_empty(), "SQLite outside of the file crate:\n{}", wrong.join("\n"));
}
