//! A cluster over objects that are stored elsewhere: a kind is copied in when a write first needs it.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::request::Parts;

use super::change::Change;
use super::name::Name;
use super::options::{ClusterOptions, GarbageCollection, UnknownNamespaces};
use super::registry::Registry;
use super::resource_type::TableKey;
use super::version::Version;
use super::world::World;
use super::{Cluster, ClusterBody, answer};
use kuberewind_model::k8s::request::ResourceRequest;
use kuberewind_model::k8s::status::Status;

/// The objects below an overlay.
#[allow(clippy::missing_errors_doc)] // each status is the answer to the client
pub trait Below {
    /// The kinds that may have objects.
    fn tables(&self) -> Vec<TableKey>;

    /// The objects of a kind.
    fn objects(&mut self, table: &TableKey) -> Result<Vec<(Name, Arc<Version>)>, Status>;

    /// True if it is not known whether an object exists that is not among the objects of its kind.
    fn is_unknown(&mut self, table: &TableKey, name: &Name) -> Result<bool, Status>;
}

/// What a write did.
pub struct Written {
    /// The response to the client.
    pub response: http::Response<ClusterBody>,
    /// The changes of objects, in the order of their revisions: those of the request, then those of the garbage collector.
    pub changes: Vec<Arc<Change>>,
    /// The kinds, if the write changed them.
    pub registry: Option<Registry>,
}

/// A cluster that takes writes over objects that are stored elsewhere. It validates and defaults as [`Cluster`] does.
pub struct Overlay {
    cluster: Cluster,
    /// The kinds whose objects the cluster has.
    copied: BTreeSet<TableKey>,
}

impl Overlay {
    /// Creates an overlay without writes. Its first change takes the revision after `revision`. Garbage is collected after each write,
    /// whatever the options say.
    #[must_use]
    pub fn new(revision: u64, registry: Registry, options: ClusterOptions) -> Overlay {
        // The objects below are needed first, so the overlay itself starts the collector.
        let options = ClusterOptions { garbage_collection: GarbageCollection::Manual, event_window: usize::MAX, ..options };
        let world = World::starting_at(revision, registry, options);
        Overlay { cluster: Cluster::of_world(world), copied: BTreeSet::new() }
    }

    /// Serves a write.
    ///
    /// # Errors
    /// If the objects below cannot be read. Other refusals are responses.
    pub fn write(&mut self, below: &mut dyn Below, parts: &Parts, body: &[u8]) -> Result<Written, Status> {
        let query = parts.uri.query().unwrap_or_default();
        let request = ResourceRequest::parse(&parts.method, parts.uri.path(), query).ok_or_else(Status::no_such_resource)?;
        for table in needed(&request) {
            self.copy_in(below, &table)?;
        }
        let namespace = Name::new("", &request.namespace);
        let is_unknown = !request.namespace.is_empty() && below.is_unknown(&TableKey::namespaces(), &namespace)?;
        let before = self.cluster.revision();
        self.cluster.shared.lock().options.unknown_namespaces =
            if is_unknown { UnknownNamespaces::Ignore } else { UnknownNamespaces::Refuse };
        let response = answer::answer(&self.cluster, parts, body);
        if !self.cluster.shared.lock().owners.queue.is_empty() {
            self.collect_garbage(below, before)?;
        }
        let changes = self.cluster.changes_after(before).unwrap_or_default();
        self.cluster.compact();
        let defines = changes.iter().any(|change| change.table.has_definitions());
        let registry = defines.then(|| self.cluster.shared.lock().registry.clone());
        Ok(Written { response, changes, registry })
    }

    /// Runs the garbage collector. Owners and dependents may be of any kind, so all kinds are copied in first.
    fn collect_garbage(&mut self, below: &mut dyn Below, since: u64) -> Result<(), Status> {
        for table in below.tables() {
            self.copy_in(below, &table)?;
        }
        let changes = self.cluster.changes_after(since).unwrap_or_default();
        let removed = changes.iter().filter(|change| change.after.is_none()).filter_map(|change| change.before.as_ref());
        {
            let mut world = self.cluster.shared.lock();
            for object in removed {
                world.owners.queue_dependents(super::meta::text(object, "uid"));
            }
        }
        let writes = self.cluster.collect_garbage();
        tracing::debug!(writes, "collected garbage over a recording");
        Ok(())
    }

    fn copy_in(&mut self, below: &mut dyn Below, table: &TableKey) -> Result<(), Status> {
        if self.copied.contains(table) {
            return Ok(());
        }
        let objects = below.objects(table)?;
        self.cluster.shared.lock().copy_in(table, objects);
        self.copied.insert(table.clone());
        Ok(())
    }
}

/// The kinds that a write reads or writes: its own, and those that the server looks up for it.
fn needed(request: &ResourceRequest) -> Vec<TableKey> {
    let kind = &request.kind;
    let mut tables = vec![TableKey { group: kind.group.clone(), plural: kind.resource.clone() }];
    if !request.namespace.is_empty() {
        tables.push(TableKey::namespaces());
    }
    match (&*kind.group, &*kind.resource) {
        ("", "namespaces") => tables.extend([TableKey::new("", "configmaps"), TableKey::new("", "serviceaccounts")]),
        ("", "pods") => tables
            .extend([TableKey::new("scheduling.k8s.io", "priorityclasses"), TableKey::new("policy", "poddisruptionbudgets")]),
        ("", "bindings") => tables.push(TableKey::new("", "pods")),
        _ => {}
    }
    tables
}

#[cfg(test)]
mod tests {
    use kuberewind_model::{ManualClock, Timestamp};
    use serde_json::{Value, json};

    use super::*;
    use crate::Text;

    /// Objects by kind, with the kinds that were read.
    struct Objects {
        objects: Vec<(TableKey, Value)>,
        read: Vec<String>,
    }

    impl Below for Objects {
        fn tables(&self) -> Vec<TableKey> {
            let mut tables: Vec<TableKey> = self.objects.iter().map(|(table, _)| table.clone()).collect();
            tables.dedup();
            tables
        }

        fn objects(&mut self, table: &TableKey) -> Result<Vec<(Name, Arc<Version>)>, Status> {
            self.read.push(table.plural.to_string());
            let of_kind = self.objects.iter().filter(|(one, _)| one == table);
            let version = |object: &Value| {
                let meta = |name: &str| object["metadata"][name].as_str().unwrap_or_default().to_owned();
                (Name::new(&meta("namespace"), &meta("name")), Arc::new(Version::of_text(Text::of_value(object))))
            };
            Ok(of_kind.map(|(_, object)| version(object)).collect())
        }

        fn is_unknown(&mut self, _: &TableKey, name: &Name) -> Result<bool, Status> {
            Ok(&*name.name == "unknown")
        }
    }

    fn object(kind: &str, name: &str, owner: &str) -> Value {
        let owners =
            if owner.is_empty() { json!([]) } else { json!([{"apiVersion": "v1", "kind": "X", "name": "o", "uid": owner}]) };
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"),
            "resourceVersion": "7", "ownerReferences": owners}})
    }

    fn below() -> Objects {
        let maps = TableKey::new("", "configmaps");
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "u-shop", "resourceVersion": "3"}});
        let objects = vec![
            (TableKey::namespaces(), namespace),
            (maps.clone(), object("ConfigMap", "owner", "")),
            (maps, object("ConfigMap", "other", "")),
            (TableKey::new("", "secrets"), object("Secret", "owned", "u-owner")),
        ];
        Objects { objects, read: Vec::new() }
    }

    fn overlay() -> Overlay {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        Overlay::new(40, Registry::builtin(), ClusterOptions::new(clock, 1))
    }

    fn send(overlay: &mut Overlay, below: &mut Objects, method: &str, path: &str, body: &str) -> Written {
        let request =
            http::Request::builder().method(method).uri(path).header("content-type", "application/json").body(()).unwrap();
        overlay.write(below, &request.into_parts().0, body.as_bytes()).unwrap()
    }

    fn changed(written: &Written) -> Vec<(u64, String, bool)> {
        written.changes.iter().map(|change| (change.revision(), change.name().to_owned(), change.after().is_some())).collect()
    }

    const MAPS: &str = "/api/v1/namespaces/shop/configmaps";

    #[test]
    fn a_kind_is_copied_in_by_its_first_write() {
        let (mut overlay, mut below) = (overlay(), below());
        let new = json!({"metadata": {"name": "new"}}).to_string();
        let made = send(&mut overlay, &mut below, "POST", MAPS, &new);
        assert_eq!((made.response.status().as_u16(), changed(&made)), (201, vec![(41, "new".to_owned(), true)]));
        assert_eq!(below.read, ["configmaps", "namespaces"]);
        let again = send(&mut overlay, &mut below, "POST", MAPS, &json!({"metadata": {"name": "owner"}}).to_string());
        assert_eq!((again.response.status().as_u16(), below.read.len()), (409, 2));
        let mut changed_map = object("ConfigMap", "owner", "");
        changed_map["data"] = json!({"k": "v"});
        for code in [200, 409] {
            // The second time, the version that the object had below is an old one.
            let put = send(&mut overlay, &mut below, "PUT", &format!("{MAPS}/owner"), &changed_map.to_string());
            assert_eq!(put.response.status().as_u16(), code);
        }
    }

    #[test]
    fn a_removed_owner_takes_dependents_of_other_kinds_along() {
        let (mut overlay, mut below) = (overlay(), below());
        let gone = send(&mut overlay, &mut below, "DELETE", &format!("{MAPS}/other"), "");
        assert_eq!(changed(&gone), [(41, "other".to_owned(), false)]);
        let gone = send(&mut overlay, &mut below, "DELETE", &format!("{MAPS}/owner"), "");
        assert_eq!(changed(&gone), [(42, "owner".to_owned(), false), (43, "owned".to_owned(), false)]);
    }

    #[test]
    fn only_a_namespace_of_which_nothing_is_known_is_taken_as_there() {
        let (mut overlay, mut below) = (overlay(), below());
        for (namespace, code) in [("unknown", 201), ("nosuch", 404), ("shop", 201)] {
            let path = MAPS.replace("shop", namespace);
            let made = send(&mut overlay, &mut below, "POST", &path, &json!({"metadata": {"name": "a"}}).to_string());
            assert_eq!(made.response.status().as_u16(), code, "{namespace}");
        }
    }
}
