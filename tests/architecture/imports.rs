//! Which file of a crate uses an item of which other file.
//!
//! The check reads text, not types. It follows `use` declarations, paths that begin with `crate`, `self`, `super` or a child
//! module, and re-exports down to the file that defines the item. A re-export alone is no import: a module that only hands
//! names on depends on nothing. Methods are not seen.

use std::collections::{BTreeMap, BTreeSet};

use super::source::SourceFile;

/// One file as the resolver sees it.
struct Module {
    path: String,
    /// Code without comments, strings and unit tests; `use` declarations removed.
    code: String,
    /// Items defined here.
    items: BTreeSet<String>,
    /// Names from private `use` declarations: name → path as written.
    imports: Vec<(String, Vec<String>)>,
    /// Names from `pub use` declarations.
    exports: Vec<(String, Vec<String>)>,
}

/// The modules of one crate by module path.
pub struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

impl Crate {
    /// Reads the files of one crate; programs beside the library are left out.
    pub fn new(files: &[&SourceFile]) -> Crate {
        let library = files.iter().filter(|file| file.part() != "bin" && !file.path.ends_with("src/main.rs"));
        Crate { modules: library.map(|file| (file.module(), Module::new(file))).collect() }
    }

    /// Pairs of files: the first uses an item of the second.
    pub fn edges(&self) -> BTreeSet<(String, String)> {
        let mut edges = BTreeSet::new();
        for (at, module) in &self.modules {
            for target in self.used_by(at, module) {
                if target != module.path {
                    edges.insert((module.path.clone(), target));
                }
            }
        }
        edges
    }

    fn used_by(&self, at: &[String], module: &Module) -> BTreeSet<String> {
        let mut targets = BTreeSet::new();
        for (name, path) in &module.imports {
            let Some(path) = self.absolute(at, path) else { continue };
            if name == "*" {
                targets.extend(self.modules.get(&path).map(|found| found.path.clone()));
            } else if self.modules.contains_key(&path) {
                // A module by name: what matters is what is taken out of it.
                for rest in paths_after(&module.code, name) {
                    let whole: Vec<String> = path.iter().cloned().chain(rest).collect();
                    targets.extend(self.file_of(&whole, 0));
                }
            } else {
                targets.extend(self.file_of(&path, 0));
            }
        }
        for (name, path) in &module.exports {
            if name != "*" && has_word(&module.code, name) {
                targets.extend(self.absolute(at, path).and_then(|path| self.file_of(&path, 0)));
            }
        }
        for path in written_paths(&module.code) {
            let known = matches!(path[0].as_str(), "crate" | "self" | "super");
            let child = self.modules.contains_key(&at.iter().cloned().chain([path[0].clone()]).collect::<Vec<_>>());
            if known || child {
                targets.extend(self.absolute(at, &path).and_then(|path| self.file_of(&path, 0)));
            }
        }
        targets
    }

    /// A path as written in a module, from the crate root; `None` for one that leads out of the crate.
    fn absolute(&self, at: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut base = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => at.to_vec(),
            "super" => at.split_last()?.1.to_vec(),
            first => {
                let child: Vec<String> = at.iter().cloned().chain([first.to_owned()]).collect();
                if self.modules.contains_key(&child) {
                    child
                } else {
                    // A name that this module imported itself, for example a module of another folder.
                    let module = self.modules.get(at)?;
                    let (_, import) = module.imports.iter().chain(&module.exports).find(|(name, _)| name == first)?;
                    if import.first().is_some_and(|start| start == first) {
                        return None;
                    }
                    self.absolute(at, import)?
                }
            }
        };
        for segment in &path[1..] {
            if segment == "super" {
                base.pop()?;
            } else if segment != "self" {
                base.push(segment.clone());
            }
        }
        Some(base)
    }

    /// The file that defines what an absolute path names.
    fn file_of(&self, path: &[String], depth: usize) -> Option<String> {
        let mut end = path.len();
        while end > 0 && !self.modules.contains_key(&path[..end]) {
            end -= 1;
        }
        let module = self.modules.get(&path[..end])?;
        let Some(item) = path.get(end) else { return Some(module.path.clone()) };
        if module.items.contains(item) || depth > 8 {
            return Some(module.path.clone());
        }
        let handed_on = module.exports.iter().chain(&module.imports).filter(|(name, _)| name == item || name == "*");
        for (name, target) in handed_on {
            let Some(mut target) = self.absolute(&path[..end], target) else { continue };
            if name == "*" {
                target.push(item.clone());
                if !self.modules.get(&target[..target.len() - 1]).is_some_and(|module| module.items.contains(item)) {
                    continue;
                }
            }
            return self.file_of(&target, depth + 1);
        }
        Some(module.path.clone())
    }
}

impl Module {
    fn new(file: &SourceFile) -> Module {
        let text = bare(&file.code_lines().map(|(_, line)| line).collect::<Vec<_>>().join("\n"));
        let (code, uses) = without_uses(&text);
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        for (public, tree) in uses {
            for leaf in leaves(&tree) {
                if public { exports.push(leaf) } else { imports.push(leaf) }
            }
        }
        Module { path: file.path.to_string_lossy().into_owned(), items: items(&code), code, imports, exports }
    }
}

/// Code without the contents of strings and without trailing comments.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut in_string = false;
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' if in_string => {
                    chars.next();
                }
                '"' => {
                    in_string = !in_string;
                    out.push('"');
                }
                '/' if !in_string && chars.peek() == Some(&'/') => break,
                _ if in_string => {}
                c => out.push(c),
            }
        }
        out.push('\n');
    }
    out
}

/// Splits off the `use` declarations: whether each is public, and its tree.
fn without_uses(text: &str) -> (String, Vec<(bool, String)>) {
    let (mut code, mut uses) = (String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let public = start.starts_with("pub");
        let rest = if public { start.split_once(' ').map_or("", |(_, rest)| rest) } else { start };
        let rest = if rest.starts_with("in crate") { rest.split_once(") ").map_or("", |(_, rest)| rest) } else { rest };
        let Some(tree) = rest.strip_prefix("use ") else {
            code.push_str(line);
            code.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(more) = lines.next() else { break };
            tree.push_str(more);
        }
        uses.push((public, tree.split(';').next().unwrap_or_default().chars().filter(|c| *c != '\n').collect()));
    }
    (code, uses)
}

/// The names that a `use` tree brings in, each with its path.
fn leaves(tree: &str) -> Vec<(String, Vec<String>)> {
    let mut open: Vec<(Vec<String>, String)> = vec![(Vec::new(), tree.trim().to_owned())];
    let mut found = Vec::new();
    while let Some((prefix, tree)) = open.pop() {
        let brace = tree.find('{');
        let head = brace.map_or(tree.as_str(), |at| &tree[..at]);
        let (path, alias) = head.split_once(" as ").map_or((head, None), |(path, alias)| (path, Some(alias.trim())));
        let segments = path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned);
        let whole: Vec<String> = prefix.iter().cloned().chain(segments).collect();
        if let Some(at) = brace {
            let inner = &tree[at + 1..tree.rfind('}').unwrap_or(tree.len())];
            open.extend(parts(inner).into_iter().map(|part| (whole.clone(), part)));
        } else if let Some(last) = whole.last().cloned() {
            let path: Vec<String> = whole.into_iter().filter(|part| part != "*").collect();
            let path = if last == "self" { path[..path.len() - 1].to_vec() } else { path };
            let name = if last == "self" { path.last().cloned().unwrap_or_default() } else { last };
            found.push((alias.map_or(name, str::to_owned), path));
        }
    }
    found
}

fn parts(inner: &str) -> Vec<String> {
    let (mut depth, mut parts, mut part) = (0_i32, Vec::new(), String::new());
    for c in inner.chars() {
        match c {
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                part.push(c);
            }
        }
    }
    parts.push(part);
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// The names of the items that a file defines.
fn items(code: &str) -> BTreeSet<String> {
    const WORDS: &[&str] = &["fn", "struct", "enum", "trait", "type", "const", "static", "union"];
    let words: Vec<&str> = code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    words.windows(2).filter(|pair| WORDS.contains(&pair[0])).map(|pair| pair[1].to_owned()).collect()
}

/// All paths of at least two segments that the code contains.
fn written_paths(code: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    for piece in code.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
        let segments: Vec<String> = piece.split("::").map(|part| part.trim_matches(':').to_owned()).collect();
        if segments.len() > 1 && segments.iter().all(|part| !part.is_empty() && !part.contains(':')) {
            found.insert(segments);
        }
    }
    found
}

/// What follows `name::` wherever the code contains it.
fn paths_after(code: &str, name: &str) -> Vec<Vec<String>> {
    written_paths(code).into_iter().filter(|path| path[0] == name).map(|path| path[1..].to_vec()).collect()
}

fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|part| part == word)
}

#[test]
fn the_resolver_reads_use_trees() {
    let mut found = leaves("super::{a::{B, self}, c as d, e::*}");
    found.sort();
    let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
    let expected = [("*", "super::e"), ("B", "super::a::B"), ("a", "super::a"), ("d", "super::c")];
    assert_eq!(found, expected.map(|(name, whole)| (name.to_owned(), path(whole))));
}
