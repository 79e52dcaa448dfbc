//! Differences between an expected response and the response, and the list of the intended ones.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::file::Response;

/// The intended differences: `FILE/REQUEST | POINTER | REASON`. The pointer may be `*` for everything, or that of a parent.
#[derive(Debug, Default)]
pub(super) struct Differences {
    entries: Vec<(String, String)>,
    used: RefCell<BTreeSet<usize>>,
}

impl Differences {
    pub(super) fn read(path: &Path) -> Differences {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let entries = lines.map(|line| {
            let parts: Vec<&str> = line.split(" | ").collect();
            let [request, pointer, reason] = parts.as_slice() else { panic!("{line} has not three parts") };
            assert!(!reason.trim().is_empty(), "{line} has no reason");
            ((*request).to_owned(), (*pointer).to_owned())
        });
        Differences { entries: entries.collect(), used: RefCell::default() }
    }

    pub(super) fn allows(&self, request: &str, pointer: &str) -> bool {
        let found =
            self.entries.iter().position(|(one, place)| one == request && (place == "*" || pointer.starts_with(place.as_str())));
        if let Some(at) = found {
            self.used.borrow_mut().insert(at);
        }
        found.is_some()
    }

    /// The entries that allowed nothing.
    pub(super) fn unused(&self) -> impl Iterator<Item = String> {
        let used = self.used.borrow().clone();
        let unused = self.entries.iter().enumerate().filter(move |(at, _)| !used.contains(at));
        unused.map(|(_, (request, pointer))| format!("{request} | {pointer}"))
    }
}

/// Where two responses differ, with both values. `code` and `headers` are places too.
pub(super) fn pointers(wanted: &Response, found: &Response) -> Vec<(String, String)> {
    let mut differences = Vec::new();
    let mut add = |pointer: &str, wanted: &dyn std::fmt::Debug, found: &dyn std::fmt::Debug| {
        differences.push((pointer.to_owned(), format!("{found:?} instead of {wanted:?}")));
    };
    if wanted.code != found.code {
        add("code", &wanted.code, &found.code);
    }
    if wanted.headers != found.headers {
        add("headers", &wanted.headers, &found.headers);
    }
    let mut stack = vec![(String::new(), &wanted.body, &found.body)];
    while let Some((pointer, wanted, found)) = stack.pop() {
        match (wanted, found) {
            (Value::Object(one), Value::Object(other)) => {
                let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
                for name in names {
                    let pointer = format!("{pointer}/{name}");
                    match (one.get(name), other.get(name)) {
                        (Some(one), Some(other)) => stack.push((pointer, one, other)),
                        (one, other) => add(&pointer, &one.map(Value::to_string), &other.map(Value::to_string)),
                    }
                }
            }
            (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
                let items = one.iter().zip(other).enumerate();
                stack.extend(items.map(|(at, (one, other))| (format!("{pointer}/{at}"), one, other)));
            }
            (one, other) if one != other => add(&pointer, &one.to_string(), &other.to_string()),
            _ => {}
        }
    }
    differences
}
