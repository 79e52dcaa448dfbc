//! The built-in kinds, by group in the order in which `kubectl api-resources` searches.
//!
//! Taken from the Kubernetes API reference (1.33 and later, preferred versions). Discovery, CRDs and bodies take precedence;
//! this table fills the gaps.

/// A built-in kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinKind {
    /// '' for the core group.
    pub group: &'static str,
    /// The preferred version, for example `v1`.
    pub version: &'static str,
    /// Plural as in URLs.
    pub resource: &'static str,
    pub kind: &'static str,
    pub namespaced: bool,
    /// For example `deploy`.
    pub short_names: &'static [&'static str],
}

impl BuiltinKind {
    /// `v1` or `apps/v1`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The singular name, as in `kubectl get deployment`.
    #[must_use]
    pub fn singular(&self) -> String {
        self.kind.to_ascii_lowercase()
    }
}

const NAMESPACED: bool = true;
const CLUSTER: bool = false;

const fn row(
    group: &'static str,
    version: &'static str,
    resource: &'static str,
    kind: &'static str,
    namespaced: bool,
    short_names: &'static [&'static str],
) -> BuiltinKind {
    BuiltinKind { group, version, resource, kind, namespaced, short_names }
}

pub const BUILTIN: &[BuiltinKind] = &[
    row("", "v1", "bindings", "Binding", NAMESPACED, &[]),
    row("", "v1", "componentstatuses", "ComponentStatus", CLUSTER, &["cs"]),
    row("", "v1", "configmaps", "ConfigMap", NAMESPACED, &["cm"]),
    row("", "v1", "endpoints", "Endpoints", NAMESPACED, &["ep"]),
    row("", "v1", "events", "Event", NAMESPACED, &["ev"]),
    row("", "v1", "limitranges", "LimitRange", NAMESPACED, &["limits"]),
    row("", "v1", "namespaces", "Namespace", CLUSTER, &["ns"]),
    row("", "v1", "nodes", "Node", CLUSTER, &["no"]),
    row("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", NAMESPACED, &["pvc"]),
    row("", "v1", "persistentvolumes", "PersistentVolume", CLUSTER, &["pv"]),
    row("", "v1", "pods", "Pod", NAMESPACED, &["po"]),
    row("", "v1", "podtemplates", "PodTemplate", NAMESPACED, &[]),
    row("", "v1", "replicationcontrollers", "ReplicationController", NAMESPACED, &["rc"]),
    row("", "v1", "resourcequotas", "ResourceQuota", NAMESPACED, &["quota"]),
    row("", "v1", "secrets", "Secret", NAMESPACED, &[]),
    row("", "v1", "serviceaccounts", "ServiceAccount", NAMESPACED, &["sa"]),
    row("", "v1", "services", "Service", NAMESPACED, &["svc"]),
    row("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", CLUSTER, &[]),
    row("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", CLUSTER, &[]),
    row(
        "admissionregistration.k8s.io",
        "v1",
        "validatingadmissionpolicybindings",
        "ValidatingAdmissionPolicyBinding",
        CLUSTER,
        &[],
    ),
    row("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", CLUSTER, &[]),
    row("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", CLUSTER, &["crd", "crds"]),
    row("apiregistration.k8s.io", "v1", "apiservices", "APIService", CLUSTER, &[]),
    row("apps", "v1", "controllerrevisions", "ControllerRevision", NAMESPACED, &[]),
    row("apps", "v1", "daemonsets", "DaemonSet", NAMESPACED, &["ds"]),
    row("apps", "v1", "deployments", "Deployment", NAMESPACED, &["deploy"]),
    row("apps", "v1", "replicasets", "ReplicaSet", NAMESPACED, &["rs"]),
    row("apps", "v1", "statefulsets", "StatefulSet", NAMESPACED, &["sts"]),
    row("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", CLUSTER, &[]),
    row("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", CLUSTER, &[]),
    row("authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", NAMESPACED, &[]),
    row("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", CLUSTER, &[]),
    row("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", CLUSTER, &[]),
    row("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", CLUSTER, &[]),
    row("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", NAMESPACED, &["hpa"]),
    row("batch", "v1", "cronjobs", "CronJob", NAMESPACED, &["cj"]),
    row("batch", "v1", "jobs", "Job", NAMESPACED, &[]),
    row("certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", CLUSTER, &["csr"]),
    row("coordination.k8s.io", "v1", "leases", "Lease", NAMESPACED, &[]),
    row("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", NAMESPACED, &[]),
    row("events.k8s.io", "v1", "events", "Event", NAMESPACED, &["ev"]),
    row("flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "FlowSchema", CLUSTER, &[]),
    row("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", "PriorityLevelConfiguration", CLUSTER, &[]),
    row("networking.k8s.io", "v1", "ingressclasses", "IngressClass", CLUSTER, &[]),
    row("networking.k8s.io", "v1", "ingresses", "Ingress", NAMESPACED, &["ing"]),
    row("networking.k8s.io", "v1", "ipaddresses", "IPAddress", CLUSTER, &["ip"]),
    row("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", NAMESPACED, &["netpol"]),
    row("networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", CLUSTER, &[]),
    row("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", CLUSTER, &[]),
    row("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", NAMESPACED, &["pdb"]),
    row("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", CLUSTER, &[]),
    row("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", CLUSTER, &[]),
    row("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", NAMESPACED, &[]),
    row("rbac.authorization.k8s.io", "v1", "roles", "Role", NAMESPACED, &[]),
    row("resource.k8s.io", "v1", "deviceclasses", "DeviceClass", CLUSTER, &[]),
    row("resource.k8s.io", "v1", "resourceclaims", "ResourceClaim", NAMESPACED, &[]),
    row("resource.k8s.io", "v1", "resourceclaimtemplates", "ResourceClaimTemplate", NAMESPACED, &[]),
    row("resource.k8s.io", "v1", "resourceslices", "ResourceSlice", CLUSTER, &[]),
    row("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", CLUSTER, &["pc"]),
    row("storage.k8s.io", "v1", "csidrivers", "CSIDriver", CLUSTER, &[]),
    row("storage.k8s.io", "v1", "csinodes", "CSINode", CLUSTER, &[]),
    row("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity", NAMESPACED, &[]),
    row("storage.k8s.io", "v1", "storageclasses", "StorageClass", CLUSTER, &["sc"]),
    row("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", CLUSTER, &[]),
    row("storage.k8s.io", "v1", "volumeattributesclasses", "VolumeAttributesClass", CLUSTER, &["vac"]),
];

/// Finds by exact `kind` (`Deployment`), in the first group that has it.
#[must_use]
pub fn by_kind(kind: &str) -> Option<&'static BuiltinKind> {
    BUILTIN.iter().find(|row| row.kind == kind)
}

/// Finds by group and `kind`.
#[must_use]
pub fn by_group_and_kind(group: &str, kind: &str) -> Option<&'static BuiltinKind> {
    BUILTIN.iter().find(|row| row.group == group && row.kind == kind)
}

/// Finds by group and plural.
#[must_use]
pub fn by_resource(group: &str, resource: &str) -> Option<&'static BuiltinKind> {
    BUILTIN.iter().find(|row| row.group == group && row.resource == resource)
}

/// Finds by short name.
#[must_use]
pub fn by_short_name(short: &str) -> Option<&'static BuiltinKind> {
    BUILTIN.iter().find(|row| row.short_names.contains(&short))
}

/// Finds by kind, singular, plural, short name or `plural.group`, regardless of case.
#[must_use]
pub fn by_any_name(name: &str) -> Option<&'static BuiltinKind> {
    let name = name.to_ascii_lowercase();
    let (plain, group) = name.split_once('.').map_or((name.as_str(), None), |(plain, group)| (plain, Some(group)));
    BUILTIN
        .iter()
        .filter(|row| group.is_none_or(|group| row.group == group))
        .find(|row| row.resource == plain || row.kind.eq_ignore_ascii_case(plain) || row.short_names.contains(&plain))
}

/// Guesses a plural as Kubernetes does (`meta.UnsafeGuessKindToResource`): lower case; `s` → `ses`, `y` → `ies`, else `s`.
/// `endpoints` stays.
#[must_use]
pub fn guess_plural(kind: &str) -> String {
    let singular = kind.to_ascii_lowercase();
    if singular.is_empty() || singular.ends_with("endpoints") {
        return singular;
    }
    if singular.ends_with('s') {
        return singular + "es";
    }
    match singular.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => singular + "s",
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILTIN, by_any_name, by_kind, by_resource, by_short_name, guess_plural};

    #[test]
    fn rows_are_unique_and_found_by_every_name() {
        for (at, row) in BUILTIN.iter().enumerate() {
            assert!(BUILTIN[..at].iter().all(|other| (other.group, other.resource) != (row.group, row.resource)), "{row:?}");
            assert_eq!(by_resource(row.group, row.resource), Some(row));
            if !row.group.is_empty() {
                assert_eq!(by_any_name(&format!("{}.{}", row.resource, row.group)), Some(row));
            }
        }
    }

    #[test]
    fn finds_kinds_by_any_name() {
        for name in ["deploy", "Deployment", "deployments", "deployment", "deployments.apps", "DEPLOY"] {
            assert_eq!(by_any_name(name).map(|row| row.kind), Some("Deployment"), "{name}");
        }
        assert_eq!(by_short_name("po").map(|row| row.resource), Some("pods"));
        assert_eq!(by_kind("Event").map(|row| row.group), Some(""));
        assert_eq!(by_any_name("deployments.example.com"), None);
    }

    #[test]
    fn guesses_plurals() {
        let plurals = ["Widget", "Proxy", "Class", "Endpoints", ""].map(guess_plural);
        assert_eq!(plurals, ["widgets", "proxies", "classes", "endpoints", ""]);
    }
}
