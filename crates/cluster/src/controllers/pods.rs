//! Questions of controllers about pods.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::Value;

use super::condition;
use super::value::{annotation, count, items, text, time};
use crate::meta;
use kuberewind_model::{Duration, Timestamp};

/// True if the pod runs, or will.
pub(super) fn is_active(pod: &Value) -> bool {
    !is_finished(pod) && !meta::is_terminating(pod)
}

/// True if the pod will never run again.
pub(super) fn is_finished(pod: &Value) -> bool {
    matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

pub(super) fn is_ready(pod: &Value) -> bool {
    condition::is_true(pod, "Ready")
}

/// The time since which the pod has been ready.
fn ready_since(pod: &Value) -> Option<Timestamp> {
    condition::find(pod, "Ready").filter(|one| one["status"] == "True").and_then(|one| time(one, "/lastTransitionTime"))
}

/// When a ready pod becomes available: after `seconds` of readiness. `None` for a pod that is not ready.
pub(super) fn available_at(pod: &Value, seconds: i64) -> Option<Timestamp> {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    if seconds == 0 {
        return is_ready(pod).then_some(Timestamp(i64::MIN));
    }
    Some(ready_since(pod)?.plus(Duration::from_millis(seconds.saturating_mul(1000))))
}

pub(super) fn is_available(pod: &Value, seconds: i64, now: Timestamp) -> bool {
    available_at(pod, seconds).is_some_and(|at| at <= now)
}

/// The earliest time at which one more of these pods becomes available.
pub(super) fn next_available(pods: &[Arc<Value>], seconds: i64, now: Timestamp) -> Option<Timestamp> {
    pods.iter().filter_map(|pod| available_at(pod, seconds)).filter(|at| *at > now).min()
}

/// Sorts pods so that those which are deleted first come first: unassigned, pending, not ready, cheap, ready for the shortest time,
/// often restarted, new.
pub(super) fn sort_for_deletion(pods: &mut [Arc<Value>]) {
    pods.sort_by_cached_key(|pod| {
        let restarts = items(pod, "/status/containerStatuses").iter().map(|one| count(one, "/restartCount")).max().unwrap_or(0);
        let phase = match text(pod, "/status/phase") {
            "Running" => 2,
            "Unknown" => 1,
            _ => 0,
        };
        let cost: i64 = annotation(pod, "controller.kubernetes.io/pod-deletion-cost").parse().unwrap_or(0);
        (
            !text(pod, "/spec/nodeName").is_empty(),
            phase,
            is_ready(pod),
            cost,
            Reverse(ready_since(pod)),
            Reverse(restarts),
            Reverse(time(pod, "/metadata/creationTimestamp")),
            meta::text(pod, "name").to_owned(),
        )
    });
}
