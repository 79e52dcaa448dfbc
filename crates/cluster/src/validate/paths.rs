//! The values at a path of an object, with their own paths for messages.

use std::fmt;

use serde_json::Value;

/// A value and its path.
pub(super) struct Found<'a> {
    pub(super) path: Place<'a>,
    pub(super) value: &'a Value,
}

/// The most `*` in a path.
const LISTS: usize = 4;

/// The path of a value: `spec.ports[0].port`. It becomes text only if a message needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The path with `*` for the items of lists.
    pattern: &'a str,
    /// The indices of the items.
    items: [usize; LISTS],
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items = self.items.iter();
        let mut between = "";
        for segment in segments(self.pattern) {
            if segment == "*" {
                write!(formatter, "[{}]", items.next().unwrap_or(&0))?;
            } else {
                write!(formatter, "{between}{}", segment.trim_end_matches('?'))?;
            }
            between = ".";
        }
        Ok(())
    }
}

impl Place<'_> {
    /// The path of the list that has the value.
    pub(super) fn list(mut self) -> Self {
        self.pattern = self.pattern.strip_suffix("/*").unwrap_or(self.pattern);
        self
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The values at a path of members. `*` is every item of a list. A missing member is null, as Go's zero value of a struct; behind a member
/// whose name ends in `?`, nothing is found if it is missing.
pub(super) fn each<'a>(object: &'a Value, path: &'a str) -> Vec<Found<'a>> {
    let mut found = vec![Found { path: Place { pattern: path, items: [0; LISTS] }, value: object }];
    let mut lists = 0;
    for segment in segments(path) {
        if segment == "*" {
            found = found.iter().flat_map(|list| items(list, lists)).collect();
            lists += 1;
        } else {
            let name = segment.trim_end_matches('?');
            found.retain_mut(|at| {
                let value = at.value.get(name).filter(|value| !value.is_null());
                at.value = value.unwrap_or(&Value::Null);
                value.is_some() || name == segment
            });
        }
    }
    found
}

/// The items of a list, which is below `lists` others.
fn items<'a>(list: &Found<'a>, lists: usize) -> impl Iterator<Item = Found<'a>> {
    let path = list.path;
    let items = list.value.as_array().into_iter().flatten().enumerate();
    items.map(move |(index, value)| {
        let mut path = path;
        if let Some(place) = path.items.get_mut(lists) {
            *place = index;
        }
        Found { path, value }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn missing_members_are_null_and_missing_pointers_nothing() {
        let object = json!({"a": [{"b": 1}, {"b": 2}], "c": null, "d": [[{"e": [3]}], [], [{"e": [4, 5]}]]});
        let at =
            |path: &str| each(&object, path).into_iter().map(|one| (one.path.to_string(), one.value.clone())).collect::<Vec<_>>();
        assert_eq!(at("a/*/b"), [("a[0].b".to_owned(), json!(1)), ("a[1].b".to_owned(), json!(2))]);
        assert_eq!(at("x/y"), [("x.y".to_owned(), Value::Null)]);
        assert!(at("c?/y").is_empty() && at("a/*/c?/d").is_empty());
        let deep = at("d/*/*/e?/*");
        assert_eq!(
            deep,
            [("d[0][0].e[0]".to_owned(), json!(3)), ("d[2][0].e[0]".to_owned(), json!(4)), ("d[2][0].e[1]".to_owned(), json!(5))]
        );
        assert_eq!(each(&object, "d/*/*/e?/*")[2].path.list().to_string(), "d[2][0].e");
    }
}
