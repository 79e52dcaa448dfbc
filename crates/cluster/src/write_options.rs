//! Validation of the options of writes: `dryRun`, `fieldManager`, `fieldValidation`, `force`.

use kuberewind_model::Verb;
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::k8s::status::{Cause, Status, Subject};

use super::call::FieldValidation;
use super::options::Fidelity;

/// The longest name of a field manager in bytes.
const MANAGER: usize = 128;

/// Checks the options of a write. `media` is the media type of its body.
pub(super) fn check(request: &ResourceRequest, media: &str) -> Result<(), Status> {
    let mut causes = Vec::new();
    let mut add =
        |reason: &'static str, field: &str, message: String| causes.push(Cause { reason, message, field: field.to_owned() });
    let query = &request.query;
    let applies = request.verb == Verb::Patch && media == "application/apply-patch+yaml";
    if query.has("force") && request.verb == Verb::Patch && !applies {
        add("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch".to_owned());
    }
    if query.get("fieldManager").len() > MANAGER {
        add("FieldValueTooLong", "fieldManager", format!("Too long: may not be more than {MANAGER} bytes"));
    }
    match query.get("dryRun") {
        "" | "All" => {}
        other => add("FieldValueNotSupported", "dryRun", format!("Unsupported value: [{other:?}]: supported values: \"All\"")),
    }
    match query.get("fieldValidation") {
        "" | "Strict" | "Warn" | "Ignore" => {}
        other => {
            let message = format!("Unsupported value: {other:?}: supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
            add("FieldValueNotSupported", "fieldValidation", message);
        }
    }
    let resource = match request.verb {
        Verb::Create => "CreateOptions",
        Verb::Patch => "PatchOptions",
        Verb::Update => "UpdateOptions",
        _ => "DeleteOptions",
    };
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid(Subject { resource, group: "meta.k8s.io", name: "" }, &causes)) }
}

/// Reads `fieldValidation`. A real server warns by default.
pub(super) fn validation(request: &ResourceRequest, fidelity: Fidelity) -> FieldValidation {
    match (request.query.get("fieldValidation"), fidelity) {
        ("Strict", _) => FieldValidation::Strict,
        ("Warn", _) | ("", Fidelity::Real) => FieldValidation::Warn,
        _ => FieldValidation::Ignore,
    }
}
