//! The table of rules for single fields: kind → path → check.

use std::fmt::Display;

use serde_json::{Value, json};

use super::causes::Causes;
use super::formats;
use super::paths::each;
use super::quantity::nanos;

/// A condition on a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// Not empty; with the words behind `Required value`.
    Needed(&'static str),
    /// A number of at least 0, if present.
    NotNegative,
    /// A number above 0, if present.
    Positive,
    /// A number between 1 and the largest int32, if present.
    Seconds,
    /// A number of at most this, if present.
    AtMost(i64),
    /// One of these texts, if present.
    OneOf(&'static [&'static str]),
    /// One of these texts.
    NeededOneOf(&'static [&'static str]),
    /// A port number, if present; names of ports are checked too.
    Port,
    /// A text in this format, if present.
    Format(fn(&str) -> formats::Wrong),
    /// A text in this format. An absent one is ''.
    NeededFormat(fn(&str) -> formats::Wrong),
    /// Labels.
    Labels,
    /// An amount of at least 0, or a percentage.
    Amount,
    /// A percentage of at most 100.
    Share,
    /// Quantities by name, none below 0.
    Quantities,
}

type Rule = (&'static str, Check);

use Check::{
    Amount, AtMost, Format, Labels, Needed, NeededFormat, NeededOneOf, NotNegative, OneOf, Port, Positive, Quantities, Seconds,
    Share,
};

const RULES: &[Rule] = &[("rules/*/verbs", Needed("verbs must contain at least one value"))];
const WEBHOOKS: &[Rule] = &[
    ("webhooks/*/admissionReviewVersions", Needed("must specify one of v1, v1beta1")),
    ("webhooks/*/failurePolicy", OneOf(&["Fail", "Ignore"])),
    ("webhooks/*/matchPolicy", OneOf(&["Equivalent", "Exact"])),
    ("webhooks/*/sideEffects", Needed("must specify one of None, NoneOnDryRun")),
];

/// Group and plural of a kind, and its rules without those of its pods, in the order of a real server's messages.
const KINDS: &[(&str, &str, &[Rule])] = &[
    ("", "resourcequotas", &[("spec/hard", Quantities)]),
    (
        "",
        "persistentvolumeclaims",
        &[
            ("spec/accessModes", Needed("at least 1 access mode is required")),
            ("spec/volumeMode", OneOf(&["Block", "Filesystem"])),
        ],
    ),
    (
        "",
        "persistentvolumes",
        &[
            ("spec/capacity", Needed("")),
            ("spec/accessModes", Needed("")),
            ("spec/persistentVolumeReclaimPolicy", OneOf(&["Delete", "Recycle", "Retain"])),
        ],
    ),
    ("", "replicationcontrollers", &[("spec/replicas", NotNegative), ("spec/selector", Needed(""))]),
    ("", "endpoints", &[("subsets/*/addresses/*/ip", NeededFormat(formats::ip)), ("subsets/*/ports/*/port", Port)]),
    ("apps", "controllerrevisions", &[("revision", NotNegative)]),
    ("apps", "deployments", &[("spec/replicas", NotNegative), ("spec/minReadySeconds", NotNegative)]),
    ("apps", "replicasets", &[("spec/replicas", NotNegative), ("spec/minReadySeconds", NotNegative)]),
    ("apps", "statefulsets", &[("spec/replicas", NotNegative), ("spec/minReadySeconds", NotNegative)]),
    ("apps", "daemonsets", &[("spec/minReadySeconds", NotNegative)]),
    (
        "batch",
        "jobs",
        &[
            ("spec/parallelism", NotNegative),
            ("spec/completions", NotNegative),
            ("spec/activeDeadlineSeconds", NotNegative),
            ("spec/backoffLimit", NotNegative),
            ("spec/ttlSecondsAfterFinished", NotNegative),
        ],
    ),
    (
        "batch",
        "cronjobs",
        &[
            ("spec/startingDeadlineSeconds", NotNegative),
            ("spec/concurrencyPolicy", OneOf(&["Allow", "Forbid", "Replace"])),
            ("spec/successfulJobsHistoryLimit", NotNegative),
            ("spec/failedJobsHistoryLimit", NotNegative),
        ],
    ),
    ("", "services", &[("spec/selector", Labels), ("spec/externalIPs/*", Format(formats::ip))]),
    (
        "discovery.k8s.io",
        "endpointslices",
        &[
            ("endpoints/*/addresses", Needed("must contain at least 1 address")),
            ("addressType", Needed("")),
            ("ports/*/port", Port),
        ],
    ),
    (
        "networking.k8s.io",
        "networkpolicies",
        &[
            ("spec/ingress/*/ports/*/port", Port),
            ("spec/egress/*/ports/*/port", Port),
            ("spec/ingress/*/from/*/ipBlock?/cidr", NeededFormat(formats::cidr)),
            ("spec/egress/*/to/*/ipBlock?/cidr", NeededFormat(formats::cidr)),
            ("spec/policyTypes/*", OneOf(&["Ingress", "Egress"])),
        ],
    ),
    (
        "policy",
        "poddisruptionbudgets",
        &[
            ("spec/minAvailable", Amount),
            ("spec/minAvailable", Share),
            ("spec/maxUnavailable", Amount),
            ("spec/maxUnavailable", Share),
        ],
    ),
    ("scheduling.k8s.io", "priorityclasses", &[("preemptionPolicy", OneOf(&["PreemptLowerPriority", "Never"]))]),
    ("node.k8s.io", "runtimeclasses", &[("handler", NeededFormat(formats::label))]),
    ("coordination.k8s.io", "leases", &[("spec/leaseDurationSeconds", Positive), ("spec/leaseTransitions", NotNegative)]),
    (
        "rbac.authorization.k8s.io",
        "rolebindings",
        &[("roleRef/kind", NeededOneOf(&["Role", "ClusterRole"])), ("roleRef/name", Needed(""))],
    ),
    (
        "rbac.authorization.k8s.io",
        "clusterrolebindings",
        &[("roleRef/kind", NeededOneOf(&["ClusterRole"])), ("roleRef/name", Needed(""))],
    ),
    ("storage.k8s.io", "storageclasses", &[("provisioner", Needed("")), ("reclaimPolicy", OneOf(&["Delete", "Retain"]))]),
    ("storage.k8s.io", "csinodes", &[("spec/drivers/*/name", Needed("")), ("spec/drivers/*/nodeID", Needed(""))]),
    ("storage.k8s.io", "csistoragecapacities", &[("storageClassName", NeededFormat(formats::subdomain))]),
    (
        "storage.k8s.io",
        "volumeattributesclasses",
        &[("driverName", Needed("")), ("parameters", Needed("must contain at least one key/value pair"))],
    ),
    (
        "admissionregistration.k8s.io",
        "validatingadmissionpolicybindings",
        &[("spec/policyName", Needed("")), ("spec/validationActions", Needed("at least one validation action is required"))],
    ),
    ("flowcontrol.apiserver.k8s.io", "flowschemas", &[("spec/matchingPrecedence", AtMost(10_000))]),
    (
        "autoscaling",
        "horizontalpodautoscalers",
        &[
            ("spec/scaleTargetRef/kind", Needed("")),
            ("spec/scaleTargetRef/name", Needed("")),
            ("spec/metrics/*/type", OneOf(&["ContainerResource", "External", "Object", "Pods", "Resource"])),
        ],
    ),
    ("rbac.authorization.k8s.io", "roles", RULES),
    ("rbac.authorization.k8s.io", "clusterroles", RULES),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", WEBHOOKS),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", WEBHOOKS),
];

fn of(group: &str, plural: &str) -> &'static [Rule] {
    KINDS.iter().find(|(one, other, _)| (*one, *other) == (group, plural)).map_or(&[], |(_, _, rules)| *rules)
}

/// The rules of a pod's spec.
const POD: &[Rule] = &[
    ("restartPolicy", OneOf(&["Always", "OnFailure", "Never"])),
    ("dnsPolicy", OneOf(&["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"])),
    ("nodeSelector", Labels),
    (
        "affinity?/nodeAffinity?/requiredDuringSchedulingIgnoredDuringExecution?/nodeSelectorTerms",
        Needed("must have at least one node selector term"),
    ),
    ("serviceAccountName", Format(formats::subdomain)),
    ("nodeName", Format(formats::subdomain)),
    ("activeDeadlineSeconds", Seconds),
    ("hostname", Format(formats::label)),
    ("subdomain", Format(formats::label)),
    ("tolerations/*/operator", OneOf(&["Equal", "Exists"])),
    ("topologySpreadConstraints/*/maxSkew", Positive),
    ("topologySpreadConstraints/*/topologyKey", Needed("can not be empty")),
];

/// Checks the fields of an object.
pub(super) fn check(group: &str, plural: &str, object: &Value, causes: &mut Causes) {
    for (path, check) in of(group, plural) {
        for found in each(object, path) {
            one(found.value, &found.path, *check, causes);
        }
    }
}

/// Checks the fields of a pod's spec at `at`.
pub(super) fn check_pod(spec: &Value, at: &dyn Display, causes: &mut Causes) {
    for (path, check) in POD {
        for found in each(spec, path) {
            one(found.value, &format_args!("{at}.{}", found.path), *check, causes);
        }
    }
}

fn one(value: &Value, path: &dyn Display, check: Check, causes: &mut Causes) {
    let text = value.as_str().unwrap_or_default();
    let number = value.as_i64();
    match check {
        Needed(why) if is_empty(value) => causes.required_for(path, why),
        NotNegative if number.is_some_and(|number| number < 0) => causes.invalid(path, value, formats::NOT_NEGATIVE),
        Positive if number.is_some_and(|number| number <= 0) => causes.invalid(path, value, "must be greater than 0"),
        Seconds if number.is_some_and(|number| !(1..=i64::from(i32::MAX)).contains(&number)) => {
            causes.invalid(path, value, &format!("must be between 1 and {}, inclusive", i32::MAX));
        }
        AtMost(most) if number.is_some_and(|number| number > most) => {
            causes.invalid(path, value, &format!("must not be greater than {most}"));
        }
        OneOf(known) if !text.is_empty() && !known.contains(&text) => causes.unsupported(path, value, known),
        NeededOneOf(known) if !known.contains(&text) => causes.unsupported(path, &json!(text), known),
        Port => port(value, path, causes),
        Format(format) if !text.is_empty() => causes.format(path, text, format(text)),
        NeededFormat(format) => causes.format(path, text, format(text)),
        Labels => super::metadata::labels(value, path, causes),
        Amount => amount(value, path, causes),
        Share if text.strip_suffix('%').and_then(|digits| digits.parse::<u64>().ok()).is_some_and(|share| share > 100) => {
            causes.invalid(path, value, "must not be greater than 100%");
        }
        Quantities => quantities(value, path, causes),
        _ => {}
    }
}

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A port by number or by name.
pub(super) fn port(value: &Value, path: &dyn Display, causes: &mut Causes) {
    match value {
        Value::Number(number) if !number.as_i64().is_some_and(|port| (1..=65535).contains(&port)) => {
            causes.invalid(path, value, formats::PORT);
        }
        Value::String(name) => causes.format(path, name, formats::port_name(name)),
        _ => {}
    }
}

/// An amount of at least 0, or a percentage.
pub(super) fn amount(value: &Value, path: &dyn Display, causes: &mut Causes) {
    match value {
        Value::Number(number) if number.as_i64().is_some_and(|number| number < 0) => {
            causes.invalid(path, value, formats::NOT_NEGATIVE);
        }
        Value::String(text) => causes.format(path, text, formats::percent(text)),
        _ => {}
    }
}

/// Quantities by name, none below 0.
pub(super) fn quantities(value: &Value, path: &dyn Display, causes: &mut Causes) {
    for (name, amount) in value.as_object().into_iter().flatten() {
        let text = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
        if nanos(&text).is_some_and(|amount| amount < 0.0) {
            causes.invalid(format_args!("{path}[{name}]"), &Value::from(text), formats::NOT_NEGATIVE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_kinds::table;

    #[test]
    fn every_rule_names_a_field() {
        let mut checked = 0;
        for kind in table().kinds() {
            let Some(resource) = kind.resource().filter(|_| matches!(kind.version(), "v1" | "v2")) else { continue };
            if (kind.group(), kind.version()) == ("autoscaling", "v1") {
                continue;
            }
            for (path, _) in of(kind.group(), resource.plural()) {
                let full: String =
                    path.split('/').map(|part| format!("/{}", part.trim_end_matches('?').replace('*', "0"))).collect();
                assert!(kind.message().walk(&full).is_some(), "{} {full}", kind.name());
                checked += 1;
            }
        }
        assert!(checked > 50, "{checked}");
    }
}
