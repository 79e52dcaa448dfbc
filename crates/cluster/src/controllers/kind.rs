//! The kinds that the controllers read and write.

/// A kind that a controller reads or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// The API group, '' for the core group.
    pub group: &'static str,
    /// The version in URLs.
    pub version: &'static str,
    /// The name in objects: `Pod`.
    pub kind: &'static str,
    /// The name in URLs: `pods`.
    pub plural: &'static str,
}

const fn core(kind: &'static str, plural: &'static str) -> Kind {
    Kind { group: "", version: "v1", kind, plural }
}

const fn grouped(group: &'static str, kind: &'static str, plural: &'static str) -> Kind {
    Kind { group, version: "v1", kind, plural }
}

pub(super) const CONTROLLER_REVISIONS: Kind = grouped("apps", "ControllerRevision", "controllerrevisions");
pub(super) const CRON_JOBS: Kind = grouped("batch", "CronJob", "cronjobs");
pub(super) const DAEMON_SETS: Kind = grouped("apps", "DaemonSet", "daemonsets");
pub(super) const DEPLOYMENTS: Kind = grouped("apps", "Deployment", "deployments");
pub(super) const ENDPOINTS: Kind = core("Endpoints", "endpoints");
pub(super) const ENDPOINT_SLICES: Kind = grouped("discovery.k8s.io", "EndpointSlice", "endpointslices");
pub(super) const EVENTS: Kind = core("Event", "events");
pub(super) const JOBS: Kind = grouped("batch", "Job", "jobs");
/// `v1` Node.
pub const NODES: Kind = core("Node", "nodes");
/// `v1` Pod.
pub const PODS: Kind = core("Pod", "pods");
/// `apps/v1` ReplicaSet.
pub const REPLICA_SETS: Kind = grouped("apps", "ReplicaSet", "replicasets");
pub(super) const SERVICES: Kind = core("Service", "services");
pub(super) const STATEFUL_SETS: Kind = grouped("apps", "StatefulSet", "statefulsets");
pub(super) const VOLUME_CLAIMS: Kind = core("PersistentVolumeClaim", "persistentvolumeclaims");

/// The kinds whose changes the controllers follow.
pub(super) const FOLLOWED: &[Kind] = &[
    CONTROLLER_REVISIONS,
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    ENDPOINTS,
    ENDPOINT_SLICES,
    JOBS,
    NODES,
    PODS,
    REPLICA_SETS,
    SERVICES,
    STATEFUL_SETS,
];

impl Kind {
    /// The `apiVersion` of objects: `apps/v1`.
    #[must_use]
    pub fn api_version(self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// True if the objects live in namespaces.
    #[must_use]
    pub fn is_namespaced(self) -> bool {
        self != NODES
    }

    /// The URL path of the kind's objects in a namespace.
    #[must_use]
    pub fn path(self, namespace: &str) -> String {
        let root = if self.group.is_empty() { "/api" } else { "/apis" };
        let scope =
            if self.is_namespaced() && !namespace.is_empty() { format!("/namespaces/{namespace}") } else { String::new() };
        format!("{root}/{}{scope}/{}", self.api_version(), self.plural)
    }
}
