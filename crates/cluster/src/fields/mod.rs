//! Field validation: unknown, duplicate and wrongly typed fields of request bodies.

mod clean;
mod duplicates;
mod inspect;
mod scalar;

use kuberewind_kinds::{Place, table};
use serde_json::Value;

use self::inspect::{Findings, inspect};
use crate::call::{Call, FieldValidation};
use crate::options::Fidelity;
use kuberewind_model::k8s::status::{Cause, Status, Subject};

pub(crate) use self::duplicates::{duplicates, members, names};

/// Checks the body of a create or a replace. `repeated` are the paths of fields that occur twice in its text.
pub(crate) fn check_body(call: &Call, object: &mut Value, repeated: &[String]) -> Result<(), Status> {
    let Some(mut findings) = findings(call, object, None) else { return Ok(()) };
    let known = repeated.iter().filter(|path| !findings.unknown.contains(path)).map(|path| format!("duplicate field \"{path}\""));
    let known: Vec<String> = known.collect();
    findings.strict.extend(known);
    let handled = |error: &str| {
        let (kind, version) = (&call.shown.kind, &call.shown.version);
        Status::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {error}"))
    };
    if let Some(mismatch) = findings.mismatch {
        return Err(handled(&mismatch));
    }
    match strict_error(call, findings.strict) {
        None => Ok(()),
        Some(error) => Err(handled(&error)),
    }
}

/// Checks an object after a patch. What is below the path of members `known` was checked before.
pub(crate) fn check_patched(call: &Call, object: &mut Value, known: Option<&str>) -> Result<(), Status> {
    let Some(findings) = findings(call, object, known) else { return Ok(()) };
    let error = match findings.mismatch {
        Some(mismatch) => Some(mismatch),
        None => strict_error(call, findings.strict),
    };
    let Some(error) = error else { return Ok(()) };
    let message = format!("Invalid value: {:?}: {error}", object.to_string());
    let cause = Cause { reason: "FieldValueInvalid", message, field: "patch".to_owned() };
    Err(Status::invalid(Subject { resource: "", group: "", name: "" }, &[cause]))
}

/// Checks an applied configuration. A real server responds with 500 to fields without a type.
pub(crate) fn check_applied(call: &Call, config: &mut Value) -> Result<(), Status> {
    let Some(findings) = findings(call, config, None) else { return Ok(()) };
    let error = match (findings.typed, call.validation) {
        (Some(mismatch), _) => mismatch,
        (None, _) if !findings.unknown.is_empty() => {
            let lines: Vec<_> = findings.unknown.iter().map(|path| format!(".{path}: field not declared in schema")).collect();
            if lines.len() == 1 { lines.concat() } else { format!("errors:\n  {}", lines.join("\n  ")) }
        }
        (None, _) => {
            strict_error(call, findings.strict);
            return Ok(());
        }
    };
    // The namespace of the body: that of the URL is filled in later.
    let name = format!("{}/{}", crate::meta::text(config, "namespace"), call.name.name);
    let (api_version, kind) = (call.shown.api_version(), &call.shown.kind);
    let message = format!("failed to create typed patch object ({name}; {api_version}, Kind={kind}): {error}");
    Err(Status::new(500, "", message))
}

/// Inspects an object; `None` if the request asks for no checks. Of custom kinds only the metadata is inspected here.
fn findings(call: &Call, object: &mut Value, known: Option<&str>) -> Option<Findings> {
    let real = call.fidelity == Fidelity::Real;
    if !object.is_object() || (!real && call.validation == FieldValidation::Ignore) {
        return None;
    }
    match call.shown.builtin() {
        Some(kind) => Some(inspect(Place::Object(kind.message()), object, "", real, known)),
        None => {
            let message = table().message_named(crate::typing::OBJECT_META)?;
            let metadata = object.get_mut("metadata")?;
            Some(inspect(Place::Object(message), metadata, "metadata", true, None))
        }
    }
}

/// The error under strict validation. Otherwise the findings become warnings.
fn strict_error(call: &Call, findings: Vec<String>) -> Option<String> {
    match call.validation {
        _ if findings.is_empty() => None,
        FieldValidation::Strict => Some(format!("strict decoding error: {}", findings.join(", "))),
        FieldValidation::Warn => {
            findings.into_iter().for_each(|finding| call.warnings.add(finding));
            None
        }
        FieldValidation::Ignore => None,
    }
}
