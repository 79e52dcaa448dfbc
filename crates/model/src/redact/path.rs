//! Rules that name values by their path: those of tokens, and the ones a user gives.

use serde_json::Value;

use super::About;
use crate::{Error, ErrorKind, Result};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Any,
    Named(String),
}

/// A path like `configmaps:/data/*`: in front of the colon the resource (`deployments`, `deployments.apps`) or kind that
/// it is about, nothing for all; then a JSON pointer in which `*` stands for any key or index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRule {
    of: Option<(String, Option<String>)>,
    subresource: Option<&'static str>,
    steps: Vec<Step>,
}

impl PathRule {
    /// Reads a rule as a user writes it.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] with what is wrong with it.
    pub fn parse(text: &str) -> Result<PathRule> {
        let refuse = |why: &str| {
            Error::new(ErrorKind::Invalid, format!("the redaction rule {text:?} cannot be used: {why}")).hint(
                "write `configmaps:/data/*`, `deployments.apps:/spec/template/spec/containers/*/env/*/value` or `/spec/password`",
            )
        };
        let (of, pointer) = match text.split_once(':') {
            Some((of, pointer)) if !of.contains('/') => (Some(of), pointer),
            _ => (None, text),
        };
        if of.is_some_and(str::is_empty) {
            return Err(refuse("there is no resource in front of the colon"));
        }
        let Some(pointer) = pointer.strip_prefix('/') else { return Err(refuse("the path begins with a slash")) };
        if pointer.is_empty() {
            return Err(refuse("the path names nothing"));
        }
        let of = of.map(|of| match of.split_once('.') {
            Some((resource, group)) => (resource.to_owned(), Some(group.to_owned())),
            None => (of.to_owned(), None),
        });
        Ok(PathRule { of, subresource: None, steps: steps(pointer) })
    }

    /// A rule of ours, about answers and requests of a resource (and subresource).
    pub(super) fn built_in(resource: &str, group: &str, subresource: &'static str, pointer: &str) -> PathRule {
        let of = Some((resource.to_owned(), Some(group.to_owned())));
        PathRule { of, subresource: Some(subresource), steps: steps(pointer) }
    }

    /// Whether bodies about this can hold what the rule names.
    pub(super) fn concerns(&self, about: &About<'_>) -> bool {
        self.subresource.is_none_or(|subresource| subresource == about.subresource)
            && self.of.as_ref().is_none_or(|(name, group)| {
                (name.eq_ignore_ascii_case(about.resource) || name.eq_ignore_ascii_case(about.kind))
                    && group.as_ref().is_none_or(|group| group == about.group)
            })
    }

    /// Whether it names any value of any kind: then no body can be passed on unparsed.
    pub(super) fn concerns_all(&self) -> bool {
        self.of.is_none()
    }

    /// Calls `replace` for each value that it names within `root`, which stands at `skip` steps of the way.
    pub(super) fn apply(&self, root: &mut Value, skip: usize, replace: &mut dyn FnMut(&mut Value)) {
        let mut waiting = vec![(root, skip)];
        while let Some((value, at)) = waiting.pop() {
            let Some(step) = self.steps.get(at) else {
                replace(value);
                continue;
            };
            match (value, step) {
                (Value::Object(members), Step::Any) => waiting.extend(members.values_mut().map(|value| (value, at + 1))),
                (Value::Object(members), Step::Named(name)) => waiting.extend(members.get_mut(name).map(|value| (value, at + 1))),
                (Value::Array(items), Step::Any) => waiting.extend(items.iter_mut().map(|value| (value, at + 1))),
                (Value::Array(items), Step::Named(name)) => {
                    let item = name.parse::<usize>().ok().and_then(|index| items.get_mut(index));
                    waiting.extend(item.map(|value| (value, at + 1)));
                }
                _ => {}
            }
        }
    }

    /// Applies the rule to the value of a JSON patch's operation at `path`: all of it where the path lies at or below
    /// what the rule names, the rest of the way where it lies above.
    pub(super) fn apply_at(&self, path: &[String], value: &mut Value, replace: &mut dyn FnMut(&mut Value)) {
        let matches = self.steps.iter().zip(path).all(|(step, key)| match step {
            Step::Any => true,
            Step::Named(name) => name == key,
        });
        if matches && path.len() >= self.steps.len() {
            replace(value);
        } else if matches {
            self.apply(value, path.len(), replace);
        }
    }
}

/// The keys of a JSON pointer without its first slash.
pub(super) fn keys(pointer: &str) -> Vec<String> {
    pointer.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
}

fn steps(pointer: &str) -> Vec<Step> {
    keys(pointer).into_iter().map(|key| if key == "*" { Step::Any } else { Step::Named(key) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_name_values_by_kind_and_path() {
        let rule = PathRule::parse("deployments.apps:/spec/containers/*/env").unwrap();
        let about = |group, resource| About { group, resource, ..About::default() };
        assert!(rule.concerns(&about("apps", "deployments")) && !rule.concerns(&about("", "deployments")));
        let mut value = json!({"spec": {"containers": [{"env": 1, "name": "a"}, {"env": 2}]}});
        rule.apply(&mut value, 0, &mut |value| *value = json!("x"));
        assert_eq!(value, json!({"spec": {"containers": [{"env": "x", "name": "a"}, {"env": "x"}]}}));
    }

    #[test]
    fn rules_that_make_no_sense_are_refused() {
        for text in ["", "data", ":/data", "configmaps:data", "/", "configmaps:/"] {
            assert_eq!(PathRule::parse(text).unwrap_err().kind(), ErrorKind::Invalid, "{text}");
        }
    }
}
