//! Envelopes of collectors and clouds around audit events.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::audit::{event, lines};
use super::imported::{Made, made};

fn two() -> [Value; 2] {
    let uri = "/api/v1/namespaces/shop/configmaps/settings";
    [event("a", "get", uri, (0, 10), json!({})), event("b", "get", uri, (20, 30), json!({}))]
}

#[track_caller]
fn same(made: &Made) {
    let by = "by kubectl";
    assert_eq!(
        made.listing(),
        [
            format!("#1 +10ms get 200 ConfigMap/shop/settings {by}: done"),
            format!("#2 +30ms get 200 ConfigMap/shop/settings {by}: done")
        ]
    );
    assert_eq!((made.summary.records, made.summary.unreadable), (2, 0));
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn lists_on_one_line_on_many_lines_and_compressed() {
    let events = two();
    let list = json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": events});
    same(&made(format!("{list}\n")));
    same(&made(serde_json::to_string_pretty(&list).unwrap()));
    same(&made(serde_json::to_string(&json!(two())).unwrap()));
    same(&made(two().map(|event| serde_json::to_string_pretty(&event).unwrap()).join("\n")));
    same(&made(gzip(lines(&two()).as_bytes())));
    same(&made(gzip(serde_json::to_string_pretty(&list).unwrap().as_bytes())));
    same(&made([gzip(lines(&two()[..1]).as_bytes()), gzip(lines(&two()[1..]).as_bytes())].concat()));
    same(&made(zstd::encode_all(lines(&two()).as_bytes(), 1).unwrap()));
    let batches = two().map(|event| json!({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [event]}));
    same(&made(lines(&batches)));
}

#[test]
fn azure() {
    let records = two()
        .map(|event| json!({"category": "kube-audit-admin", "time": "…", "properties": {"log": event.to_string(), "pod": "p"}}));
    same(&made(lines(&records)));
    same(&made(json!({"records": records}).to_string()));
    same(&made(lines(&two().map(|event| json!({"category": "kube-audit", "properties": {"log": event}})))));
}

#[test]
fn amazon_and_containers() {
    same(&made(lines(
        &two().map(|event| json!({"timestamp": 1, "message": event.to_string(), "logStreamName": "kube-apiserver-audit-x"})),
    )));
    same(&made(
        serde_json::to_string_pretty(&json!({"events": two().map(|event| json!({"message": event.to_string()}))})).unwrap(),
    ));
    same(&made(json!({"logEvents": two().map(|event| json!({"message": event}))}).to_string()));
    same(&made(lines(&two().map(|event| json!({"log": format!("{event}\n"), "stream": "stdout"})))));
}

#[test]
fn google() {
    let entry = |id: &str, verb: &str, resource: &str, at: u32, more: Value| {
        let mut payload = json!({
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog", "serviceName": "k8s.io",
            "methodName": format!("io.k8s.core.v1.configmaps.{verb}"), "resourceName": resource,
            "authenticationInfo": {"principalEmail": "system:serviceaccount:shop:operator"},
            "requestMetadata": {"callerSuppliedUserAgent": "manager/v0 (linux/amd64)"}, "status": {},
        });
        more.as_object().unwrap().iter().for_each(|(key, value)| payload[key] = value.clone());
        json!({"insertId": id, "protoPayload": payload, "timestamp": format!("2026-03-01T10:00:0{at}Z"), "logName": "projects/p/logs/x"})
    };
    let body = json!({"@type": "core.k8s.io/v1.ConfigMap", "apiVersion": "v1", "kind": "ConfigMap",
                      "metadata": {"name": "settings", "namespace": "shop", "uid": "u", "resourceVersion": "5"}});
    let refused = json!({"@type": "core.k8s.io/v1.Status", "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 409,
                         "reason": "Conflict", "message": "the object has been modified"});
    let name = "core/v1/namespaces/shop/configmaps/settings";
    let entries = [
        entry("a", "create", "core/v1/namespaces/shop/configmaps", 1, json!({"request": body, "response": body})),
        entry("b", "update", name, 2, json!({"response": refused, "status": {"code": 10, "message": "Conflict"}})),
        entry("c", "get", name, 3, json!({"status": {"code": 7, "message": "forbidden"}})),
        entry(
            "d",
            "delete",
            name,
            4,
            json!({"response": {"@type": "core.k8s.io/v1.Status", "kind": "Status", "status": "Success"}}),
        ),
    ];
    let by = "by manager";
    let expected = [
        format!("#1 +0ns create 200 ConfigMap/shop/settings {by}: done @5(full)"),
        format!("#2 +1.000s update 409 ConfigMap/shop/settings {by}: refused"),
        format!("#3 +2.000s get 403 ConfigMap/shop/settings {by}: refused"),
        format!("#4 +3.000s delete 200 ConfigMap/shop/settings {by}: done (content unknown gone)"),
    ];
    let made = made(lines(&entries));
    assert_eq!(made.listing(), expected);
    assert!(made.object(("", "configmaps"), ("shop", "settings"), "#1").1.get("@type").is_none());
    assert_eq!(super::imported::made(serde_json::to_string_pretty(&json!(entries)).unwrap()).listing(), expected);
}
