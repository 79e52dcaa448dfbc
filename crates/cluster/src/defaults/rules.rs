//! The table of defaults: path → value.

/// A default.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Path of the field below the object at which the table is applied; `*` is every item of a list.
    pub(super) path: &'static str,
    /// The value as JSON.
    pub(super) value: &'static str,
    /// A field beside it and the text that it must have.
    pub(super) when: Option<(&'static str, &'static str)>,
}

const fn rule(path: &'static str, value: &'static str) -> Rule {
    Rule { path, value, when: None }
}

const fn when(path: &'static str, value: &'static str, field: &'static str, is: &'static str) -> Rule {
    Rule { path, value, when: Some((field, is)) }
}

/// A pod's spec.
const POD: &[Rule] = &[
    rule("restartPolicy", "\"Always\""),
    rule("terminationGracePeriodSeconds", "30"),
    rule("dnsPolicy", "\"ClusterFirst\""),
    rule("securityContext", "{}"),
    rule("schedulerName", "\"default-scheduler\""),
    rule("volumes/*/secret/defaultMode", "420"),
    rule("volumes/*/configMap/defaultMode", "420"),
    rule("volumes/*/downwardAPI/defaultMode", "420"),
    rule("volumes/*/downwardAPI/items/*/fieldRef/apiVersion", "\"v1\""),
    rule("volumes/*/projected/defaultMode", "420"),
    rule("volumes/*/projected/sources/*/serviceAccountToken/expirationSeconds", "3600"),
    rule("volumes/*/projected/sources/*/downwardAPI/items/*/fieldRef/apiVersion", "\"v1\""),
    rule("volumes/*/hostPath/type", "\"\""),
    rule("volumes/*/iscsi/iscsiInterface", "\"default\""),
    rule("volumes/*/rbd/pool", "\"rbd\""),
    rule("volumes/*/rbd/user", "\"admin\""),
    rule("volumes/*/rbd/keyring", "\"/etc/ceph/keyring\""),
    rule("volumes/*/azureDisk/cachingMode", "\"ReadWrite\""),
    rule("volumes/*/azureDisk/fsType", "\"ext4\""),
    rule("volumes/*/azureDisk/kind", "\"Shared\""),
    rule("volumes/*/scaleIO/fsType", "\"xfs\""),
    rule("volumes/*/scaleIO/storageMode", "\"ThinProvisioned\""),
    rule("volumes/*/ephemeral/volumeClaimTemplate/spec/volumeMode", "\"Filesystem\""),
];

/// A container.
const CONTAINER: &[Rule] = &[
    rule("resources", "{}"),
    rule("terminationMessagePath", "\"/dev/termination-log\""),
    rule("terminationMessagePolicy", "\"File\""),
    rule("ports/*/protocol", "\"TCP\""),
    rule("env/*/valueFrom/fieldRef/apiVersion", "\"v1\""),
    rule("env/*/valueFrom/resourceFieldRef/divisor", "\"0\""),
    rule("lifecycle/preStop/httpGet/path", "\"/\""),
    rule("lifecycle/preStop/httpGet/scheme", "\"HTTP\""),
    rule("lifecycle/postStart/httpGet/path", "\"/\""),
    rule("lifecycle/postStart/httpGet/scheme", "\"HTTP\""),
];

/// A probe of a container.
const PROBE: &[Rule] = &[
    rule("timeoutSeconds", "1"),
    rule("periodSeconds", "10"),
    rule("successThreshold", "1"),
    rule("failureThreshold", "3"),
    rule("httpGet/path", "\"/\""),
    rule("httpGet/scheme", "\"HTTP\""),
    rule("grpc/service", "\"\""),
];

const DEPLOYMENT: &[Rule] = &[
    rule("replicas", "1"),
    rule("strategy", "{}"),
    rule("strategy/type", "\"RollingUpdate\""),
    when("strategy/rollingUpdate", "{}", "type", "RollingUpdate"),
    rule("strategy/rollingUpdate/maxUnavailable", "\"25%\""),
    rule("strategy/rollingUpdate/maxSurge", "\"25%\""),
    rule("revisionHistoryLimit", "10"),
    rule("progressDeadlineSeconds", "600"),
];

const STATEFUL_SET: &[Rule] = &[
    rule("replicas", "1"),
    rule("podManagementPolicy", "\"OrderedReady\""),
    rule("updateStrategy", "{}"),
    rule("updateStrategy/type", "\"RollingUpdate\""),
    when("updateStrategy/rollingUpdate", "{}", "type", "RollingUpdate"),
    rule("updateStrategy/rollingUpdate/partition", "0"),
    rule("revisionHistoryLimit", "10"),
    rule("persistentVolumeClaimRetentionPolicy", "{}"),
    rule("persistentVolumeClaimRetentionPolicy/whenDeleted", "\"Retain\""),
    rule("persistentVolumeClaimRetentionPolicy/whenScaled", "\"Retain\""),
    rule("volumeClaimTemplates/*/spec/volumeMode", "\"Filesystem\""),
];

const DAEMON_SET: &[Rule] = &[
    rule("updateStrategy", "{}"),
    rule("updateStrategy/type", "\"RollingUpdate\""),
    when("updateStrategy/rollingUpdate", "{}", "type", "RollingUpdate"),
    rule("updateStrategy/rollingUpdate/maxUnavailable", "1"),
    rule("updateStrategy/rollingUpdate/maxSurge", "0"),
    rule("revisionHistoryLimit", "10"),
];

const REPLICAS: &[Rule] = &[rule("replicas", "1")];

const JOB: &[Rule] = &[
    rule("completionMode", "\"NonIndexed\""),
    rule("suspend", "false"),
    rule("manualSelector", "false"),
    rule("podReplacementPolicy", "\"TerminatingOrFailed\""),
];

const CRON_JOB: &[Rule] = &[
    rule("concurrencyPolicy", "\"Allow\""),
    rule("suspend", "false"),
    rule("successfulJobsHistoryLimit", "3"),
    rule("failedJobsHistoryLimit", "1"),
];

const SERVICE: &[Rule] = &[
    rule("type", "\"ClusterIP\""),
    rule("sessionAffinity", "\"None\""),
    when("sessionAffinityConfig", "{\"clientIP\":{\"timeoutSeconds\":10800}}", "sessionAffinity", "ClientIP"),
    rule("ports/*/protocol", "\"TCP\""),
    when("externalTrafficPolicy", "\"Cluster\"", "type", "NodePort"),
    when("externalTrafficPolicy", "\"Cluster\"", "type", "LoadBalancer"),
    when("allocateLoadBalancerNodePorts", "true", "type", "LoadBalancer"),
    when("internalTrafficPolicy", "\"Cluster\"", "type", "ClusterIP"),
    when("internalTrafficPolicy", "\"Cluster\"", "type", "NodePort"),
    when("internalTrafficPolicy", "\"Cluster\"", "type", "LoadBalancer"),
];

const CLAIM: &[Rule] = &[rule("volumeMode", "\"Filesystem\"")];

const VOLUME: &[Rule] = &[
    rule("volumeMode", "\"Filesystem\""),
    rule("persistentVolumeReclaimPolicy", "\"Retain\""),
    rule("hostPath/type", "\"\""),
    rule("iscsi/iscsiInterface", "\"default\""),
];

const SLICE: &[Rule] = &[rule("ports/*/name", "\"\""), rule("ports/*/protocol", "\"TCP\"")];

const ENDPOINTS: &[Rule] = &[rule("subsets/*/ports/*/protocol", "\"TCP\"")];

const WEBHOOK: &[Rule] = &[
    rule("failurePolicy", "\"Fail\""),
    rule("matchPolicy", "\"Equivalent\""),
    rule("namespaceSelector", "{}"),
    rule("objectSelector", "{}"),
    rule("timeoutSeconds", "10"),
    rule("rules/*/scope", "\"*\""),
    rule("clientConfig/service/port", "443"),
];

const MUTATING: &[Rule] = &[rule("reinvocationPolicy", "\"Never\"")];

const ADMISSION_POLICY: &[Rule] = &[
    rule("failurePolicy", "\"Fail\""),
    rule("matchConstraints/namespaceSelector", "{}"),
    rule("matchConstraints/objectSelector", "{}"),
    rule("matchConstraints/matchPolicy", "\"Equivalent\""),
    rule("matchConstraints/resourceRules/*/scope", "\"*\""),
];

const CSI_DRIVER: &[Rule] = &[
    rule("attachRequired", "true"),
    rule("podInfoOnMount", "false"),
    rule("volumeLifecycleModes", "[\"Persistent\"]"),
    rule("storageCapacity", "false"),
    rule("fsGroupPolicy", "\"ReadWriteOnceWithFSType\""),
    rule("requiresRepublish", "false"),
    rule("seLinuxMount", "false"),
];

const REFERENCE: &[Rule] = &[rule("parameters/scope", "\"Cluster\"")];

const AUTOSCALER: &[Rule] = &[rule("minReplicas", "1")];

const STORAGE_CLASS: &[Rule] = &[rule("reclaimPolicy", "\"Delete\""), rule("volumeBindingMode", "\"Immediate\"")];

const PRIORITY_CLASS: &[Rule] = &[rule("preemptionPolicy", "\"PreemptLowerPriority\"")];

const SECRET: &[Rule] = &[rule("type", "\"Opaque\"")];

/// Rules with the path at which they apply.
type Table = &'static [(&'static str, &'static [Rule])];

/// The defaults of a kind, without those of its pods.
pub(super) fn of(group: &str, plural: &str) -> Table {
    match (group, plural) {
        ("apps", "deployments") => const { &[("spec", DEPLOYMENT)] },
        ("apps", "statefulsets") => const { &[("spec", STATEFUL_SET)] },
        ("apps", "daemonsets") => const { &[("spec", DAEMON_SET)] },
        ("apps", "replicasets") | ("", "replicationcontrollers") => const { &[("spec", REPLICAS)] },
        ("batch", "jobs") => const { &[("spec", JOB)] },
        ("batch", "cronjobs") => const { &[("spec", CRON_JOB)] },
        ("", "services") => const { &[("spec", SERVICE)] },
        ("", "secrets") => const { &[("", SECRET)] },
        ("", "persistentvolumeclaims") => const { &[("spec", CLAIM)] },
        ("", "persistentvolumes") => const { &[("spec", VOLUME)] },
        ("", "endpoints") => const { &[("", ENDPOINTS)] },
        ("discovery.k8s.io", "endpointslices") => const { &[("", SLICE)] },
        ("networking.k8s.io", "ingressclasses") => const { &[("spec", REFERENCE)] },
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations") => const { &[("webhooks/*", WEBHOOK)] },
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations") => {
            const { &[("webhooks/*", WEBHOOK), ("webhooks/*", MUTATING)] }
        }
        ("admissionregistration.k8s.io", "validatingadmissionpolicies") => const { &[("spec", ADMISSION_POLICY)] },
        ("storage.k8s.io", "csidrivers") => const { &[("spec", CSI_DRIVER)] },
        ("autoscaling", "horizontalpodautoscalers") => const { &[("spec", AUTOSCALER)] },
        ("storage.k8s.io", "storageclasses") => const { &[("", STORAGE_CLASS)] },
        ("scheduling.k8s.io", "priorityclasses") => const { &[("", PRIORITY_CLASS)] },
        _ => &[],
    }
}

/// The defaults of a pod's spec, at paths below it.
pub(super) const PODS: Table = &[
    ("", POD),
    ("containers/*", CONTAINER),
    ("containers/*/livenessProbe", PROBE),
    ("containers/*/readinessProbe", PROBE),
    ("containers/*/startupProbe", PROBE),
    ("initContainers/*", CONTAINER),
    ("initContainers/*/livenessProbe", PROBE),
    ("initContainers/*/readinessProbe", PROBE),
    ("initContainers/*/startupProbe", PROBE),
    ("ephemeralContainers/*", CONTAINER),
];

/// The path of the pod's spec in an object of a kind.
pub(crate) fn pod_spec(group: &str, plural: &str) -> Option<&'static str> {
    match (group, plural) {
        ("", "pods") => Some("spec"),
        ("", "podtemplates") => Some("template/spec"),
        ("apps", "deployments" | "statefulsets" | "daemonsets" | "replicasets") => Some("spec/template/spec"),
        ("", "replicationcontrollers") | ("batch", "jobs") => Some("spec/template/spec"),
        ("batch", "cronjobs") => Some("spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}
