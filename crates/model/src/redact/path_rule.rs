//! Rules that select values by their path: the built-in rules for tokens, and those of the user.

use super::body_info::BodyInfo;
use super::document::{Document, NodeId, ROOT};
use crate::{Error, ErrorKind, Result};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Any,
    Named(String),
}

/// Selects values to redact. A rule reads `configmaps:/data/*`: the resource (`deployments`, `deployments.apps`) or kind, a
/// colon, and a JSON pointer in which `*` matches any key or index. Without a resource and colon it applies to all kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRule {
    /// Resource or kind, and the group if the rule has one.
    resource: Option<(String, Option<String>)>,
    subresource: Option<&'static str>,
    steps: Vec<Step>,
}

impl PathRule {
    /// Parses a rule as a user writes it.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`] if there is no pointer, or no resource before the colon.
    pub fn parse(text: &str) -> Result<PathRule> {
        let refuse = |why: &str| {
            Error::new(ErrorKind::Invalid, format!("the redaction rule {text:?} cannot be used: {why}")).hint(
                "write `configmaps:/data/*`, `deployments.apps:/spec/template/spec/containers/*/env/*/value` or `/spec/password`",
            )
        };
        let (resource, pointer) = match text.split_once(':') {
            Some((resource, pointer)) if !resource.contains('/') => (Some(resource), pointer),
            _ => (None, text),
        };
        if resource.is_some_and(str::is_empty) {
            return Err(refuse("there is no resource before the colon"));
        }
        let Some(pointer) = pointer.strip_prefix('/') else { return Err(refuse("the path does not begin with a slash")) };
        if pointer.is_empty() {
            return Err(refuse("the path is empty"));
        }
        let resource = resource.map(|resource| match resource.split_once('.') {
            Some((resource, group)) => (resource.to_owned(), Some(group.to_owned())),
            None => (resource.to_owned(), None),
        });
        Ok(PathRule { resource, subresource: None, steps: steps(pointer) })
    }

    /// A rule for requests and responses of one resource and subresource.
    pub(super) fn built_in(resource: &str, group: &str, subresource: &'static str, pointer: &str) -> PathRule {
        let resource = Some((resource.to_owned(), Some(group.to_owned())));
        PathRule { resource, subresource: Some(subresource), steps: steps(pointer) }
    }

    /// True if the rule applies to this body.
    pub(super) fn applies_to(&self, info: &BodyInfo<'_>) -> bool {
        self.subresource.is_none_or(|subresource| subresource == info.subresource)
            && self.resource.as_ref().is_none_or(|(name, group)| {
                (name.eq_ignore_ascii_case(info.resource) || name.eq_ignore_ascii_case(info.kind))
                    && group.as_ref().is_none_or(|group| group == info.group)
            })
    }

    /// The values that the rule selects at or below `root`, which is itself `skip` steps along the path.
    fn below(&self, document: &Document<'_>, root: NodeId, skip: usize, found: &mut Vec<NodeId>) {
        let mut pending = vec![(root, skip)];
        while let Some((node, at)) = pending.pop() {
            match self.steps.get(at) {
                None => found.push(node),
                Some(Step::Any) => pending.extend(document.children(node).map(|child| (child, at + 1))),
                Some(Step::Named(name)) if document.is_array(node) => {
                    let item = name.parse::<usize>().ok().and_then(|index| document.children(node).nth(index));
                    pending.extend(item.map(|item| (item, at + 1)));
                }
                Some(Step::Named(name)) => pending.extend(document.members(node, name).map(|member| (member, at + 1))),
            }
        }
    }

    /// The values that the rule selects in a body.
    pub(super) fn select(&self, info: &BodyInfo<'_>, document: &Document<'_>) -> Vec<NodeId> {
        let mut found = Vec::new();
        if info.is_json_patch() && document.is_array(ROOT) {
            for operation in document.children(ROOT) {
                let paths: Vec<_> = document.members(operation, "path").filter_map(|path| pointer_keys(document, path)).collect();
                for value in document.members(operation, "value") {
                    paths.iter().for_each(|path| self.in_patch(document, path, value, &mut found));
                }
            }
        } else if document.members(ROOT, "cells").next().is_some() {
            document.members(ROOT, "object").for_each(|object| self.below(document, object, 0, &mut found));
        } else {
            self.below(document, ROOT, 0, &mut found);
        }
        found
    }

    /// The selected values in the value of a JSON patch operation: all of it if the operation's path lies at or below the
    /// rule's, the rest of the rule's path if it lies above.
    fn in_patch(&self, document: &Document<'_>, path: &[String], value: NodeId, found: &mut Vec<NodeId>) {
        let matches = self.steps.iter().zip(path).all(|(step, key)| match step {
            Step::Any => true,
            Step::Named(name) => name == key,
        });
        if matches && path.len() >= self.steps.len() {
            found.push(value);
        } else if matches {
            self.below(document, value, path.len(), found);
        }
    }
}

/// The keys of a patch operation's path; `None` if it is no JSON pointer.
pub(super) fn pointer_keys(document: &Document<'_>, path: NodeId) -> Option<Vec<String>> {
    match &*document.text(path)? {
        "" => Some(Vec::new()),
        pointer => Some(keys(pointer.strip_prefix('/')?)),
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

    #[test]
    fn rules_select_values_by_kind_and_path() {
        let rule = PathRule::parse("deployments.apps:/spec/containers/*/env").unwrap();
        let info = |group, resource| BodyInfo { group, resource, ..BodyInfo::default() };
        assert!(rule.applies_to(&info("apps", "deployments")) && !rule.applies_to(&info("", "deployments")));
        let text = r#"{"spec":{"containers":[{"env":1,"name":"a"},{"env":2}]}}"#;
        let document = Document::parse(text).unwrap();
        let mut found = rule.select(&info("apps", "deployments"), &document);
        found.sort_unstable();
        let values: Vec<&str> = found.into_iter().map(|node| &text[document.range(node)]).collect();
        assert_eq!(values, ["1", "2"]);
    }

    #[test]
    fn rules_without_a_path_or_resource_are_rejected() {
        for text in ["", "data", ":/data", "configmaps:data", "/", "configmaps:/"] {
            assert_eq!(PathRule::parse(text).unwrap_err().kind(), ErrorKind::Invalid, "{text}");
        }
    }
}
