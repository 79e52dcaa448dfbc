//! The evaluation of a test over an operation.

use std::sync::Arc;

use super::fields::{Field, Property};
use super::reasons::{is_conflict, reason_of};
use super::values::{Operator, Value};
use crate::pointer::is_below;
use kuberewind_model::{ActorId, Kind, KindId, Operation, Outcome, Seq, SpanId, Verb, VersionId};

/// Resolves the ids of an operation to names. Unknown ids are `None`. The methods with defaults may be left out.
pub trait Names {
    fn actor(&self, actor: ActorId) -> Option<Arc<str>>;
    fn kind(&self, kind: KindId) -> Option<Arc<Kind>>;
    fn resource_version(&self, version: VersionId) -> Option<Arc<str>>;
    /// Returns the first operation that showed a version.
    fn first_observed(&self, _version: VersionId) -> Option<Seq> {
        None
    }

    /// Returns the label of a reconcile.
    fn reconcile(&self, span: SpanId) -> Option<Arc<str>>;

    /// Returns the recorded reason of a failure, for example `Conflict`. '' if none is recorded.
    fn reason(&self, _operation: &Operation) -> Arc<str> {
        Arc::from("")
    }

    /// Returns the fields that an operation changed, as JSON pointers.
    fn changed_paths(&self, _operation: &Operation) -> Vec<Arc<str>> {
        Vec::new()
    }

    /// Returns true if a text of the operation ([`Field::Body`] or [`Field::Log`]) contains `text`, which is in lower case.
    fn holds(&self, _operation: &Operation, _field: Field, _text: &str) -> bool {
        false
    }

    /// Returns true if a finding of this kind refers to the operation ([`Property::Finding`]: of any kind).
    fn has_finding(&self, _operation: &Operation, _thing: Property) -> bool {
        false
    }
}

pub(super) fn has(operation: &Operation, property: Property, names: &dyn Names) -> bool {
    match property {
        Property::Error => failed(operation),
        Property::Write => operation.verb.is_write(),
        Property::Change => operation.changed_world || is_overtaken(operation, names),
        Property::Object => operation.object.is_some(),
        Property::Reconcile => operation.span.is_some(),
        Property::Body => operation.request_body.is_some() || operation.response_body.is_some() || operation.version.is_some(),
        Property::Finding | Property::Loop | Property::Race => names.has_finding(operation, property),
    }
}

/// Returns true for a write whose version a watch event delivered before the response.
fn is_overtaken(operation: &Operation, names: &dyn Names) -> bool {
    let first = operation.version.and_then(|version| names.first_observed(version));
    first.is_some_and(|first| operation.is_overtaken(first))
}

fn failed(operation: &Operation) -> bool {
    let lost = matches!(operation.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost);
    lost || operation.status >= 400 || operation.verb == Verb::Error
}

pub(super) fn test(operation: &Operation, field: Field, operator: Operator, values: &[Value], names: &dyn Names) -> bool {
    let texts = match field {
        Field::Code => return number(u64::from(operation.status), operator, values),
        Field::Duration => return number(operation.duration.0, operator, values),
        Field::Number => return number(operation.seq.0, operator, values),
        Field::Path => return path(&names.changed_paths(operation), operator, values),
        Field::Body | Field::Log => {
            let held = values.iter().any(|value| matches!(value, Value::Text(text) if names.holds(operation, field, text)));
            return held != operator.is_negative();
        }
        Field::Kind => {
            operation.kind.and_then(|kind| names.kind(kind)).map_or_else(|| vec![String::new()], |kind| kind_names(&kind))
        }
        Field::Reconcile => reconcile_names(&text_of(operation, field, names)),
        _ => vec![text_of(operation, field, names)],
    };
    texts_hold(&texts, operator, values)
}

/// Returns true if any text matches any value; for `!=` and `!~`, if all texts match all values.
#[must_use]
pub fn texts_hold(texts: &[String], operator: Operator, values: &[Value]) -> bool {
    let one = |value: &Value| match value {
        Value::Text(text) => texts.iter().any(|is| text_holds(is, operator, text)),
        Value::Number(_) => false,
    };
    let no = |value: &Value| match value {
        Value::Text(text) => texts.iter().all(|is| text_holds(is, operator, text)),
        Value::Number(_) => true,
    };
    if operator.is_negative() { values.iter().all(no) } else { values.iter().any(one) }
}

/// Returns true if any text of the row contains `text`.
pub(super) fn holds_text(operation: &Operation, text: &str, names: &dyn Names) -> bool {
    const SHOWN: &[Field] = &[Field::Verb, Field::Subresource, Field::Actor, Field::Error, Field::Reason];
    SHOWN.iter().any(|field| holds(&text_of(operation, *field, names), text))
        || reconcile_names(&text_of(operation, Field::Reconcile, names)).iter().any(|name| holds(name, text))
        || target_holds(operation.kind.and_then(|kind| names.kind(kind)).as_deref(), &operation.namespace, &operation.name, text)
        || operation.status.to_string() == text
        || is_conflict(operation.status, text)
}

/// Returns true if `text` contains `sought`, which is in lower case.
#[must_use]
pub fn holds(text: &str, sought: &str) -> bool {
    text.to_lowercase().contains(sought)
}

/// Returns true if the target of a call contains a text: `Kind/namespace/name`, `Kind/name`, or a name of the kind.
#[must_use]
pub fn target_holds(kind: Option<&Kind>, namespace: &str, name: &str, text: &str) -> bool {
    holds(&object_text(kind, namespace, name), text)
        || holds(&object_text(kind, "", name), text)
        || kind.is_some_and(|kind| kind_names(kind).iter().any(|name| name.eq_ignore_ascii_case(text)))
}

/// Returns the label of a reconcile, and its short name in the timeline.
#[must_use]
pub fn reconcile_names(label: &str) -> Vec<String> {
    if label.is_empty() { vec![String::new()] } else { vec![label.to_owned(), short_name(label)] }
}

/// Returns the short name of a reconcile: `R88`, the first characters of its UUID, the number at the end of its label (`inferred-143` is
/// `R143`), or the last characters of its label (`span-11-b` is `R11-b`).
#[must_use]
pub fn short_name(label: &str) -> String {
    if label.bytes().all(|b| b.is_ascii_digit()) {
        return format!("R{label}");
    }
    let number = label.rsplit_once('-').map(|(_, number)| number).filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
    if let Some(number) = number.filter(|number| (1..=12).contains(&number.len()) && label.len() < 32) {
        return format!("R{number}");
    }
    let plain: Vec<char> = label.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect();
    let is_uuid = plain.len() >= 32 && plain.iter().all(|c| c.is_ascii_hexdigit() || *c == '-');
    let shown = if is_uuid { &plain[..4] } else { &plain[plain.len().saturating_sub(5)..] };
    format!("R{}", shown.iter().collect::<String>().trim_start_matches('-'))
}

#[must_use]
pub fn number(is: u64, operator: Operator, values: &[Value]) -> bool {
    let holds = |value: &Value| matches!(value, Value::Number(value) if operator.holds(&is, value));
    if operator.is_negative() { values.iter().all(holds) } else { values.iter().any(holds) }
}

fn text_holds(is: &str, operator: Operator, value: &str) -> bool {
    match operator {
        Operator::Contains => is.to_lowercase().contains(value),
        Operator::NotContains => !is.to_lowercase().contains(value),
        Operator::Equal => is.to_lowercase() == value,
        Operator::NotEqual => is.to_lowercase() != value,
        // Only resourceVersions get here. They are ordered if they are numbers.
        _ => matches!((is.parse::<u64>(), value.parse::<u64>()), (Ok(is), Ok(value)) if operator.holds(&is, &value)),
    }
}

#[must_use]
pub fn path(changed: &[Arc<str>], operator: Operator, values: &[Value]) -> bool {
    let touched = |value: &Value| {
        let Value::Text(asked) = value else { return false };
        changed.iter().any(|path| {
            let path = path.to_lowercase();
            match operator {
                Operator::Equal | Operator::NotEqual => is_below(&path, &pointer(asked)),
                _ => path.contains(asked) || path.replace('/', ".").contains(asked),
            }
        })
    };
    if operator.is_negative() { !values.iter().any(touched) } else { values.iter().any(touched) }
}

/// Converts `.spec.replicas` or `spec.replicas` into a JSON pointer.
fn pointer(path: &str) -> String {
    if path.starts_with('/') || path.is_empty() {
        return path.to_owned();
    }
    format!("/{}", path.trim_start_matches('.').replace(['.', '['], "/").replace(']', ""))
}

/// Returns all names of a kind.
#[must_use]
pub fn kind_names(kind: &Kind) -> Vec<String> {
    let mut found = vec![kind.display_name().to_owned(), kind.resource.to_string()];
    if !kind.group.is_empty() {
        found.push(format!("{}.{}", kind.resource, kind.group));
    }
    found.extend(kind.short_names.iter().map(ToString::to_string));
    found
}

fn text_of(operation: &Operation, field: Field, names: &dyn Names) -> String {
    match field {
        Field::Namespace => operation.namespace.to_string(),
        Field::Name => operation.name.to_string(),
        Field::Verb => operation.verb.as_str().to_owned(),
        Field::Type => operation.verb.operation_type().as_str().to_owned(),
        Field::Subresource => operation.subresource.to_string(),
        Field::Error => operation.error.to_string(),
        Field::Reason if failed(operation) => reason_of(&names.reason(operation), operation.status, &operation.error).to_string(),
        Field::Reason => String::new(),
        Field::Actor => names.actor(operation.actor).map_or_else(String::new, |name| name.to_string()),
        Field::ResourceVersion => operation
            .version
            .and_then(|version| names.resource_version(version))
            .map_or_else(String::new, |text| text.to_string()),
        Field::Reconcile => {
            operation.span.and_then(|span| names.reconcile(span)).map_or_else(String::new, |text| text.to_string())
        }
        Field::Object => {
            let kind = operation.kind.and_then(|kind| names.kind(kind));
            object_text(kind.as_deref(), &operation.namespace, &operation.name)
        }
        Field::Kind | Field::Code | Field::Duration | Field::Number | Field::Path | Field::Body | Field::Log => String::new(),
    }
}

/// Returns `Kind/namespace/name`, without empty parts.
#[must_use]
pub fn object_text(kind: Option<&Kind>, namespace: &str, name: &str) -> String {
    let parts = [kind.map_or("", Kind::display_name), namespace, name];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
