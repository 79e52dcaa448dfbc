//! The subresource eviction of pods.

use std::sync::Arc;

use serde_json::{Value, json};

use super::delete::{DeleteOptions, delete};
use super::update::live;
use crate::call::Call;
use crate::meta;
use crate::resource_type::TableKey;
use crate::selector_text::selector_text;
use crate::version::Version;
use crate::world::World;
use kuberewind_model::k8s::selector::LabelSelector;
use kuberewind_model::k8s::status::{Cause, Status};

/// Deletes a pod unless a disruption budget forbids that. A budget without status forbids nothing: no controller fills it in.
pub(crate) fn evict(world: &mut World, call: &Call, eviction: &Value) -> Result<Value, Status> {
    let pod = live(world, call)?;
    if let Some(budget) = exhausted_budget(world, &pod) {
        let number = |field: &str| budget["status"][field].as_i64().unwrap_or(0);
        let message = format!(
            "The disruption budget {} needs {} healthy pods and has {} currently",
            meta::text(&budget, "name"),
            number("desiredHealthy"),
            number("currentHealthy")
        );
        let cause = Cause { reason: "DisruptionBudget", message, field: String::new() };
        let refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
        return Err(Status::new(429, "TooManyRequests", refusal).with_causes(&[cause]));
    }
    delete(world, call, &DeleteOptions::read(&eviction["deleteOptions"], "")?)?;
    Ok(json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}))
}

/// A budget that selects the pod and allows no disruption.
fn exhausted_budget(world: &World, pod: &Value) -> Option<Arc<Version>> {
    let budgets = world.storage.table(&TableKey::new("policy", "poddisruptionbudgets"))?;
    let selects = |budget: &Value| {
        let text = selector_text(&budget["spec"]["selector"]);
        text.is_some_and(|text| LabelSelector::parse(&text).is_ok_and(|selector| selector.matches(pod)))
    };
    let namespace = meta::text(pod, "namespace");
    let mut here = budgets.iter().filter(|(name, _)| *name.namespace == *namespace);
    let found = here.find(|(_, budget)| budget["status"]["disruptionsAllowed"] == json!(0) && selects(budget));
    found.map(|(_, budget)| budget.clone())
}
