//! The object that a call is about.

use kuberewind_model::{NewOperation, ObjectKey, Observations};

pub(super) fn target_of(call: &NewOperation) -> Option<ObjectKey> {
    let kind = call.target.kind.as_ref()?;
    let name = match &call.observations {
        Observations::Object(observation) if call.target.name.is_empty() => observation.name.clone(),
        _ => call.target.name.clone(),
    };
    Some(ObjectKey { group: kind.group.clone(), resource: kind.resource.clone(), namespace: call.target.namespace.clone(), name })
}

/// True for calls outside of reconciles that every controller makes: leader election, and Events.
pub(super) fn is_lease_or_event(object: &ObjectKey) -> bool {
    matches!(&*object.resource, "leases" | "events")
}
