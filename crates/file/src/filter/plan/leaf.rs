//! The columns that one test of a filter needs, and its result for each part of an operation.

use std::collections::BTreeMap;

use kuberewind_model::{Kind, Verb};
use kuberewind_query::filter::reasons::is_conflict;
use kuberewind_query::filter::{Field, Node, Operator, Property, row};

use super::cells::{Cells, Column};

/// Returns the columns that a test reads.
pub(super) fn columns(leaf: &Node) -> &'static [Column] {
    match leaf {
        Node::Text(_) => {
            const TEXTS: &[Column] = &[
                Column::Viewer,
                Column::Target,
                Column::Subresource,
                Column::Error,
                Column::Reason,
                Column::Span,
                Column::Status,
            ];
            TEXTS
        }
        Node::Has(property) => match property {
            Property::Change => &[Column::Flags, Column::Overtaken],
            Property::Object => &[Column::Target],
            Property::Reconcile => &[Column::Span],
            Property::Body => &[Column::Bodies, Column::Version],
            Property::Error | Property::Write | Property::Finding | Property::Loop | Property::Race => &[],
        },
        Node::Test { field, .. } => match field {
            Field::Kind | Field::Namespace | Field::Name | Field::Object => &[Column::Target],
            Field::Subresource => &[Column::Subresource],
            Field::Code => &[Column::Status],
            Field::Duration => &[Column::Duration],
            Field::ResourceVersion => &[Column::Version],
            Field::Path => &[Column::Version, Column::Flags],
            Field::Reconcile => &[Column::Span],
            Field::Actor => &[Column::Viewer],
            Field::Error => &[Column::Error],
            // Without a recorded reason, the status and the error decide.
            Field::Reason => &[Column::Reason, Column::Status, Column::Error],
            Field::Body => &[Column::Bodies],
            Field::Verb | Field::Type | Field::Number | Field::Log => &[],
        },
        Node::Not | Node::And | Node::Or => &[],
    }
}

/// Returns true if the test has to read a version.
pub(super) fn is_heavy(leaf: &Node) -> bool {
    matches!(leaf, Node::Test { field: Field::ResourceVersion | Field::Path, .. })
}

/// Returns true if the test is `!=` or `!~`.
pub(super) fn is_negative(leaf: &Node) -> bool {
    matches!(leaf, Node::Test { operator, .. } if operator.is_negative())
}

/// Returns true if the verb alone satisfies the test.
pub(super) fn verb(leaf: &Node, verb: Verb) -> bool {
    match leaf {
        Node::Has(Property::Write) => verb.is_write(),
        Node::Text(text) => row::holds(verb.as_str(), text),
        Node::Test { field: Field::Verb, operator, values } => row::texts_hold(&[verb.as_str().to_owned()], *operator, values),
        Node::Test { field: Field::Type, operator, values } => {
            row::texts_hold(&[verb.operation_type().as_str().to_owned()], *operator, values)
        }
        _ => false,
    }
}

/// Returns the bits of the tests of `of`, and of free text, that these texts satisfy.
pub(super) fn texts(leaves: &[Node], of: Field, texts: &[String]) -> u64 {
    bits(leaves, |leaf| match leaf {
        Node::Test { field, operator, values } if *field == of => row::texts_hold(texts, *operator, values),
        Node::Text(sought) => texts.iter().any(|text| row::holds(text, sought)),
        _ => false,
    })
}

/// Returns the bits of the tests that the target of a call satisfies.
pub(super) fn target(leaves: &[Node], kind: Option<&Kind>, namespace: &str, name: &str) -> u64 {
    let kinds = kind.map_or_else(|| vec![String::new()], row::kind_names);
    let object = [row::object_text(kind, namespace, name)];
    let (namespaces, names) = ([namespace.to_owned()], [name.to_owned()]);
    bits(leaves, |leaf| match leaf {
        Node::Text(text) => row::target_holds(kind, namespace, name, text),
        Node::Test { field, operator, values } => {
            let texts: &[String] = match field {
                Field::Kind => &kinds,
                Field::Namespace => &namespaces,
                Field::Name => &names,
                Field::Object => &object,
                _ => return false,
            };
            row::texts_hold(texts, *operator, values)
        }
        _ => false,
    })
}

/// Returns true if the numbers and flags of the operation satisfy the test.
pub(super) fn own(leaf: &Node, cells: &Cells, properties: &BTreeMap<&'static str, Vec<u64>>) -> bool {
    match leaf {
        Node::Test { field: Field::Code, operator, values } => row::number(u64::from(cells.status), *operator, values),
        Node::Test { field: Field::Duration, operator, values } => row::number(cells.duration, *operator, values),
        Node::Test { field: Field::Number, operator, values } => row::number(cells.seq.0, *operator, values),
        Node::Text(text) => {
            is_conflict(cells.status, text)
                || text.parse::<u16>().is_ok_and(|status| status == cells.status && text.as_str() == status.to_string())
        }
        Node::Has(Property::Error) => cells.failed,
        Node::Has(Property::Change) => cells.changed_world || cells.is_overtaken,
        Node::Has(Property::Object) => cells.object.is_some(),
        Node::Has(Property::Reconcile) => cells.span.is_some(),
        Node::Has(Property::Body) => cells.request.is_some() || cells.response.is_some() || cells.version.is_some(),
        Node::Has(property) => {
            properties.get(property.words()[0]).is_some_and(|numbers| numbers.binary_search(&cells.seq.0).is_ok())
        }
        _ => false,
    }
}

fn bits(leaves: &[Node], holds: impl Fn(&Node) -> bool) -> u64 {
    leaves.iter().enumerate().fold(0, |bits, (bit, leaf)| bits | u64::from(holds(leaf)) << bit)
}

/// Returns true if a number from `low` to `high` may satisfy the test, and true if one may fail it.
pub(super) fn range(operator: Operator, value: u64, low: u64, high: u64) -> (bool, bool) {
    match operator {
        Operator::Equal | Operator::Contains => (low <= value && value <= high, low != value || high != value),
        Operator::NotEqual | Operator::NotContains => (low != value || high != value, low <= value && value <= high),
        Operator::Less => (low < value, high >= value),
        Operator::LessOrEqual => (low <= value, high > value),
        Operator::Greater => (high > value, low <= value),
        Operator::GreaterOrEqual => (high >= value, low < value),
    }
}
