//! Validation of the options of lists and watches.

use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::status::{Cause, Status, Subject};

const MATCH: &str = "resourceVersionMatch";

fn forbidden(field: &str, why: &str) -> Cause {
    Cause { reason: "FieldValueForbidden", message: format!("Forbidden: {why}"), field: field.to_owned() }
}

fn unsupported(found: &str, supported: &str) -> Cause {
    let message = format!("Unsupported value: \"{found}\": supported values: {supported}");
    Cause { reason: "FieldValueNotSupported", message, field: MATCH.to_owned() }
}

/// Checks the numbers among the options of any request, with the words of Go's parser.
pub(super) fn check_numbers(query: &Query) -> Result<(), Status> {
    for name in ["limit", "timeoutSeconds", "gracePeriodSeconds"] {
        let text = query.get(name);
        if !text.is_empty() && text.parse::<i64>().is_err() {
            return Err(Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax")));
        }
    }
    Ok(())
}

/// Checks which part of an object a table row should carry.
pub(super) fn check_include(query: &Query) -> Result<(), Status> {
    match query.get("includeObject") {
        "" | "None" | "Metadata" | "Object" => Ok(()),
        other => Err(Status::bad_request(format!(
            "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: must be 'Metadata', 'Object', 'None', or empty"
        ))),
    }
}

/// Checks the options of a list.
pub(super) fn check_list(query: &Query) -> Result<(), Status> {
    let mut causes = Vec::new();
    let matching = query.get(MATCH);
    if !matching.is_empty() {
        if query.get("resourceVersion").is_empty() {
            causes.push(forbidden(MATCH, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
        }
        if !query.get("continue").is_empty() {
            causes.push(forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            causes.push(unsupported(matching, "\"Exact\", \"NotOlderThan\", \"\""));
        }
        if matching == "Exact" && query.get("resourceVersion") == "0" {
            causes.push(forbidden(MATCH, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
        }
    }
    if query.has("sendInitialEvents") {
        causes.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    refuse(&causes)
}

/// Checks the options of a watch.
pub(super) fn check_watch(query: &Query) -> Result<(), Status> {
    let mut causes = Vec::new();
    let (matching, initial) = (query.get(MATCH), query.has("sendInitialEvents"));
    if initial && matching != "NotOlderThan" {
        causes.push(forbidden(MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    }
    if !matching.is_empty() {
        if !initial {
            causes.push(forbidden(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
        }
        if matching != "NotOlderThan" {
            causes.push(unsupported(matching, "\"NotOlderThan\""));
        }
        if !query.get("continue").is_empty() {
            causes.push(forbidden(MATCH, "resourceVersionMatch is forbidden when continue is provided"));
        }
    }
    refuse(&causes)
}

fn refuse(causes: &[Cause]) -> Result<(), Status> {
    if causes.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(Subject { resource: "ListOptions", group: "meta.k8s.io", name: "" }, causes))
}
