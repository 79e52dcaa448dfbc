//! Puts recorded objects into a cluster as they are.

use std::cmp::Reverse;

use serde_json::Value;

use super::call::Call;
use super::managed_fields::Managers;
use super::name::Name;
use super::write::create;
use super::{Cluster, convert, meta};

impl Cluster {
    /// Stores objects as another server showed them: with their uids, times, generations, field managers and status, without validation
    /// and defaults. Their resourceVersions are new and above `revision`, and so are those of all later writes. Unknown namespaces are
    /// created. Returns the objects whose kind is not served; the definitions of custom kinds must be among the objects, or there already.
    #[must_use]
    pub fn restore(&self, mut objects: Vec<Value>, revision: u64) -> Vec<Value> {
        objects.sort_by_key(|object| {
            let kind = object["kind"].as_str().unwrap_or_default();
            Reverse((kind == "CustomResourceDefinition", kind == "Namespace"))
        });
        let mut world = self.shared.lock();
        let unknown = {
            let world = &mut *world;
            world.storage.continue_after(revision);
            let mut unknown = Vec::new();
            for object in objects {
                let text = |name: &str| object[name].as_str().unwrap_or_default();
                let Some(shown) = world.registry.find_kind(text("apiVersion"), text("kind")) else {
                    unknown.push(object);
                    continue;
                };
                let namespace = if shown.namespaced { meta::text(&object, "namespace").to_owned() } else { String::new() };
                let name = Name::new(&namespace, meta::text(&object, "name"));
                let resource = world.registry.storage_of(&shown);
                let call = Call { shown, ..Call::of_controller(resource, name.clone(), world.now()) };
                let object = convert::to_storage(&call, object);
                if !namespace.is_empty()
                    && let Ok(namespaces) = world.registry.find("", "v1", "namespaces")
                    && let Err(refused) =
                        create::ensure_namespace(world, &call.about(&namespaces, Name::new("", &namespace)), &namespace)
                {
                    tracing::debug!(message = %refused.message, "a namespace could not be made");
                }
                let managers = Managers::sent(meta::field(&object, "managedFields"), &Managers::default());
                world.put(&call.resource.table, name, object, managers);
            }
            // An owner that is not among the objects may exist all the same: nothing is garbage yet.
            while world.owners.next().is_some() {}
            unknown
        };
        self.announce(&world);
        unknown
    }
}
