//! The objects that a list, a watch or a deletecollection selects.

use std::sync::Arc;

use serde_json::Value;

use super::call::Call;
use super::resource_type::{ResourceType, TableKey};
use super::selectable;
use super::storage::Name;
use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::selector::{FieldSelector, LabelSelector};
use kuberewind_model::k8s::status::Status;

/// A kind, a namespace ('' for all) and selectors.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// The kind and version of the response.
    pub(super) shown: Arc<ResourceType>,
    /// The table that has the objects.
    pub(super) table: TableKey,
    namespace: String,
    name: String,
    labels: LabelSelector,
    fields: Vec<Term>,
}

/// A term of a field selector.
#[derive(Debug, Clone)]
struct Term {
    /// JSON pointer to the value in the stored object.
    pointer: String,
    /// The value of an object without the field.
    default: &'static str,
    value: String,
    /// True for `=`, false for `!=`.
    equal: bool,
}

impl Scope {
    /// Reads the selectors of a request. `name` selects one object, '' all of them.
    pub(super) fn read(call: &Call, name: &str, query: &Query) -> Result<Scope, Status> {
        let labels = LabelSelector::parse(query.get("labelSelector")).map_err(Status::bad_request)?;
        let fields = FieldSelector::parse(query.get("fieldSelector")).map_err(Status::bad_request)?;
        let fields = fields.terms().iter().map(|term| {
            let (pointer, default) = selectable::find(&call.shown, &term.path).map_err(Status::bad_request)?;
            Ok(Term { pointer, default, value: term.value.clone(), equal: term.equal })
        });
        Ok(Scope {
            shown: call.shown.clone(),
            table: call.resource.table.clone(),
            namespace: call.name.namespace.to_string(),
            name: name.to_owned(),
            labels,
            fields: fields.collect::<Result<_, Status>>()?,
        })
    }

    /// The name before which no object of the scope is.
    pub(super) fn first(&self) -> Name {
        Name::new(&self.namespace, "")
    }

    /// True if the namespace of the scope has an object with this name.
    pub(super) fn contains(&self, name: &Name) -> bool {
        self.namespace.is_empty() || *self.namespace == *name.namespace
    }

    /// The namespace, '' for all.
    pub(super) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// True if the scope selects an object with this name and content.
    pub(super) fn selects(&self, table: &TableKey, name: &Name, object: &Value) -> bool {
        *table == self.table
            && self.contains(name)
            && (self.name.is_empty() || *self.name == *name.name)
            && self.labels.matches(object)
            && self.fields.iter().all(|term| term.matches(object))
    }
}

impl Term {
    fn matches(&self, object: &Value) -> bool {
        let same = match object.pointer(&self.pointer) {
            Some(Value::String(text)) => *text == self.value,
            Some(Value::Bool(yes)) => self.value.parse() == Ok(*yes),
            Some(Value::Number(number)) => self.value.parse::<serde_json::Number>().is_ok_and(|wanted| wanted == *number),
            _ => self.default == self.value,
        };
        same == self.equal
    }
}
