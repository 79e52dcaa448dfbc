//! A test applied to an operation.

use std::sync::Arc;

use super::{Compare, Field, Thing, Value};
use crate::expr::pointer::is_below;
use crate::model::{ActorId, Kind, KindId, Operation, Outcome, SpanId, Verb, VersionId};

/// Resolves the ids of an operation to what people call them. What is unknown is `None`; the rarer questions need not be
/// answered by everybody.
pub trait Names {
    /// An actor's name.
    fn actor(&self, actor: ActorId) -> Option<Arc<str>>;
    /// A kind.
    fn kind(&self, kind: KindId) -> Option<Arc<Kind>>;
    /// A version's resourceVersion.
    fn resource_version(&self, version: VersionId) -> Option<Arc<str>>;
    /// A reconcile's name.
    fn reconcile(&self, span: SpanId) -> Option<Arc<str>>;

    /// The fields that an operation changed, as JSON pointers.
    fn changed_paths(&self, _operation: &Operation) -> Vec<Arc<str>> {
        Vec::new()
    }

    /// Whether a finding of this sort rests on the operation ([`Thing::Finding`]: of any sort).
    fn has_finding(&self, _operation: &Operation, _thing: Thing) -> bool {
        false
    }
}

pub(super) fn has(operation: &Operation, thing: Thing, names: &dyn Names) -> bool {
    match thing {
        Thing::Error => failed(operation),
        Thing::Write => operation.verb.is_write(),
        Thing::Change => operation.changed_world,
        Thing::Object => operation.object.is_some(),
        Thing::Reconcile => operation.span.is_some(),
        Thing::Body => operation.request_body.is_some() || operation.response_body.is_some() || operation.version.is_some(),
        Thing::Finding | Thing::Loop | Thing::Race => names.has_finding(operation, thing),
    }
}

fn failed(operation: &Operation) -> bool {
    let lost = matches!(operation.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost);
    lost || operation.status >= 400 || operation.verb == Verb::Error || !operation.error.is_empty()
}

pub(super) fn test(operation: &Operation, field: Field, compare: Compare, values: &[Value], names: &dyn Names) -> bool {
    let texts = match field {
        Field::Code => return number(u64::from(operation.status), compare, values),
        Field::Duration => return number(operation.duration.0, compare, values),
        Field::Number => return number(operation.seq.0, compare, values),
        Field::Path => return path(operation, compare, values, names),
        Field::Kind => kind_names(operation, names),
        _ => vec![text_of(operation, field, names)],
    };
    let one = |value: &Value| match value {
        Value::Text(text) => texts.iter().any(|is| text_holds(is, compare, text)),
        Value::Number(_) => false,
    };
    let no = |value: &Value| match value {
        Value::Text(text) => texts.iter().all(|is| text_holds(is, compare, text)),
        Value::Number(_) => true,
    };
    if compare.is_negative() { values.iter().all(no) } else { values.iter().any(one) }
}

/// Whether any of the row's texts holds this one.
pub(super) fn holds_text(operation: &Operation, text: &str, names: &dyn Names) -> bool {
    const SHOWN: &[Field] = &[Field::Object, Field::Verb, Field::Subresource, Field::Actor, Field::Error, Field::Reconcile];
    SHOWN.iter().any(|field| text_of(operation, *field, names).to_lowercase().contains(text))
        || kind_names(operation, names).iter().any(|name| name.eq_ignore_ascii_case(text))
        || operation.status.to_string() == text
}

fn number(is: u64, compare: Compare, values: &[Value]) -> bool {
    let holds = |value: &Value| matches!(value, Value::Number(value) if compare.holds(&is, value));
    if compare.is_negative() { values.iter().all(holds) } else { values.iter().any(holds) }
}

fn text_holds(is: &str, compare: Compare, value: &str) -> bool {
    match compare {
        Compare::Holds => is.to_lowercase().contains(value),
        Compare::HoldsNot => !is.to_lowercase().contains(value),
        Compare::Is => is.to_lowercase() == value,
        Compare::IsNot => is.to_lowercase() != value,
        // Only versions get here: they are in order where they are numbers.
        _ => matches!((is.parse::<u64>(), value.parse::<u64>()), (Ok(is), Ok(value)) if compare.holds(&is, &value)),
    }
}

fn path(operation: &Operation, compare: Compare, values: &[Value], names: &dyn Names) -> bool {
    let changed = names.changed_paths(operation);
    let touched = |value: &Value| {
        let Value::Text(asked) = value else { return false };
        changed.iter().any(|path| {
            let path = path.to_lowercase();
            match compare {
                Compare::Is | Compare::IsNot => is_below(&path, &pointer(asked)),
                _ => path.contains(asked) || path.replace('/', ".").contains(asked),
            }
        })
    };
    if compare.is_negative() { !values.iter().any(touched) } else { values.iter().any(touched) }
}

/// `.spec.replicas` or `spec.replicas` as a pointer; a pointer stays one.
fn pointer(path: &str) -> String {
    if path.starts_with('/') || path.is_empty() {
        return path.to_owned();
    }
    format!("/{}", path.trim_start_matches('.').replace(['.', '['], "/").replace(']', ""))
}

fn kind_names(operation: &Operation, names: &dyn Names) -> Vec<String> {
    let Some(kind) = operation.kind.and_then(|kind| names.kind(kind)) else { return vec![String::new()] };
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
            let kind = kind.as_deref().map_or("", Kind::display_name);
            let parts = [kind, &operation.namespace, &operation.name];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
        }
        Field::Kind => kind_names(operation, names).swap_remove(0),
        Field::Code | Field::Duration | Field::Number | Field::Path => String::new(),
    }
}
