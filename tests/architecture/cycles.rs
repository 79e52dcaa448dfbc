//! No two files import each other, directly or in a circle, and no two modules of a crate do.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Crate;
use super::source::{self, SourceFile};

/// Circles between files that stay, each with its reason.
const ALLOWED: &[(&[&str], &str)] = &[];

type Edges = BTreeSet<(String, String)>;

/// Sets of at least two nodes that reach each other (Tarjan's algorithm with an explicit stack).
fn circles(edges: &Edges) -> Vec<BTreeSet<String>> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in edges {
        next.entry(from).or_default().push(to);
        next.entry(to).or_default();
    }
    let (mut index, mut low) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, usize>::new());
    let (mut stack, mut found) = (Vec::<&str>::new(), Vec::new());
    for start in next.keys().copied() {
        if index.contains_key(start) {
            continue;
        }
        let mut open = vec![(start, 0)];
        while let Some((node, at)) = open.pop() {
            if at == 0 {
                low.insert(node, index.len());
                index.insert(node, index.len());
                stack.push(node);
            }
            if let Some(&child) = next[node].get(at) {
                open.push((node, at + 1));
                if !index.contains_key(child) {
                    open.push((child, 0));
                } else if stack.contains(&child) {
                    let least = low[node].min(index[child]);
                    low.insert(node, least);
                }
                continue;
            }
            if let Some((parent, _)) = open.last() {
                let least = low[parent].min(low[node]);
                low.insert(parent, least);
            }
            if low[node] == index[node] {
                let from =
                    stack.iter().rposition(|other| *other == node).expect("a node is on the stack until its circle is taken");
                let circle: BTreeSet<String> = stack.split_off(from).into_iter().map(str::to_owned).collect();
                if circle.len() > 1 {
                    found.push(circle);
                }
            }
        }
    }
    found
}

/// The edges of each crate.
fn edges_by_crate() -> BTreeMap<String, Edges> {
    let files = source::files();
    let mut crates: BTreeMap<String, Vec<&SourceFile>> = BTreeMap::new();
    for file in &files {
        crates.entry(file.crate_name().to_owned()).or_default().push(file);
    }
    crates.into_iter().map(|(name, files)| (name, Crate::new(&files).edges())).collect()
}

fn describe(circle: &BTreeSet<String>, edges: &Edges) -> String {
    let inside = edges.iter().filter(|(from, to)| circle.contains(from) && circle.contains(to));
    let arrows: Vec<String> = inside.map(|(from, to)| format!("    {from} → {to}")).collect();
    format!("{} files:\n{}", circle.len(), arrows.join("\n"))
}

#[test]
fn no_files_import_each_other() {
    let mut wrong = Vec::new();
    for edges in edges_by_crate().values() {
        for circle in circles(edges) {
            if !ALLOWED.iter().any(|(files, _)| circle.iter().all(|file| files.contains(&file.as_str()))) {
                wrong.push(describe(&circle, edges));
            }
        }
    }
    assert!(wrong.is_empty(), "import cycles between files:\n{}", wrong.join("\n"));
}

#[test]
fn no_modules_import_each_other() {
    let mut wrong = Vec::new();
    for (name, edges) in edges_by_crate() {
        // The module of a file: its first folder below `src`. Files directly in `src` are modules of their own.
        let module = |path: &str| {
            let below = path.split_once("src/").map_or(path, |(_, below)| below);
            below.split('/').next().unwrap_or(below).trim_end_matches(".rs").to_owned()
        };
        let between = edges.iter().map(|(from, to)| (module(from), module(to))).filter(|(from, to)| from != to).collect();
        for circle in circles(&between) {
            wrong.push(format!("{name}: {}", describe(&circle, &between)));
        }
    }
    assert!(wrong.is_empty(), "import cycles between modules:\n{}", wrong.join("\n"));
}

#[test]
fn the_check_finds_circles() {
    let edges = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Edges>();
    assert!(circles(&edges(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let found = circles(&edges(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")]));
    assert_eq!(found, [BTreeSet::from(["b".to_owned(), "c".to_owned()])]);
}
