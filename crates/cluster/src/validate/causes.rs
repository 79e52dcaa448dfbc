//! Invalid fields of an object.

use serde_json::Value;

use crate::call::Call;
use kuberewind_model::k8s::status::{Cause, Status};

/// The most causes of a refusal.
const CAUSES: usize = 64;

/// Invalid fields in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Causes(Vec<Cause>);

impl Causes {
    pub(super) fn add(&mut self, reason: &'static str, field: &str, message: String) {
        self.0.push(Cause { reason, message, field: field.to_owned() });
    }

    pub(super) fn required(&mut self, field: &str) {
        self.add("FieldValueRequired", field, "Required value".to_owned());
    }

    pub(super) fn invalid(&mut self, field: &str, value: &Value, why: &str) {
        self.add("FieldValueInvalid", field, format!("Invalid value: {value}: {why}"));
    }

    pub(super) fn duplicate(&mut self, field: &str, value: &Value) {
        self.add("FieldValueDuplicate", field, format!("Duplicate value: {value}"));
    }

    pub(super) fn forbidden(&mut self, field: &str, why: &str) {
        self.add("FieldValueForbidden", field, format!("Forbidden: {why}"));
    }

    /// True if the field has a cause already.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.iter().any(|cause| cause.field == field)
    }

    pub(super) fn unsupported(&mut self, field: &str, value: &Value, supported: &[&str]) {
        let list: Vec<_> = supported.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", list.join(", "));
        self.add("FieldValueNotSupported", field, message);
    }

    pub(super) fn refuse(mut self, call: &Call) -> Result<(), Status> {
        self.0.truncate(CAUSES);
        if self.0.is_empty() { Ok(()) } else { Err(Status::invalid(call.resource.kind_subject(&call.name.name), &self.0)) }
    }
}
