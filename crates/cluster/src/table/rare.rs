//! The columns of kinds that are rarely listed.

use serde_json::{Value, json};

use super::cells::{self, Templates, at, count, images, joined, labels, list, number, or_none, text};
use super::column::{AGE, CREATED, Column, NAME, boolean, integer, string};

const DRIVER: &[Column] = &[
    NAME,
    boolean("AttachRequired", |o, _| json!(at(o, "/spec/attachRequired") == true)),
    boolean("PodInfoOnMount", |o, _| json!(at(o, "/spec/podInfoOnMount") == true)),
    boolean("StorageCapacity", |o, _| json!(at(o, "/spec/storageCapacity") == true)),
    string("TokenRequests", |o, _| joined(&list(o, "/spec/tokenRequests", |one| one.get("audience")), "<unset>")),
    boolean("RequiresRepublish", |o, _| json!(at(o, "/spec/requiresRepublish") == true)),
    string("Modes", |o, _| joined(&list(o, "/spec/volumeLifecycleModes", |one| Some(one)), "<none>")),
    AGE,
];
const ATTACHMENT: &[Column] = &[
    NAME,
    string("Attacher", |o, _| text(o, "/spec/attacher")),
    string("PV", |o, _| text(o, "/spec/source/persistentVolumeName")),
    string("Node", |o, _| text(o, "/spec/nodeName")),
    boolean("Attached", |o, _| json!(at(o, "/status/attached") == true)),
    AGE,
];
const POD_TEMPLATE: &[Column] = &[
    NAME,
    string("Containers", |o, _| images(o, Templates::Direct, "name")),
    string("Images", |o, _| images(o, Templates::Direct, "image")),
    string("Pod Labels", |o, _| labels(at(o, "/template/metadata/labels"))),
];
const FLOW_SCHEMA: &[Column] = &[
    NAME,
    string("PriorityLevel", |o, _| text(o, "/spec/priorityLevelConfiguration/name")),
    string("MatchingPrecedence", |o, _| json!(number(o, "/spec/matchingPrecedence"))),
    string("DistinguisherMethod", |o, _| or_none(o, "/spec/distinguisherMethod/type")),
    AGE,
    string("MissingPL", |o, _| {
        let mut conditions = at(o, "/status/conditions").as_array().into_iter().flatten();
        let dangling = conditions.find(|one| one["type"] == "Dangling");
        dangling.map_or(json!("?"), |one| one["status"].clone())
    }),
];
const PRIORITY_LEVEL: &[Column] = &[
    NAME,
    string("Type", |o, _| text(o, "/spec/type")),
    string("NominalConcurrencyShares", |o, _| or_none(o, "/spec/limited/nominalConcurrencyShares")),
    string("Queues", |o, _| or_none(o, "/spec/limited/limitResponse/queuing/queues")),
    string("HandSize", |o, _| or_none(o, "/spec/limited/limitResponse/queuing/handSize")),
    string("QueueLengthLimit", |o, _| or_none(o, "/spec/limited/limitResponse/queuing/queueLengthLimit")),
    AGE,
];
const POLICY: &[Column] = &[
    NAME,
    integer("Validations", |o, _| json!(count(at(o, "/spec/validations")))),
    string("ParamKind", |o, _| match at(o, "/spec/paramKind") {
        Value::Null => json!("<unset>"),
        kind => {
            let part = |name: &str| kind[name].as_str().unwrap_or_default().to_owned();
            json!(format!("{}/{}", part("apiVersion"), part("kind")))
        }
    }),
    AGE,
];
const POLICY_BINDING: &[Column] = &[
    NAME,
    string("PolicyName", |o, _| text(o, "/spec/policyName")),
    string("ParamRef", |o, _| cells::or_unset(o, "/spec/paramRef/name")),
    AGE,
];
const RESOURCE_CLAIM: &[Column] = &[
    NAME,
    string("State", |o, _| {
        let has = |pointer: &str| count(at(o, pointer)) > 0;
        let mut states = Vec::new();
        if !at(o, "/metadata/deletionTimestamp").is_null() {
            states.push("deleted".to_owned());
        }
        if has("/status/allocation") || !at(o, "/status/allocation").is_null() {
            states.push("allocated".to_owned());
        }
        if has("/status/reservedFor") {
            states.push("reserved".to_owned());
        }
        joined(&states, "pending")
    }),
    AGE,
];
const RESOURCE_SLICE: &[Column] = &[
    NAME,
    string("Node", |o, _| text(o, "/spec/nodeName")),
    string("Driver", |o, _| text(o, "/spec/driver")),
    string("Pool", |o, _| text(o, "/spec/pool/name")),
    AGE,
];

/// The columns of a kind: name and age, unless it has its own.
pub(super) fn of(group: &str, plural: &str) -> &'static [Column] {
    match (group, plural) {
        ("storage.k8s.io", "csidrivers") => DRIVER,
        ("storage.k8s.io", "volumeattachments") => ATTACHMENT,
        ("storage.k8s.io", "csistoragecapacities") => const { &[NAME, CREATED] },
        ("", "podtemplates") => POD_TEMPLATE,
        ("flowcontrol.apiserver.k8s.io", "flowschemas") => FLOW_SCHEMA,
        ("flowcontrol.apiserver.k8s.io", _) => PRIORITY_LEVEL,
        ("admissionregistration.k8s.io", "validatingadmissionpolicies") => POLICY,
        ("admissionregistration.k8s.io", "validatingadmissionpolicybindings") => POLICY_BINDING,
        ("resource.k8s.io", "resourceclaims") => RESOURCE_CLAIM,
        ("resource.k8s.io", "resourceslices") => RESOURCE_SLICE,
        _ => const { &[NAME, AGE] },
    }
}
