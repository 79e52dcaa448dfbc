//! Label and field selectors.
//!
//! Grammar and semantics follow k8s.io/apimachinery `pkg/labels/selector.go` and `pkg/fields/selector.go`.

use serde_json::Value;

/// A label selector. All requirements must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

/// A field selector. All terms must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<FieldTerm>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

/// `path=value` or `path!=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldTerm {
    /// Dotted path, for example `metadata.name`.
    pub path: String,
    pub value: String,
    /// True for `=`, false for `!=`.
    pub equal: bool,
}

impl LabelSelector {
    /// Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>3`.
    ///
    /// # Errors
    /// A message that names the malformed part.
    pub fn parse(text: &str) -> Result<LabelSelector, String> {
        split_outside_parens(text).into_iter().map(requirement).collect::<Result<Vec<_>, _>>().map(LabelSelector)
    }

    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.0.iter().all(|requirement| {
            let value = labels.get(&requirement.key).and_then(Value::as_str);
            match &requirement.test {
                Test::Exists => value.is_some(),
                Test::Absent => value.is_none(),
                Test::In(any) => value.is_some_and(|value| any.iter().any(|one| one == value)),
                Test::NotIn(none) => value.is_none_or(|value| none.iter().all(|one| one != value)),
                Test::Greater(than) => number(value).is_some_and(|number| number > *than),
                Test::Less(than) => number(value).is_some_and(|number| number < *than),
            }
        })
    }

    /// True if the selector has no requirements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FieldSelector {
    /// Parses `metadata.name=a,spec.nodeName!=b`.
    ///
    /// # Errors
    /// A message that names the malformed part.
    pub fn parse(text: &str) -> Result<FieldSelector, String> {
        let parts = text.split(',').filter(|part| !part.trim().is_empty());
        parts
            .map(|part| {
                let (path, value, equal) =
                    comparison(part).ok_or_else(|| format!("invalid selector: '{text}'; can't understand '{part}'"))?;
                Ok(FieldTerm { path: path.to_owned(), value: value.to_owned(), equal })
            })
            .collect::<Result<Vec<_>, String>>()
            .map(FieldSelector)
    }

    /// Missing fields compare as ''.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|term| (field_text(object, &term.path) == term.value) == term.equal)
    }

    /// True if the selector has no terms.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The terms, for servers that restrict the paths.
    #[must_use]
    pub fn terms(&self) -> &[FieldTerm] {
        &self.0
    }
}

fn number(value: Option<&str>) -> Option<i64> {
    value.and_then(|value| value.parse().ok())
}

/// The scalar at a dotted path as text, '' if there is none.
fn field_text(object: &Value, path: &str) -> String {
    let found = path.split('.').try_fold(object, |at, part| at.get(part));
    match found {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(yes)) => yes.to_string(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn split_outside_parens(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Splits `a==b`, `a=b` or `a!=b` into trimmed sides. The flag is true for equality.
fn comparison(part: &str) -> Option<(&str, &str, bool)> {
    let (sides, equal) = if let Some(sides) = part.split_once("!=") {
        (sides, false)
    } else if let Some(sides) = part.split_once("==") {
        (sides, true)
    } else {
        (part.split_once('=')?, true)
    };
    let (key, value) = (sides.0.trim(), sides.1.trim());
    (!key.is_empty()).then_some((key, value, equal))
}

fn requirement(part: &str) -> Result<Requirement, String> {
    let part = part.trim();
    let malformed = || format!("unable to parse requirement: cannot understand '{part}'");
    if let Some(key) = part.strip_prefix('!') {
        return key_only(key, Test::Absent).ok_or_else(malformed);
    }
    if let Some((head, rest)) = part.split_once('(') {
        let values = rest.strip_suffix(')').ok_or_else(malformed)?.split(',').map(|value| value.trim().to_owned()).collect();
        let mut words = head.split_whitespace();
        return match (words.next(), words.next(), words.next()) {
            (Some(key), Some("in"), None) => Ok(Requirement { key: key.to_owned(), test: Test::In(values) }),
            (Some(key), Some("notin"), None) => Ok(Requirement { key: key.to_owned(), test: Test::NotIn(values) }),
            _ => Err(malformed()),
        };
    }
    if let Some((key, value, equal)) = comparison(part) {
        let values = vec![value.to_owned()];
        let test = if equal { Test::In(values) } else { Test::NotIn(values) };
        return key_only(key, test).ok_or_else(malformed);
    }
    for (sign, build) in [('>', Test::Greater as fn(i64) -> Test), ('<', Test::Less)] {
        if let Some((key, value)) = part.split_once(sign) {
            let limit = value.trim().parse().map_err(|_| malformed())?;
            return key_only(key, build(limit)).ok_or_else(malformed);
        }
    }
    key_only(part, Test::Exists).ok_or_else(malformed)
}

fn key_only(key: &str, test: Test) -> Option<Requirement> {
    let key = key.trim();
    let fine = !key.is_empty() && !key.contains(|letter: char| letter.is_whitespace() || "=!<>(),".contains(letter));
    fine.then(|| Requirement { key: key.to_owned(), test })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn label_selectors_match() {
        let web = json!({"metadata": {"labels": {"app": "web", "tier": "3"}}});
        for yes in
            ["", "app=web", "app==web,tier", "app in (api, web)", "app notin (api)", "!gone", "gone!=x", "tier>2", "tier<4"]
        {
            assert!(LabelSelector::parse(yes).unwrap().matches(&web), "{yes}");
        }
        for no in ["app=api", "gone", "!app", "app notin (web)", "gone in (x)", "tier>3", "app!=web"] {
            assert!(!LabelSelector::parse(no).unwrap().matches(&web), "{no}");
        }
        for bad in ["app in web", "a b", "=x", "tier>x", "app in (a"] {
            assert!(LabelSelector::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn field_selectors_match_dotted_paths() {
        let pod = json!({"metadata": {"name": "a"}, "spec": {"nodeName": "n1"}});
        assert!(FieldSelector::parse("metadata.name=a,spec.nodeName!=n2").unwrap().matches(&pod));
        assert!(FieldSelector::parse("status.phase=").unwrap().matches(&pod));
        assert!(!FieldSelector::parse("metadata.name!=a").unwrap().matches(&pod));
        assert!(FieldSelector::parse("metadata.name").is_err());
    }
}
