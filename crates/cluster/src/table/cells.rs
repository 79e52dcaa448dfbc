//! The cells of built-in kinds.

use serde_json::{Value, json};

use crate::age::age;
use kuberewind_model::Timestamp;

/// The place of the pod template.
#[derive(Clone, Copy)]
pub(super) enum Templates {
    /// Of the object itself.
    Own,
    /// Of the object's job template.
    Job,
    /// The object is one itself.
    Direct,
}

pub(super) fn at<'a>(object: &'a Value, pointer: &str) -> &'a Value {
    object.pointer(pointer).unwrap_or(&Value::Null)
}

/// The text at a pointer, '' if absent.
pub(super) fn text(object: &Value, pointer: &str) -> Value {
    json!(at(object, pointer).as_str().unwrap_or_default())
}

fn or(object: &Value, pointer: &str, absent: &str) -> Value {
    match at(object, pointer) {
        Value::String(text) if !text.is_empty() => json!(text),
        Value::Number(number) => json!(number.to_string()),
        _ => json!(absent),
    }
}

pub(super) fn or_none(object: &Value, pointer: &str) -> Value {
    or(object, pointer, "<none>")
}

pub(super) fn or_unknown(object: &Value, pointer: &str) -> Value {
    or(object, pointer, "<unknown>")
}

pub(super) fn or_unset(object: &Value, pointer: &str) -> Value {
    or(object, pointer, "<unset>")
}

pub(super) fn or_not_available(object: &Value, pointer: &str) -> Value {
    or(object, pointer, "N/A")
}

pub(super) fn number(object: &Value, pointer: &str) -> i64 {
    at(object, pointer).as_i64().unwrap_or(0)
}

pub(super) fn count(value: &Value) -> usize {
    value.as_object().map(serde_json::Map::len).or_else(|| value.as_array().map(Vec::len)).unwrap_or(0)
}

pub(super) fn age_of(object: &Value, pointer: &str, now: Timestamp) -> Value {
    age(at(object, pointer), now)
}

/// One text of each item of a list.
pub(super) fn list(object: &Value, pointer: &str, text: fn(&Value) -> Option<&Value>) -> Vec<String> {
    let items = at(object, pointer).as_array().into_iter().flatten();
    items.filter_map(|item| text(item).and_then(Value::as_str).map(str::to_owned)).collect()
}

/// Texts with commas between them.
pub(super) fn joined(texts: &[String], absent: &str) -> Value {
    if texts.is_empty() { json!(absent) } else { json!(texts.join(",")) }
}

/// The desired replicas.
pub(super) fn replicas(object: &Value) -> i64 {
    at(object, "/spec/replicas").as_i64().unwrap_or(1)
}

/// The number of containers that run beside each other: init containers that are restarted always belong to them.
pub(super) fn running(pod: &Value) -> usize {
    let sidecars =
        at(pod, "/spec/initContainers").as_array().into_iter().flatten().filter(|one| one["restartPolicy"] == "Always");
    count(at(pod, "/spec/containers")).saturating_add(sidecars.count())
}

pub(super) fn ready(pod: &Value) -> usize {
    at(pod, "/status/containerStatuses").as_array().into_iter().flatten().filter(|one| one["ready"] == true).count()
}

/// The restarts of a pod's containers, and the time since the last one: `3 (5m ago)`.
pub(super) fn restarts(pod: &Value, now: Timestamp) -> Value {
    let containers = || at(pod, "/status/containerStatuses").as_array().into_iter().flatten();
    let count = containers().filter_map(|one| one["restartCount"].as_i64()).fold(0, i64::saturating_add);
    let ends = containers().filter_map(|one| one["lastState"]["terminated"]["finishedAt"].as_str());
    match ends.max() {
        Some(last) if count > 0 => {
            let since = age(&json!(last), now);
            json!(format!("{count} ({} ago)", since.as_str().unwrap_or_default()))
        }
        _ => json!(count.to_string()),
    }
}

pub(super) fn pod_status(pod: &Value) -> Value {
    if at(pod, "/metadata/deletionTimestamp").is_string() {
        return json!("Terminating");
    }
    let waiting = at(pod, "/status/containerStatuses").as_array().into_iter().flatten().find_map(|one| {
        let reason = |state: &str| one["state"][state]["reason"].as_str().filter(|reason| !reason.is_empty());
        reason("waiting").or_else(|| reason("terminated"))
    });
    let reason = at(pod, "/status/reason").as_str().filter(|reason| !reason.is_empty());
    json!(waiting.or(reason).or_else(|| at(pod, "/status/phase").as_str()).unwrap_or("Pending"))
}

/// A field of the containers of a pod template.
pub(super) fn images(object: &Value, templates: Templates, field: &'static str) -> Value {
    let pointer = match templates {
        Templates::Own => "/spec/template/spec/containers",
        Templates::Job => "/spec/jobTemplate/spec/template/spec/containers",
        Templates::Direct => "/template/spec/containers",
    };
    let containers = at(object, pointer).as_array().into_iter().flatten();
    let texts: Vec<String> = containers.filter_map(|one| one[field].as_str().map(str::to_owned)).collect();
    joined(&texts, "")
}

/// Labels as `a=b,c=d`.
pub(super) fn labels(map: &Value) -> Value {
    let pairs = map.as_object().into_iter().flatten();
    let mut pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    pairs.sort();
    joined(&pairs, "<none>")
}

/// A label selector, or a map of labels.
pub(super) fn selector(value: &Value) -> Value {
    let text = crate::selector_text::selector_text(value).unwrap_or_default();
    json!(if text.is_empty() { "<none>" } else { &text })
}

fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut conditions = at(object, "/status/conditions").as_array().into_iter().flatten();
    conditions.find(|one| one["type"] == kind && one["status"] == "True")
}

pub(super) fn job_status(job: &Value) -> Value {
    let known = ["Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"];
    let found = known.into_iter().find(|kind| condition(job, kind).is_some());
    let terminating = at(job, "/metadata/deletionTimestamp").is_string();
    json!(found.unwrap_or(if terminating { "Terminating" } else { "Running" }))
}

pub(super) fn completions(job: &Value) -> Value {
    let done = number(job, "/status/succeeded");
    match (at(job, "/spec/completions").as_i64(), number(job, "/spec/parallelism")) {
        (Some(wanted), _) => json!(format!("{done}/{wanted}")),
        (None, parallel) if parallel > 1 => json!(format!("{done}/1 of {parallel}")),
        (None, _) => json!(format!("{done}/1")),
    }
}

/// The time from the start of a job to its end, or to now.
pub(super) fn duration(job: &Value, now: Timestamp) -> Value {
    let end = at(job, "/status/completionTime").as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    match at(job, "/status/startTime") {
        Value::Null => json!(""),
        start => age(start, end.map_or(now, Timestamp::from_jiff)),
    }
}

pub(super) fn external_ip(service: &Value) -> Value {
    let own = at(service, "/spec/externalIPs").as_array().into_iter().flatten();
    let mut addresses: Vec<String> = own.filter_map(Value::as_str).map(str::to_owned).collect();
    match at(service, "/spec/type").as_str() {
        Some("ExternalName") => text(service, "/spec/externalName"),
        Some("LoadBalancer") => {
            addresses.extend(list(service, "/status/loadBalancer/ingress", |one| one.get("ip").or_else(|| one.get("hostname"))));
            joined(&addresses, "<pending>")
        }
        _ => joined(&addresses, "<none>"),
    }
}

/// `80/TCP,443:30001/TCP`.
pub(super) fn ports(service: &Value) -> Value {
    let ports = at(service, "/spec/ports").as_array().into_iter().flatten().map(|port| {
        let protocol = port["protocol"].as_str().unwrap_or("TCP");
        match port["nodePort"].as_i64().filter(|port| *port != 0) {
            Some(node) => format!("{}:{node}/{protocol}", port["port"]),
            None => format!("{}/{protocol}", port["port"]),
        }
    });
    joined(&ports.collect::<Vec<_>>(), "<none>")
}

pub(super) fn rule_hosts(ingress: &Value) -> Value {
    joined(&list(ingress, "/spec/rules", |rule| rule.get("host")), "*")
}

pub(super) fn node_status(node: &Value) -> Value {
    let status = if condition(node, "Ready").is_some() {
        "Ready"
    } else if count(at(node, "/status/conditions")) > 0 {
        "NotReady"
    } else {
        "Unknown"
    };
    let closed = if at(node, "/spec/unschedulable") == true { ",SchedulingDisabled" } else { "" };
    json!(format!("{status}{closed}"))
}

pub(super) fn node_roles(node: &Value) -> Value {
    let names = at(node, "/metadata/labels").as_object().into_iter().flatten();
    let mut roles: Vec<String> =
        names.filter_map(|(name, _)| name.strip_prefix("node-role.kubernetes.io/").map(str::to_owned)).collect();
    roles.sort();
    joined(&roles, "<none>")
}

pub(super) fn node_address(node: &Value, kind: &str) -> Value {
    let mut addresses = at(node, "/status/addresses").as_array().into_iter().flatten();
    let found = addresses.find(|one| one["type"] == kind).and_then(|one| one["address"].as_str());
    json!(found.unwrap_or("<none>"))
}

pub(super) fn last_seen(event: &Value, now: Timestamp) -> Value {
    seen(event, &["/series/lastObservedTime", "/lastTimestamp", "/deprecatedLastTimestamp", "/eventTime"], now)
}

pub(super) fn first_seen(event: &Value, now: Timestamp) -> Value {
    seen(event, &["/firstTimestamp", "/deprecatedFirstTimestamp", "/eventTime"], now)
}

fn seen(event: &Value, times: &[&str], now: Timestamp) -> Value {
    let found = times.iter().map(|pointer| at(event, pointer)).find(|time| time.is_string());
    age(found.unwrap_or(&Value::Null), now)
}

pub(super) fn event_object(event: &Value) -> Value {
    let object = event.get("involvedObject").or_else(|| event.get("regarding")).unwrap_or(&Value::Null);
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    json!(format!("{kind}/{}", object["name"].as_str().unwrap_or_default()))
}

pub(super) fn event_source(event: &Value) -> Value {
    let component = ["/source/component", "/reportingComponent", "/reportingController"].map(|pointer| at(event, pointer));
    let component = component.into_iter().filter_map(Value::as_str).find(|name| !name.is_empty()).unwrap_or_default();
    let hosts = ["/source/host", "/reportingInstance"].map(|pointer| at(event, pointer));
    let host = hosts.into_iter().filter_map(Value::as_str).find(|host| !host.is_empty());
    json!(host.map_or(component.to_owned(), |host| format!("{component}, {host}")))
}

/// `RWO,ROX`.
pub(super) fn access_modes(modes: &Value) -> Value {
    let short = modes.as_array().into_iter().flatten().filter_map(Value::as_str).map(|mode| match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    });
    json!(short.collect::<Vec<_>>().join(","))
}

pub(super) fn claim(volume: &Value) -> Value {
    let part = |name: &str| at(volume, &format!("/spec/claimRef/{name}")).as_str();
    match (part("namespace"), part("name")) {
        (Some(namespace), Some(name)) => json!(format!("{namespace}/{name}")),
        _ => json!(""),
    }
}

/// The metrics of an autoscaler: `cpu: <unknown>/80%`.
pub(super) fn targets(autoscaler: &Value) -> Value {
    let current = at(autoscaler, "/status/currentMetrics").as_array();
    let metrics = at(autoscaler, "/spec/metrics").as_array().into_iter().flatten().enumerate().map(|(at, metric)| {
        let resource = &metric["resource"];
        let current = current.and_then(|list| list.get(at)).map(|one| &one["resource"]["current"]);
        let name = resource["name"].as_str().unwrap_or("metric");
        let percent = |value: &Value| value.as_i64().map(|value| format!("{value}%"));
        let quantity = |value: &Value| value.as_str().map(str::to_owned);
        let value = |from: &Value| percent(&from["averageUtilization"]).or_else(|| quantity(&from["averageValue"]));
        let unknown = || "<unknown>".to_owned();
        format!(
            "{name}: {}/{}",
            current.and_then(value).unwrap_or_else(unknown),
            value(&resource["target"]).unwrap_or_else(unknown)
        )
    });
    joined(&metrics.collect::<Vec<_>>(), "<none>")
}

/// The names of a binding's subjects of one kind.
pub(super) fn subjects(binding: &Value, kind: &str) -> Value {
    let subjects = at(binding, "/subjects").as_array().into_iter().flatten().filter(|one| one["kind"] == kind);
    let names = subjects.map(|one| {
        let name = one["name"].as_str().unwrap_or_default();
        if kind == "ServiceAccount" {
            format!("{}/{name}", one["namespace"].as_str().unwrap_or_default())
        } else {
            name.to_owned()
        }
    });
    json!(names.collect::<Vec<_>>().join(", "))
}

/// The addresses of endpoints: at most three, then the number of the others.
pub(super) fn endpoints(object: &Value) -> Value {
    let slices = at(object, "/endpoints").as_array().into_iter().flatten();
    let mut addresses: Vec<String> = slices
        .flat_map(|one| one["addresses"].as_array().into_iter().flatten())
        .filter_map(|address| address.as_str().map(str::to_owned))
        .collect();
    for subset in at(object, "/subsets").as_array().into_iter().flatten() {
        let ports: Vec<&Value> = subset["ports"].as_array().into_iter().flatten().map(|port| &port["port"]).collect();
        for address in subset["addresses"].as_array().into_iter().flatten().filter_map(|one| one["ip"].as_str()) {
            addresses.extend(ports.iter().map(|port| format!("{address}:{port}")));
        }
    }
    let more = addresses.len().saturating_sub(3);
    addresses.truncate(3);
    let shown = joined(&addresses, "<none>");
    if more == 0 { shown } else { json!(format!("{} + {more} more...", addresses.join(","))) }
}

pub(super) fn slice_ports(slice: &Value) -> Value {
    let ports = at(slice, "/ports").as_array().into_iter().flatten().map(|port| port["port"].to_string());
    joined(&ports.collect::<Vec<_>>(), "<unset>")
}

/// The used and hard amounts of requests, or of limits.
pub(super) fn quota(quota: &Value, limits: bool) -> Value {
    let hard = at(quota, "/status/hard").as_object();
    let used = |name: &str| quota["status"]["used"][name].as_str().unwrap_or("0").to_owned();
    let mut shown: Vec<String> = hard
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.starts_with("limits.") == limits)
        .map(|(name, amount)| format!("{name}: {}/{}", used(name), amount.as_str().unwrap_or_default()))
        .collect();
    shown.sort();
    json!(shown.join(", "))
}

/// The owner of a controller revision: `statefulset.apps/db`.
pub(super) fn controller(object: &Value) -> Value {
    let owners = at(object, "/metadata/ownerReferences").as_array().into_iter().flatten();
    let owner = owners.into_iter().find(|owner| owner["controller"] == true);
    let Some(owner) = owner else { return json!("<none>") };
    let (kind, name) = (owner["kind"].as_str().unwrap_or_default(), owner["name"].as_str().unwrap_or_default());
    let version = owner["apiVersion"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    json!(format!("{}{group}/{name}", kind.to_lowercase()))
}
