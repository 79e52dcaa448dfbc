//! Reviews: questions about identity and access. There is no authorization, so every review is answered with yes.

use serde_json::{Value, json};

use super::resource_type::ResourceType;

/// The user of every request.
const USER: &str = "kuberewind";

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
