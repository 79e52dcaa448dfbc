//! Adoption and release: a controller owns the objects that its selector matches.

use std::sync::Arc;

use serde_json::{Value, json};

use super::kind::Kind;
use super::objects::Objects;
use super::owner;
use super::plan::{Plan, Write};
use super::selector;
use crate::meta;

/// Returns the objects of a kind that `parent` controls, sorted by name. Adopts orphans that its selector matches, and releases
/// dependents that it does not match.
pub(super) fn claim(
    objects: &dyn Objects,
    plan: &mut Plan,
    (kind, parent): (Kind, &Arc<Value>),
    dependents: Kind,
) -> Vec<Arc<Value>> {
    let Some(selector) = selector::read(parent) else { return objects.controlled(dependents, parent) };
    let terminating = meta::is_terminating(parent);
    let mut claimed = Vec::new();
    for object in objects.list(dependents, meta::text(parent, "namespace")) {
        let matches = selector.matches(&object);
        match owner::of(&object) {
            Some(one) if one["uid"] == meta::text(parent, "uid") => {
                if matches || terminating || meta::is_terminating(&object) {
                    claimed.push(object);
                } else {
                    write(plan, dependents, &object, &without(&object, meta::text(parent, "uid")));
                }
            }
            None if matches && !terminating && !meta::is_terminating(&object) => {
                let mut owners = meta::field(&object, "ownerReferences").and_then(Value::as_array).cloned().unwrap_or_default();
                owners.push(owner::reference(kind, parent));
                write(plan, dependents, &object, &owners);
                claimed.push(object);
            }
            _ => {}
        }
    }
    claimed
}

fn without(object: &Value, uid: &str) -> Vec<Value> {
    let owners = meta::field(object, "ownerReferences").and_then(Value::as_array);
    owners.into_iter().flatten().filter(|one| one["uid"] != uid).cloned().collect()
}

fn write(plan: &mut Plan, kind: Kind, before: &Arc<Value>, owners: &[Value]) {
    let mut object = (**before).clone();
    meta::set(&mut object, "ownerReferences", json!(owners));
    plan.write(Write::Replace { kind, subresource: "", before: before.clone(), object });
}
