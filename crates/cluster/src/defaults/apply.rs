//! Applies a table of defaults to an object.

use serde_json::Value;

use super::rules::Rule;

/// Applies rules to every object at a path.
pub(super) fn apply(object: &mut Value, path: &str, rules: &[Rule]) {
    for target in at(object, path) {
        for rule in rules {
            let (parent, field) = rule.path.rsplit_once('/').unwrap_or(("", rule.path));
            for parent in at(target, parent) {
                set(parent, field, rule);
            }
        }
    }
}

fn set(parent: &mut Value, field: &str, rule: &Rule) {
    let Value::Object(map) = parent else { return };
    let fits = rule.when.is_none_or(|(beside, text)| map.get(beside).and_then(Value::as_str) == Some(text));
    // Go has no null: it is the same as an absent field.
    if !fits || map.get(field).is_some_and(|value| !value.is_null()) {
        return;
    }
    if let Ok(value) = serde_json::from_str(rule.value) {
        map.insert(field.to_owned(), value);
    }
}

/// The objects at a path of members; `*` is every item of a list.
pub(super) fn at<'a>(object: &'a mut Value, path: &str) -> Vec<&'a mut Value> {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    // Most paths lead to one place, or to none.
    let mut first = object;
    let mut found: Vec<_> = loop {
        first = match segments.next() {
            None => return vec![first],
            Some("*") => break first.as_array_mut().into_iter().flatten().collect(),
            Some(name) => match first.get_mut(name) {
                Some(next) => next,
                None => return Vec::new(),
            },
        };
    };
    for segment in segments {
        found = match segment {
            "*" => found.into_iter().filter_map(Value::as_array_mut).flatten().collect(),
            name => found.into_iter().filter_map(|value| value.get_mut(name)).collect(),
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::rules;
    use super::*;
    use kuberewind_kinds::table;

    #[test]
    fn every_rule_names_a_field_and_has_a_value() {
        let mut checked = 0;
        for kind in table().kinds().iter().filter(|kind| matches!(kind.version(), "v1" | "v2")) {
            let Some(resource) = kind.resource() else { continue };
            let (group, plural) = (kind.group(), resource.plural());
            let own = rules::of(group, plural).iter().map(|(path, rules)| ((*path).to_owned(), *rules));
            let pods = rules::pod_spec(group, plural).into_iter();
            let pods = pods.flat_map(|spec| rules::PODS.iter().map(move |(path, rules)| (format!("{spec}/{path}"), *rules)));
            for (path, rules) in own.chain(pods) {
                for rule in rules {
                    let parts = path.split('/').chain(rule.path.split('/')).filter(|part| !part.is_empty());
                    let full: String = parts.map(|part| format!("/{}", part.replace('*', "0"))).collect();
                    assert!(kind.message().walk(&full).is_some(), "{} {full}", kind.name());
                    assert!(serde_json::from_str::<Value>(rule.value).is_ok(), "{full}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 300, "{checked}");
    }
}
