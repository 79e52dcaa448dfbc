//! Hash keys for ids and call targets, and what the name of an actor says.

use crate::hash::{bytes, pair};
use crate::normalise::ValueClass;
use crate::stream::OperationItem;
use kuberewind_model::k8s::actor_name::unqualified;

/// An id as a hash key.
pub(super) fn id_key(id: i64) -> u64 {
    u64::from_ne_bytes(id.to_ne_bytes())
}

/// A hash of the call's target: kind, namespace and name.
pub(super) fn target_key(operation: &OperationItem) -> u64 {
    let kind = operation.op.kind.map_or(0, |kind| id_key(kind.0));
    pair(kind, pair(bytes(operation.op.namespace.as_bytes()), bytes(operation.op.name.as_bytes())))
}

/// The name of an actor without the part that distinguishes replicas: the replicas of a Deployment are one writer.
pub(super) fn family(actor: &str) -> String {
    let of_replicas = |part: &'_ str| part.split_once('@').is_some_and(|(_, pod)| is_replica(pod));
    let parts: Vec<&str> = actor
        .split('/')
        .filter(|part| part.contains('@') || !is_replica(part))
        .map(|part| if of_replicas(part) { unqualified(part) } else { part })
        .collect();
    if parts.is_empty() { actor.to_owned() } else { parts.join("/") }
}

/// True for the generated name of a Pod.
fn is_replica(part: &str) -> bool {
    ValueClass::of(part.as_bytes()) == ValueClass::RandomSuffix
}

/// True for the command line of a person. It is not a controller.
pub(super) fn is_person(actor: &str) -> bool {
    actor.split(['/', ' ', '@']).any(|part| part == "kubectl" || part.starts_with("kubectl-"))
}

/// True for actors whose status writes report what happens outside the API: a kubelet does not react to objects.
pub(super) fn is_reporter(actor: &str) -> bool {
    actor
        .split(['/', ' ', '@'])
        .any(|part| part == "kubelet" || part.starts_with("system:node:") || part == "node-problem-detector")
}

#[cfg(test)]
mod tests {
    use super::{family, is_person, is_reporter};

    #[test]
    fn replicas_are_one_family() {
        assert_eq!(
            family("system:serviceaccount:falco:operator/operator-4kx2p/operator"),
            "system:serviceaccount:falco:operator/operator"
        );
        assert_eq!(family("shop-operator/checkout"), "shop-operator/checkout");
        assert_eq!(family("operator-4kx2p"), "operator-4kx2p");
        assert_eq!(family("operator@operator-4kx2p/web"), "operator/web");
        assert_eq!(family("manager@shop/web"), "manager@shop/web");
        assert!(is_person("kubectl@alice") && is_reporter("kubelet@n1"));
        assert!(is_person("kubernetes-admin/kubectl") && !is_person("kube-controller-manager"));
        assert!(is_reporter("system:node:n1/kubelet") && !is_reporter("shop-operator"));
    }
}
