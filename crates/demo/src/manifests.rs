//! The objects that the demo's clusters start with.

use serde_json::{Value, json};

pub fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// The shop's Deployment. Its annotations ask for 3 replicas; the load needs 5.
pub fn checkout_deployment() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "checkout",
            "namespace": "shop",
            "labels": {"app.kubernetes.io/name": "checkout", "app.kubernetes.io/part-of": "shop"},
            "annotations": {"shop.example.com/replicas": "3", "autoscaler.example.com/load": "480"}
        },
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "checkout"}},
            "template": {
                "metadata": {"labels": {"app": "checkout"}},
                "spec": {
                    "containers": [
                        {
                            "name": "checkout",
                            "image": "registry.example.com/shop/checkout:1.7.2",
                            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                            "env": [{"name": "PAYMENTS_URL", "value": "http://payments.shop.svc"}, {"name": "LOG_LEVEL", "value": "info"}],
                            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
                        }
                    ]
                }
            }
        }
    })
}

/// The node on which the shop's Pods run.
pub fn node() -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-1"}})
}

pub fn web_deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": image, "ports": [{"containerPort": 80, "protocol": "TCP"}]}]}
            }
        }
    })
}

/// The definition of `backups.ops.example.com`.
pub fn backup_crd() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "backups.ops.example.com"},
        "spec": {
            "group": "ops.example.com",
            "scope": "Namespaced",
            "names": {"plural": "backups", "singular": "backup", "kind": "Backup", "listKind": "BackupList", "shortNames": ["bk"]},
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {
                        "spec": {"type": "object", "properties": {"schedule": {"type": "string"}, "volume": {"type": "string"}}},
                        "status": {"type": "object", "properties": {"phase": {"type": "string"}, "lastChecked": {"type": "string", "format": "date-time"}}}
                    }
                }}
            }]
        }
    })
}

pub fn backup() -> Value {
    json!({
        "apiVersion": "ops.example.com/v1",
        "kind": "Backup",
        "metadata": {"name": "nightly", "namespace": "ops"},
        "spec": {"schedule": "0 2 * * *", "volume": "orders"}
    })
}

/// The ConfigMap that several workers write.
pub fn ledger() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "ledger", "namespace": "shop", "labels": {"app.kubernetes.io/part-of": "ledger"}},
        "data": {"opened": "yes"}
    })
}
