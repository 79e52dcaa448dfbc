//! The columns of built-in kinds.

use serde_json::{Value, json};

use super::cells::{
    self, Templates, age_of, at, completions, count, duration, endpoints, external_ip, images, joined, labels, list,
    node_address, node_roles, node_status, number, or_none, or_unknown, pod_status, ports, ready, replicas, restarts, rule_hosts,
    selector, slice_ports, subjects, targets, text,
};
use super::column::{AGE, CREATED, Column, NAME, boolean, integer, string, wide};
use super::rare;

const CONTAINERS: Column = wide("Containers", |o, _| images(o, Templates::Own, "name"));
const IMAGES: Column = wide("Images", |o, _| images(o, Templates::Own, "image"));
const SELECTOR: Column = wide("Selector", |o, _| selector(at(o, "/spec/selector")));

const POD: &[Column] = &[
    NAME,
    string("Ready", |o, _| json!(format!("{}/{}", ready(o), cells::running(o)))),
    string("Status", |o, _| pod_status(o)),
    string("Restarts", restarts),
    AGE,
    wide("IP", |o, _| or_none(o, "/status/podIP")),
    wide("Node", |o, _| or_none(o, "/spec/nodeName")),
    wide("Nominated Node", |o, _| or_none(o, "/status/nominatedNodeName")),
    wide("Readiness Gates", |_, _| json!("<none>")),
];
const DEPLOYMENT: &[Column] = &[
    NAME,
    string("Ready", |o, _| json!(format!("{}/{}", number(o, "/status/readyReplicas"), replicas(o)))),
    string("Up-to-date", |o, _| json!(number(o, "/status/updatedReplicas"))),
    string("Available", |o, _| json!(number(o, "/status/availableReplicas"))),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];
const REPLICA_SET: &[Column] = &[
    NAME,
    integer("Desired", |o, _| json!(replicas(o))),
    integer("Current", |o, _| json!(number(o, "/status/replicas"))),
    integer("Ready", |o, _| json!(number(o, "/status/readyReplicas"))),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];
const STATEFUL_SET: &[Column] = &[
    NAME,
    string("Ready", |o, _| json!(format!("{}/{}", number(o, "/status/readyReplicas"), replicas(o)))),
    AGE,
    CONTAINERS,
    IMAGES,
];
const DAEMON_SET: &[Column] = &[
    NAME,
    integer("Desired", |o, _| json!(number(o, "/status/desiredNumberScheduled"))),
    integer("Current", |o, _| json!(number(o, "/status/currentNumberScheduled"))),
    integer("Ready", |o, _| json!(number(o, "/status/numberReady"))),
    integer("Up-to-date", |o, _| json!(number(o, "/status/updatedNumberScheduled"))),
    integer("Available", |o, _| json!(number(o, "/status/numberAvailable"))),
    string("Node Selector", |o, _| labels(at(o, "/spec/template/spec/nodeSelector"))),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];
const JOB: &[Column] = &[
    NAME,
    string("Status", |o, _| cells::job_status(o)),
    string("Completions", |o, _| completions(o)),
    string("Duration", duration),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
];
const CRON_JOB: &[Column] = &[
    NAME,
    string("Schedule", |o, _| text(o, "/spec/schedule")),
    string("Timezone", |o, _| or_none(o, "/spec/timeZone")),
    boolean("Suspend", |o, _| json!(if at(o, "/spec/suspend") == true { "True" } else { "False" })),
    integer("Active", |o, _| json!(count(at(o, "/status/active")))),
    string("Last Schedule", |o, now| match at(o, "/status/lastScheduleTime") {
        Value::Null => json!("<none>"),
        _ => age_of(o, "/status/lastScheduleTime", now),
    }),
    AGE,
    wide("Containers", |o, _| images(o, Templates::Job, "name")),
    wide("Images", |o, _| images(o, Templates::Job, "image")),
    wide("Selector", |o, _| selector(at(o, "/spec/jobTemplate/spec/selector"))),
];
const SERVICE: &[Column] = &[
    NAME,
    string("Type", |o, _| at(o, "/spec/type").as_str().map_or(json!("ClusterIP"), |kind| json!(kind))),
    string("Cluster-IP", |o, _| or_none(o, "/spec/clusterIP")),
    string("External-IP", |o, _| external_ip(o)),
    string("Port(s)", |o, _| ports(o)),
    AGE,
    wide("Selector", |o, _| labels(at(o, "/spec/selector"))),
];
const INGRESS: &[Column] = &[
    NAME,
    string("Class", |o, _| or_none(o, "/spec/ingressClassName")),
    string("Hosts", |o, _| rule_hosts(o)),
    string("Address", |o, _| {
        joined(&list(o, "/status/loadBalancer/ingress", |one| one.get("ip").or_else(|| one.get("hostname"))), "")
    }),
    string("Ports", |o, _| json!(if count(at(o, "/spec/tls")) > 0 { "80, 443" } else { "80" })),
    AGE,
];
const NODE: &[Column] = &[
    NAME,
    string("Status", |o, _| node_status(o)),
    string("Roles", |o, _| node_roles(o)),
    AGE,
    string("Version", |o, _| text(o, "/status/nodeInfo/kubeletVersion")),
    wide("Internal-IP", |o, _| node_address(o, "InternalIP")),
    wide("External-IP", |o, _| node_address(o, "ExternalIP")),
    wide("OS-Image", |o, _| or_unknown(o, "/status/nodeInfo/osImage")),
    wide("Kernel-Version", |o, _| or_unknown(o, "/status/nodeInfo/kernelVersion")),
    wide("Container-Runtime", |o, _| or_unknown(o, "/status/nodeInfo/containerRuntimeVersion")),
];
const EVENT: &[Column] = &[
    string("Last Seen", cells::last_seen),
    string("Type", |o, _| text(o, "/type")),
    string("Reason", |o, _| text(o, "/reason")),
    string("Object", |o, _| cells::event_object(o)),
    wide("Subobject", |o, _| text(o, "/involvedObject/fieldPath")),
    wide("Source", |o, _| cells::event_source(o)),
    string("Message", |o, _| o.get("message").or_else(|| o.get("note")).cloned().unwrap_or(json!(""))),
    wide("First Seen", cells::first_seen),
    wide("Count", |o, _| json!(number(o, "/count").max(1))),
    wide("Name", |o, _| at(o, "/metadata/name").clone()),
];
const VOLUME: &[Column] = &[
    NAME,
    string("Capacity", |o, _| text(o, "/spec/capacity/storage")),
    string("Access Modes", |o, _| cells::access_modes(at(o, "/spec/accessModes"))),
    string("Reclaim Policy", |o, _| text(o, "/spec/persistentVolumeReclaimPolicy")),
    string("Status", |o, _| text(o, "/status/phase")),
    string("Claim", |o, _| cells::claim(o)),
    string("StorageClass", |o, _| text(o, "/spec/storageClassName")),
    string("VolumeAttributesClass", |o, _| cells::or_unset(o, "/spec/volumeAttributesClassName")),
    string("Reason", |o, _| text(o, "/status/reason")),
    AGE,
    wide("VolumeMode", |o, _| cells::or_unset(o, "/spec/volumeMode")),
];
const CLAIM: &[Column] = &[
    NAME,
    string("Status", |o, _| text(o, "/status/phase")),
    string("Volume", |o, _| text(o, "/spec/volumeName")),
    string("Capacity", |o, _| text(o, "/status/capacity/storage")),
    string("Access Modes", |o, _| cells::access_modes(at(o, "/status/accessModes"))),
    string("StorageClass", |o, _| text(o, "/spec/storageClassName")),
    string("VolumeAttributesClass", |o, _| cells::or_unset(o, "/spec/volumeAttributesClassName")),
    AGE,
    wide("VolumeMode", |o, _| cells::or_unset(o, "/spec/volumeMode")),
];
const AUTOSCALER: &[Column] = &[
    NAME,
    string("Reference", |o, _| {
        let part = |name: &str| at(o, &format!("/spec/scaleTargetRef/{name}")).as_str().unwrap_or_default().to_owned();
        json!(format!("{}/{}", part("kind"), part("name")))
    }),
    string("Targets", |o, _| targets(o)),
    string("MinPods", |o, _| at(o, "/spec/minReplicas").as_i64().map_or(json!("<unset>"), |least| json!(least.to_string()))),
    string("MaxPods", |o, _| json!(number(o, "/spec/maxReplicas"))),
    string("Replicas", |o, _| json!(number(o, "/status/currentReplicas"))),
    AGE,
];
const BUDGET: &[Column] = &[
    NAME,
    string("Min Available", |o, _| cells::or_not_available(o, "/spec/minAvailable")),
    string("Max Unavailable", |o, _| cells::or_not_available(o, "/spec/maxUnavailable")),
    integer("Allowed Disruptions", |o, _| json!(number(o, "/status/disruptionsAllowed"))),
    AGE,
];
const BINDING: &[Column] = &[
    NAME,
    string("Role", |o, _| {
        json!(format!(
            "{}/{}",
            text(o, "/roleRef/kind").as_str().unwrap_or_default(),
            text(o, "/roleRef/name").as_str().unwrap_or_default()
        ))
    }),
    AGE,
    wide("Users", |o, _| subjects(o, "User")),
    wide("Groups", |o, _| subjects(o, "Group")),
    wide("ServiceAccounts", |o, _| subjects(o, "ServiceAccount")),
];
const STORAGE_CLASS: &[Column] = &[
    NAME,
    string("Provisioner", |o, _| text(o, "/provisioner")),
    string("ReclaimPolicy", |o, _| text(o, "/reclaimPolicy")),
    string("VolumeBindingMode", |o, _| text(o, "/volumeBindingMode")),
    string("AllowVolumeExpansion", |o, _| json!(at(o, "/allowVolumeExpansion") == true)),
    AGE,
];
const SLICE: &[Column] = &[
    NAME,
    string("AddressType", |o, _| text(o, "/addressType")),
    string("Ports", |o, _| slice_ports(o)),
    string("Endpoints", |o, _| endpoints(o)),
    AGE,
];
const PRIORITY_CLASS: &[Column] = &[
    NAME,
    integer("Value", |o, _| json!(number(o, "/value"))),
    boolean("Global-Default", |o, _| json!(at(o, "/globalDefault") == true)),
    AGE,
    string("PreemptionPolicy", |o, _| text(o, "/preemptionPolicy")),
];

/// The columns of a built-in kind.
pub(super) fn of(group: &str, plural: &str) -> &'static [Column] {
    match (group, plural) {
        ("", "pods") => POD,
        ("apps", "deployments") => DEPLOYMENT,
        ("apps", "replicasets") | ("", "replicationcontrollers") => REPLICA_SET,
        ("apps", "statefulsets") => STATEFUL_SET,
        ("apps", "daemonsets") => DAEMON_SET,
        ("batch", "jobs") => JOB,
        ("batch", "cronjobs") => CRON_JOB,
        ("", "services") => SERVICE,
        ("networking.k8s.io", "ingresses") => INGRESS,
        ("", "nodes") => NODE,
        (_, "events") => EVENT,
        ("", "persistentvolumes") => VOLUME,
        ("", "persistentvolumeclaims") => CLAIM,
        ("autoscaling", _) => AUTOSCALER,
        ("policy", _) => BUDGET,
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => BINDING,
        ("rbac.authorization.k8s.io", _) | ("", "limitranges") | ("apiextensions.k8s.io", _) => const { &[NAME, CREATED] },
        ("storage.k8s.io", "storageclasses") => STORAGE_CLASS,
        ("discovery.k8s.io", _) => SLICE,
        ("scheduling.k8s.io", _) => PRIORITY_CLASS,
        _ => small(group, plural),
    }
}

/// The columns of kinds with few of them.
fn small(group: &str, plural: &str) -> &'static [Column] {
    match (group, plural) {
        ("", "configmaps") => {
            const { &[NAME, string("Data", |o, _| json!(count(at(o, "/data")) + count(at(o, "/binaryData")))), AGE] }
        }
        ("", "secrets") => {
            const { &[NAME, string("Type", |o, _| text(o, "/type")), string("Data", |o, _| json!(count(at(o, "/data")))), AGE] }
        }
        ("", "namespaces") => const { &[NAME, string("Status", |o, _| text(o, "/status/phase")), AGE] },
        ("", "endpoints") => const { &[NAME, string("Endpoints", |o, _| endpoints(o)), AGE] },
        ("", "resourcequotas") => {
            const { &[NAME, string("Request", |o, _| cells::quota(o, false)), string("Limit", |o, _| cells::quota(o, true)), AGE] }
        }
        ("networking.k8s.io", "networkpolicies") => {
            const { &[NAME, string("Pod-Selector", |o, _| selector(at(o, "/spec/podSelector"))), AGE] }
        }
        ("networking.k8s.io", "ingressclasses") => {
            const {
                &[
                    NAME,
                    string("Controller", |o, _| text(o, "/spec/controller")),
                    string("Parameters", |o, _| or_none(o, "/spec/parameters/name")),
                    AGE,
                ]
            }
        }
        ("coordination.k8s.io", _) => const { &[NAME, string("Holder", |o, _| text(o, "/spec/holderIdentity")), AGE] },
        ("storage.k8s.io", "volumeattributesclasses") => {
            const { &[NAME, string("DriverName", |o, _| text(o, "/driverName")), AGE] }
        }
        ("node.k8s.io", _) => const { &[NAME, string("Handler", |o, _| text(o, "/handler")), AGE] },
        ("storage.k8s.io", "csinodes") => const { &[NAME, integer("Drivers", |o, _| json!(count(at(o, "/spec/drivers")))), AGE] },
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations" | "validatingwebhookconfigurations") => {
            const { &[NAME, integer("Webhooks", |o, _| json!(count(at(o, "/webhooks")))), AGE] }
        }
        ("apps", "controllerrevisions") => {
            const {
                &[
                    NAME,
                    string("Controller", |o, _| cells::controller(o)),
                    string("Revision", |o, _| json!(number(o, "/revision"))),
                    AGE,
                ]
            }
        }
        ("certificates.k8s.io", _) => {
            const {
                &[
                    NAME,
                    AGE,
                    string("SignerName", |o, _| or_none(o, "/spec/signerName")),
                    string("Requestor", |o, _| text(o, "/spec/username")),
                    string("Condition", |o, _| joined(&list(o, "/status/conditions", |one| one.get("type")), "Pending")),
                ]
            }
        }
        _ => rare::of(group, plural),
    }
}
