//! A part imports only parts of lower layers, never one of its own layer.

use super::source;

/// The layers of the program's own modules, lowest first. A module that is missing here fails the test. Between crates, Cargo keeps
/// the layers.
const LAYERS: &[&[&str]] = &[
    &["text", "render"],
    &["logs"],
    &["report"],
    &["proxy", "serve", "formats"],
    &["recording"],
    &["session", "demo", "rerun", "sidecar"],
    &["tui"],
    &["cli"],
];

/// The roots of the crate, which see everything.
const ROOTS: &[&str] = &["lib", "main", "bin"];

fn layer_of(part: &str) -> Option<usize> {
    LAYERS.iter().position(|parts| parts.contains(&part))
}

/// The parts that a line of code names by `crate::PART`, `use crate::{a, b::c}` included.
fn named_parts(line: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut parts = Vec::new();
    for (at, start) in line.match_indices("crate::") {
        let rest = &line[at + start.len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0_i32;
                let mut item = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => parts.push(word(std::mem::take(&mut item).trim())),
                        _ if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                parts.push(word(item.trim()));
            }
            None => parts.push(word(rest)),
        }
    }
    parts
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for file in source::files().into_iter().filter(|file| file.crate_name() == "kuberewind") {
        let part = file.part();
        if ROOTS.contains(&part.as_str()) {
            continue;
        }
        let Some(layer) = layer_of(&part) else {
            wrong.push(format!("{}: the part `{part}` has no layer", file.path.display()));
            continue;
        };
        // Statements may be wrapped over lines: join them up to the semicolon, keeping the first line's number.
        let mut statement = String::new();
        let mut began = 0;
        for (number, line) in file.code_lines() {
            if statement.is_empty() {
                began = number;
            }
            statement.push_str(line.trim());
            if statement.starts_with("use ") && !statement.contains(';') {
                continue;
            }
            for named in named_parts(&std::mem::take(&mut statement)) {
                let Some(other) = layer_of(&named) else { continue };
                if named != part && other >= layer {
                    wrong.push(format!(
                        "{}:{began}: `{part}` (layer {layer}) imports `{named}` (layer {other})",
                        file.path.display()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that do not point down:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_sees_grouped_imports() {
    assert_eq!(named_parts("use crate::{store::{A, B}, tui};"), ["store", "tui"]);
    assert_eq!(named_parts("fn f(x: crate::cli::Args) {}"), ["cli"]);
}

#[test]
fn sql_of_the_recording_is_in_the_file_crate() {
    let mut wrong = Vec::new();
    for file in
        source::files().iter().filter(|file| file.crate_name() != "file" && !file.path.starts_with("src/formats/kubestep"))
    {
        for (number, line) in file.code_lines().filter(|(_, line)| line.contains("rusqlite")) {
            wrong.push(format!("{}:{number}: {}", file.path.display(), line.trim()));
        }
    }
    assert!(wrong.is_empty(), "SQLite outside of the file crate:\n{}", wrong.join("\n"));
}
