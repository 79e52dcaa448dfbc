//! The workspace's source files, read as text.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of a crate's `src/`.
pub struct SourceFile {
    /// Path below the workspace root.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl SourceFile {
    /// The crate: the name of its folder below `crates/`, or `kuberewind`.
    pub fn crate_name(&self) -> &str {
        let mut parts = self.path.iter().map(|part| part.to_str().expect("paths are UTF-8"));
        if parts.next() == Some("crates") { parts.next().expect("a crate has a folder") } else { "kuberewind" }
    }

    /// The module path inside the crate, empty for the crate root.
    pub fn module(&self) -> Vec<String> {
        let below = self.path.iter().map(|part| part.to_string_lossy().into_owned()).skip_while(|part| part != "src").skip(1);
        let mut module: Vec<String> = below.collect();
        let last = module.pop().expect("a file has a name");
        if !matches!(last.as_str(), "mod.rs" | "lib.rs" | "main.rs") {
            module.push(last.trim_end_matches(".rs").to_owned());
        }
        module
    }

    /// The folder or file directly below `src/`.
    pub fn part(&self) -> String {
        self.module().into_iter().next().unwrap_or_else(|| "lib".to_owned())
    }

    /// Lines with their numbers, without comment lines and without everything from the first unit-test module on.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = self.text.find("\n#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        self.text[..end]
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// The workspace root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All `.rs` files below a folder of the workspace, as (path below the root, text).
pub fn rust_files(folder: &str) -> Vec<SourceFile> {
    let mut folders = vec![root().join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "target") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("source is UTF-8");
                files.push(SourceFile { path: path.strip_prefix(root()).expect("below the root").to_owned(), text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// The source of all crates: `src/` and `crates/*/src/`.
pub fn files() -> Vec<SourceFile> {
    let mut files = rust_files("src");
    files.extend(rust_files("crates").into_iter().filter(|file| file.path.iter().nth(2).is_some_and(|part| part == "src")));
    assert!(files.len() > 20, "the walk found the sources");
    files
}
