//! Reviews: questions about identity and access. There is no authorization, so every review is answered with yes.

use serde_json::{Value, json};

use super::resource_type::ResourceType;
use kuberewind_model::k8s::status::{Cause, Status, Subject};

/// The user of every request.
const USER: &str = "kuberewind";

/// Checks a review before it is answered.
pub(super) fn check(resource: &ResourceType, namespace: &str, review: &Value) -> Result<(), Status> {
    let spec = &review["spec"];
    let (of_resource, other) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let invalid = |field: &str, message: String| {
        let cause = Cause { reason: "FieldValueInvalid", message: format!("Invalid value: {message}"), field: field.to_owned() };
        // A real server leaves out the kind.
        Err(Status::invalid(Subject { resource: "", group: &resource.table.group, name: "" }, &[cause]))
    };
    match resource.kind.as_str() {
        "TokenReview" if spec["token"].as_str().is_none_or(str::is_empty) => {
            return Err(Status::bad_request("token is required for TokenReview in authentication"));
        }
        "SelfSubjectAccessReview" | "SubjectAccessReview" | "LocalSubjectAccessReview" => {}
        _ => return Ok(()),
    }
    if of_resource.is_object() && other.is_object() {
        let shown = json!({"Path": other["path"], "Verb": other["verb"]});
        return invalid(
            "spec.nonResourceAttributes",
            format!("{shown}: cannot be specified in combination with resourceAttributes"),
        );
    }
    if !of_resource.is_object() && !other.is_object() {
        let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
        return invalid("spec.resourceAttributes", format!("null: {why}"));
    }
    let named = spec["user"].as_str().is_some_and(|user| !user.is_empty())
        || spec["groups"].as_array().is_some_and(|list| !list.is_empty());
    if resource.kind != "SelfSubjectAccessReview" && !named {
        return invalid("spec.user", "\"\": at least one of user or group must be specified".to_owned());
    }
    let asked = of_resource["namespace"].as_str().unwrap_or_default();
    if resource.kind == "LocalSubjectAccessReview" && asked != namespace {
        return invalid("spec.resourceAttributes.namespace", format!("{asked:?}: must match metadata.namespace"));
    }
    Ok(())
}

/// The answer to a review, or `None` if the kind is no review.
pub(super) fn answer(resource: &ResourceType, mut review: Value) -> Option<Value> {
    let user = || json!({"username": USER, "groups": ["system:masters", "system:authenticated"]});
    let status = match resource.kind.as_str() {
        "SelfSubjectAccessReview" | "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            json!({"allowed": true, "reason": "this cluster has no authorization: everything is allowed"})
        }
        "SelfSubjectRulesReview" => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": false,
        }),
        "SelfSubjectReview" => json!({"userInfo": user()}),
        "TokenReview" => {
            let mut status = json!({"authenticated": true, "user": user()});
            if review["spec"]["audiences"].is_array() {
                status["audiences"] = review["spec"]["audiences"].clone();
            }
            status
        }
        _ => return None,
    };
    review["apiVersion"] = json!(resource.api_version());
    review["kind"] = json!(resource.kind);
    review["status"] = status;
    Some(review)
}
