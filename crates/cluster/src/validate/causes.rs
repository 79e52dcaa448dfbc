//! Invalid fields of an object.

use std::fmt::Display;

use serde_json::Value;

use crate::call::Call;
use kuberewind_model::k8s::status::{Cause, Status};

/// The most causes of a refusal.
const CAUSES: usize = 64;

/// Invalid fields in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Causes(Vec<Cause>);

impl Causes {
    pub(super) fn add(&mut self, reason: &'static str, field: impl Display, message: String) {
        self.0.push(Cause { reason, message, field: field.to_string() });
    }

    pub(super) fn required(&mut self, field: impl Display) {
        self.required_for(field, "");
    }

    /// A required field, with what it must have.
    pub(super) fn required_for(&mut self, field: impl Display, why: &str) {
        let message = if why.is_empty() { "Required value".to_owned() } else { format!("Required value: {why}") };
        self.add("FieldValueRequired", field, message);
    }

    /// Each reason why a text does not have its format.
    pub(super) fn format(&mut self, field: impl Display, text: &str, wrong: Vec<String>) {
        for why in wrong {
            self.invalid(&field, &Value::from(text), &why);
        }
    }

    pub(super) fn invalid(&mut self, field: impl Display, value: &Value, why: &str) {
        self.add("FieldValueInvalid", field, format!("Invalid value: {value}: {why}"));
    }

    pub(super) fn duplicate(&mut self, field: impl Display, value: &Value) {
        self.add("FieldValueDuplicate", field, format!("Duplicate value: {value}"));
    }

    pub(super) fn forbidden(&mut self, field: impl Display, why: &str) {
        self.add("FieldValueForbidden", field, format!("Forbidden: {why}"));
    }

    /// True if the field, or the value that it belongs to, is reported as unsupported already.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|cause| {
            let rest = field.strip_prefix(&cause.field);
            rest.is_some_and(|rest| rest.is_empty() || (cause.reason == "FieldValueNotSupported" && rest.starts_with(['.', '['])))
        })
    }

    pub(super) fn unsupported(&mut self, field: impl Display, value: &Value, supported: &[&str]) {
        let list: Vec<_> = supported.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", list.join(", "));
        self.add("FieldValueNotSupported", field, message);
    }

    pub(super) fn refuse(mut self, call: &Call) -> Result<(), Status> {
        self.0.truncate(CAUSES);
        if self.0.is_empty() { Ok(()) } else { Err(Status::invalid(call.resource.kind_subject(&call.name.name), &self.0)) }
    }
}
