//! The status of a pod, as a kubelet writes it.

use serde_json::{Value, json};

use super::node::ADDRESS;
use crate::controllers::condition;
use crate::controllers::template::hash;
use crate::controllers::value::{items, text};
use crate::meta;
use kuberewind_model::Timestamp;

/// The states of the containers of a pod.
#[derive(Debug, Clone)]
pub(super) enum State {
    Waiting,
    Running {
        started: Timestamp,
        /// The names of the ready containers.
        ready: Vec<String>,
    },
    Ended {
        started: Timestamp,
        code: i64,
    },
}

pub(super) struct Report<'a> {
    pub(super) pod: &'a Value,
    pub(super) state: State,
    pub(super) now: String,
}

impl Report<'_> {
    /// The pod with its new status.
    pub(super) fn apply(&self) -> Value {
        let mut next = self.pod.clone();
        let generation = meta::field(self.pod, "generation").cloned();
        let status = &mut next["status"];
        if status.is_null() {
            *status = json!({});
        }
        status["phase"] = json!(self.phase());
        status["hostIP"] = json!(ADDRESS);
        status["hostIPs"] = json!([{"ip": ADDRESS}]);
        if text(status, "/startTime").is_empty() {
            status["startTime"] = json!(self.now);
        }
        if let Some(generation) = generation {
            status["observedGeneration"] = generation;
        }
        if !matches!(self.state, State::Waiting) && text(status, "/podIP").is_empty() {
            let address = address(meta::text(self.pod, "uid"));
            status["podIP"] = json!(address);
            status["podIPs"] = json!([{"ip": address}]);
        }
        for condition in self.conditions() {
            set(status, condition);
        }
        status["containerStatuses"] = self.containers("/spec/containers", false);
        if !items(self.pod, "/spec/initContainers").is_empty() {
            status["initContainerStatuses"] = self.containers("/spec/initContainers", true);
        }
        next
    }

    fn phase(&self) -> &'static str {
        match self.state {
            State::Waiting => "Pending",
            State::Running { .. } => "Running",
            State::Ended { code: 0, .. } => "Succeeded",
            State::Ended { .. } => "Failed",
        }
    }

    fn unready(&self) -> Vec<&str> {
        let names = items(self.pod, "/spec/containers").iter().map(|container| text(container, "/name"));
        match &self.state {
            State::Running { ready, .. } => names.filter(|name| !ready.iter().any(|one| one == name)).collect(),
            _ => names.collect(),
        }
    }

    fn conditions(&self) -> Vec<Value> {
        let unready = self.unready();
        let base = |kind: &str, yes: bool| {
            let status = if yes { "True" } else { "False" };
            let mut one = json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": self.now});
            if let Some(generation) = meta::field(self.pod, "generation") {
                one["observedGeneration"] = generation.clone();
            }
            one
        };
        let because = |mut condition: Value| {
            let (reason, message) = match self.state {
                State::Ended { code: 0, .. } => ("PodCompleted", String::new()),
                State::Ended { .. } => ("PodFailed", String::new()),
                _ => ("ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" "))),
            };
            condition["reason"] = json!(reason);
            if !message.is_empty() {
                condition["message"] = json!(message);
            }
            condition
        };
        let ended = matches!(self.state, State::Ended { .. });
        let mut initialized = base("Initialized", true);
        if matches!(self.state, State::Ended { code: 0, .. }) {
            initialized["reason"] = json!("PodCompleted");
        }
        let ready = |kind: &str| if unready.is_empty() { base(kind, true) } else { because(base(kind, false)) };
        vec![
            base("PodReadyToStartContainers", !ended && !matches!(self.state, State::Waiting)),
            initialized,
            ready("Ready"),
            ready("ContainersReady"),
            base("PodScheduled", true),
        ]
    }

    fn containers(&self, list: &str, init: bool) -> Value {
        let statuses = items(self.pod, list).iter().map(|container| {
            let (name, image) = (text(container, "/name"), text(container, "/image"));
            let id = format!("containerd://{}", long_id(&[meta::text(self.pod, "uid"), name]));
            let waiting = if init { "PodInitializing" } else { "ContainerCreating" };
            let (started, ready, state) = match &self.state {
                State::Waiting => (false, false, json!({"waiting": {"reason": waiting}})),
                State::Running { started, .. } if init => (false, true, terminated(*started, *started, 0, &id)),
                State::Running { started, ready } => {
                    (true, ready.iter().any(|one| one == name), json!({"running": {"startedAt": started.rfc3339(0)}}))
                }
                State::Ended { started, .. } if init => (false, true, terminated(*started, *started, 0, &id)),
                State::Ended { started, code } => (false, false, self.ended(*started, *code, &id)),
            };
            let mut status = json!({
                "name": name, "image": image, "imageID": "", "lastState": {}, "ready": ready, "restartCount": 0, "started": started,
                "state": state,
            });
            if !matches!(self.state, State::Waiting) {
                status["containerID"] = json!(id);
                status["imageID"] = json!(format!("{}@sha256:{}", repository(image), long_id(&[image])));
            }
            status
        });
        Value::Array(statuses.collect())
    }

    fn ended(&self, started: Timestamp, code: i64, id: &str) -> Value {
        let now = self.now.parse().map_or(started, Timestamp::from_jiff);
        terminated(started, now, code, id)
    }
}

fn terminated(started: Timestamp, finished: Timestamp, code: i64, id: &str) -> Value {
    let reason = if code == 0 { "Completed" } else { "Error" };
    json!({"terminated": {"containerID": id, "exitCode": code, "reason": reason,
        "startedAt": started.rfc3339(0), "finishedAt": finished.rfc3339(0)}})
}

/// Sets a condition: one with the same status keeps its time.
fn set(status: &mut Value, mut condition: Value) {
    let kind = text(&condition, "/type").to_owned();
    let list = status.get_mut("conditions").and_then(Value::as_array_mut);
    let Some(old) = list.and_then(|list| list.iter_mut().find(|one| one["type"] == kind.as_str())) else {
        condition::set(status, condition);
        return;
    };
    if old["status"] == condition["status"] {
        condition["lastTransitionTime"] = old["lastTransitionTime"].clone();
    }
    *old = condition;
}

/// An address of the pod network, from the pod's uid.
fn address(uid: &str) -> String {
    let number = uid.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [_, _, high, low] = number.to_be_bytes();
    format!("10.244.{high}.{}", low.clamp(2, 254))
}

/// 64 hexadecimal digits, the same for the same texts.
fn long_id(of: &[&str]) -> String {
    let text = hash(&json!(of), None);
    let mut digits = String::new();
    for round in 0..8_i64 {
        let part = hash(&json!([text, of]), Some(round));
        let number = part.bytes().fold(0_u32, |number, byte| number.wrapping_mul(31).wrapping_add(u32::from(byte)));
        digits.push_str(&format!("{number:08x}"));
    }
    digits
}

/// An image without tag and digest, in Docker's registry if it names none.
fn repository(image: &str) -> String {
    let name = image.split('@').next().unwrap_or(image);
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let name = name[slash..].find(':').map_or(name, |colon| &name[..slash + colon]);
    let registry = name.split('/').next().is_some_and(|first| first.contains('.') || first.contains(':') || first == "localhost");
    match (registry, name.contains('/')) {
        (true, _) => name.to_owned(),
        (false, true) => format!("docker.io/{name}"),
        (false, false) => format!("docker.io/library/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_without_a_registry_come_from_dockers() {
        for (image, wanted) in [
            ("nginx:1.27", "docker.io/library/nginx"),
            ("shop/web@sha256:1", "docker.io/shop/web"),
            ("registry.example.com:5000/a/b:2", "registry.example.com:5000/a/b"),
            ("localhost/x", "localhost/x"),
        ] {
            assert_eq!(repository(image), wanted);
        }
        let (one, other) = (long_id(&["u", "a"]), long_id(&["u", "b"]));
        assert!(one.len() == 64 && one != other, "{one} {other}");
    }
}
