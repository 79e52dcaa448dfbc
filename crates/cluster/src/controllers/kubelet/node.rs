//! The node on which pods run.

use serde_json::{Value, json};

/// The name of the node that is created if a cluster has none.
pub(crate) const NAME: &str = "worker-1";

/// The address of every node.
pub(super) const ADDRESS: &str = "192.168.0.10";

/// A ready node.
pub(crate) fn node(now: &str) -> Value {
    let resources = json!({"cpu": "16", "ephemeral-storage": "100Gi", "memory": "64Gi", "pods": "5000"});
    let condition = |kind: &str, status: &str, reason: &str, message: &str| json!({"type": kind, "status": status, "lastHeartbeatTime": now, "lastTransitionTime": now, "reason": reason, "message": message});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": NAME, "labels": {
            "beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "kubernetes.io/hostname": NAME, "kubernetes.io/os": "linux"}},
        "spec": {"podCIDR": "10.244.0.0/16", "podCIDRs": ["10.244.0.0/16"]},
        "status": {
            "addresses": [{"type": "InternalIP", "address": ADDRESS}, {"type": "Hostname", "address": NAME}],
            "allocatable": resources.clone(), "capacity": resources,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "nodeInfo": {
                "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "kuberewind://0", "kernelVersion": "", "kubeProxyVersion": "",
                "kubeletVersion": "v1.35.4", "machineID": "", "operatingSystem": "linux", "osImage": "kuberewind", "systemUUID": ""},
        },
    })
}
