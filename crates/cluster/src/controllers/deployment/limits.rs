//! `maxSurge` and `maxUnavailable`.

use serde_json::Value;

use crate::controllers::share::scaled;
use crate::controllers::value::{number, text};

pub(super) fn replicas(object: &Value) -> i64 {
    number(object, "/spec/replicas").unwrap_or(1)
}

fn is_rolling(deployment: &Value) -> bool {
    text(deployment, "/spec/strategy/type") != "Recreate"
}

/// Pods above the wanted number that a rollout may have.
pub(super) fn max_surge(deployment: &Value) -> i64 {
    if is_rolling(deployment) { resolve(deployment).0 } else { 0 }
}

/// Pods below the wanted number that a rollout may have.
pub(super) fn max_unavailable(deployment: &Value) -> i64 {
    if !is_rolling(deployment) || replicas(deployment) == 0 {
        return 0;
    }
    resolve(deployment).1.min(replicas(deployment))
}

/// Both limits as numbers. They are never both 0: a rollout could not start.
fn resolve(deployment: &Value) -> (i64, i64) {
    let of = |name: &str| &deployment["spec"]["strategy"]["rollingUpdate"][name];
    let surge = scaled(of("maxSurge"), replicas(deployment), true);
    let unavailable = scaled(of("maxUnavailable"), replicas(deployment), false);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn percentages_of_surge_are_rounded_up_and_of_unavailability_down() {
        let deployment = |surge: Value, unavailable: Value, replicas: i64| {
            let limits = json!({"maxSurge": surge, "maxUnavailable": unavailable});
            let one = json!({"spec": {"replicas": replicas, "strategy": {"rollingUpdate": limits}}});
            (max_surge(&one), max_unavailable(&one))
        };
        assert_eq!(deployment(json!("25%"), json!("25%"), 3), (1, 0));
        assert_eq!(deployment(json!("25%"), json!("25%"), 10), (3, 2));
        assert_eq!(deployment(json!(0), json!("10%"), 3), (0, 1));
        assert_eq!(deployment(json!(2), json!(9), 3), (2, 3));
        assert_eq!((max_surge(&json!({})), max_unavailable(&json!({}))), (1, 0));
    }
}
