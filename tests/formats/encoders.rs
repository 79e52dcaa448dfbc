//! Writes audit events as log collectors and query consoles export them, with the text between the events there.

use serde_json::{Value, json};

/// A file in some dialect.
pub struct Encoded {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    /// Records in it that are no events, and are to be counted.
    pub noise: u64,
}

fn encoded(name: &'static str, bytes: impl Into<Vec<u8>>) -> Encoded {
    Encoded { name, bytes: bytes.into(), noise: 0 }
}

fn lines(events: &[Value], line: impl Fn(&Value, &str) -> String) -> String {
    let at = |event: &Value| event["stageTimestamp"].as_str().unwrap().to_owned();
    events.iter().map(|event| format!("{}\n", line(event, &at(event)))).collect()
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

fn column_time(at: &str) -> String {
    at.replace('T', " ").trim_end_matches('Z').get(..23).unwrap().to_owned()
}

pub fn insights_csv(events: &[Value]) -> Encoded {
    let rows = lines(events, |event, at| format!("kube-apiserver-audit-7,{},{}", column_time(at), quoted(&event.to_string())));
    encoded("CloudWatch Insights in CSV", format!("@logStream,@timestamp,@message\n{rows}"))
}

pub fn elastic(events: &[Value]) -> Encoded {
    let hit = |event: &Value| {
        let mut source = event.clone();
        source["@timestamp"] = event["stageTimestamp"].clone();
        json!({"_index": "k8s-audit", "_id": event["auditID"], "_score": null, "_source": source})
    };
    let hits: Vec<Value> = events.iter().map(hit).collect();
    let answer =
        json!({"took": 3, "timed_out": false, "_shards": {"total": 1}, "hits": {"total": {"value": hits.len()}, "hits": hits}});
    encoded("Elasticsearch hits", answer.to_string())
}

fn prefixed(events: &[Value]) -> Vec<Encoded> {
    let with = |name, prefix: &dyn Fn(&str) -> String| encoded(name, lines(events, |event, at| format!("{}{event}", prefix(at))));
    vec![
        with("oc adm node-logs", &|_| "master-0.example.com ".into()),
        with("a container's log", &|at| format!("{} stdout F ", at.replace('Z', "000Z"))),
        with("kubectl logs --timestamps", &|at| format!("{} ", at.replace('Z', "000Z"))),
        with("journald", &|_| "Mar 01 10:00:00 node-1 kube-apiserver[1234]: ".into()),
        with("aws logs tail", &|at| format!("{}+00:00 kube-apiserver-audit-7 ", at.trim_end_matches('Z'))),
        with("an export to S3", &|at| format!("{}Z ", &at[..23])),
        with("kubectl logs --prefix", &|_| "[pod/kube-apiserver-node-1/kube-apiserver] ".into()),
    ]
}

fn clouds(events: &[Value]) -> Vec<Encoded> {
    let azure = |event: &Value| {
        json!({"time": event["stageTimestamp"], "category": "kube-audit", "operationName": "Microsoft.ContainerService/managedClusters/diagnosticLogs/Read",
               "resourceId": "/SUBSCRIPTIONS/X", "properties": {"log": event.to_string(), "stream": "stdout", "pod": "kube-apiserver-1"}})
    };
    let row =
        |event: &Value| json!({"TimeGenerated": event["stageTimestamp"], "Category": "kube-audit", "log_s": event.to_string()});
    let pairs = |event: &Value| {
        json!([{"field": "@timestamp", "value": column_time(event["stageTimestamp"].as_str().unwrap())},
               {"field": "@message", "value": event.to_string()}, {"field": "@ptr", "value": "CmEKJgoi"}])
    };
    let all = |each: &dyn Fn(&Value) -> Value| -> Vec<Value> { events.iter().map(each).collect() };
    let rows: Vec<Value> = events.iter().map(|event| json!([event["stageTimestamp"], "kube-audit", event.to_string()])).collect();
    let table = json!({"tables": [{"name": "PrimaryResult", "columns": [{"name": "TimeGenerated", "type": "datetime"},
        {"name": "Category", "type": "string"}, {"name": "log_s", "type": "string"}], "rows": rows}]});
    let own_table = |event: &Value| {
        json!({"TimeGenerated": event["stageTimestamp"], "AuditId": event["auditID"], "Stage": event["stage"], "Level": event["level"],
            "RequestUri": event["requestURI"], "Verb": event["verb"], "User": event["user"], "UserAgent": event["userAgent"],
            "ObjectRef": event["objectRef"].to_string(), "ResponseStatus": event["responseStatus"],
            "RequestObject": event["requestObject"], "ResponseObject": event["responseObject"],
            "RequestReceivedTime": event["requestReceivedTimestamp"], "StageReceivedTime": event["stageTimestamp"]})
    };
    let csv = lines(events, |event, at| format!("{},kube-audit,{}", quoted(at), quoted(&format!("{event:#}"))));
    vec![
        insights_csv(events),
        encoded("CloudWatch Insights in JSON", json!({"results": all(&pairs), "statistics": {"recordsMatched": 1.0}, "status": "Complete"}).to_string()),
        encoded("a CloudWatch subscription", events.iter().map(|event| {
            json!({"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "/aws/eks/x/cluster", "logStream": "kube-apiserver-audit-7",
                   "logEvents": [{"id": "1", "timestamp": 1, "message": event.to_string()}]}).to_string()
        }).collect::<String>()),
        encoded("Azure diagnostics as lines", lines(events, |event, _| azure(event).to_string())),
        encoded("Azure diagnostics in a query's JSON", format!("{:#}", json!(all(&row)))),
        encoded("Azure diagnostics in a query's table", table.to_string()),
        encoded("Azure diagnostics in CSV", format!("TimeGenerated,Category,log_s\r\n{csv}")),
        encoded("Azure's own table", json!(all(&own_table)).to_string()),
    ]
}

fn collectors(events: &[Value]) -> Vec<Encoded> {
    let nanos = |event: &Value| {
        let at: jiff::Timestamp = event["stageTimestamp"].as_str().unwrap().parse().unwrap();
        at.as_nanosecond().to_string()
    };
    let values: Vec<Value> = events.iter().map(|event| json!([nanos(event), event.to_string()])).collect();
    let loki = json!({"status": "success", "data": {"resultType": "streams", "result": [
        {"stream": {"job": "apiserver-audit"}, "values": values[..10]}, {"stream": {"job": "other"}, "values": values[10..]}]}});
    let datadog = |event: &Value| {
        json!({"id": "AQAAA", "type": "log", "attributes": {"status": "info", "service": "kube-apiserver", "timestamp": event["stageTimestamp"],
               "tags": ["cluster:x"], "attributes": event}})
    };
    let datadog: Vec<Value> = events.iter().map(datadog).collect();
    vec![
        elastic(events),
        encoded(
            "Elasticsearch as lines, from a shipper",
            lines(events, |event, at| {
                json!({"_index": "filebeat", "_source": {"@timestamp": at, "message": event.to_string(), "agent": {"type": "filebeat"}}}).to_string()
            }),
        ),
        encoded("Loki's answer", loki.to_string()),
        encoded(
            "logcli -o jsonl",
            lines(events, |event, at| {
                json!({"labels": {"job": "audit"}, "line": event.to_string(), "timestamp": at}).to_string()
            }),
        ),
        encoded(
            "Splunk's JSON",
            lines(events, |event, at| {
                json!({"preview": false, "offset": 1, "result": {"_time": at, "host": "node-1", "source": "audit", "_raw": event.to_string()}}).to_string()
            }),
        ),
        encoded(
            "Splunk's CSV",
            format!(
                "\"_time\",\"_raw\",host\n{}",
                lines(events, |event, at| { format!("\"{at}\",{},node-1", quoted(&event.to_string())) })
            ),
        ),
        encoded("Datadog's events", json!({"data": datadog, "meta": {"page": {"after": "x"}}}).to_string()),
        encoded(
            "Datadog's archive",
            lines(events, |event, at| {
                json!({"_id": "A", "date": at, "service": "kube-apiserver", "attributes": event, "message": "audit"}).to_string()
            }),
        ),
    ]
}

/// Envelopes of a node around the lines of a container.
fn nodes(events: &[Value]) -> Vec<Encoded> {
    vec![
        encoded(
            "journald's JSON",
            lines(events, |event, _| {
                json!({"__REALTIME_TIMESTAMP": "1772359200000000", "_SYSTEMD_UNIT": "kubelet.service", "MESSAGE": event.to_string()}).to_string()
            }),
        ),
        encoded(
            "a container's log in a collector's envelope",
            lines(events, |event, at| {
                json!({"time": at, "stream": "stdout", "log": format!("{event}\n"), "kubernetes": {"pod_name": "kube-apiserver", "labels": {"a": "b"}}}).to_string()
            }),
        ),
    ]
}

fn google(events: &[Value]) -> Vec<Encoded> {
    let payload = |event: &Value| {
        let verb = event["verb"].as_str().unwrap();
        let name = event["requestURI"].as_str().unwrap().trim_start_matches("/apis/").to_owned();
        json!({
            "methodName": format!("io.k8s.apps.v1.deployments.{verb}"), "resourceName": name, "serviceName": "k8s.io",
            "authenticationInfo": {"principalEmail": event["user"]["username"]},
            "requestMetadata": {"callerSuppliedUserAgent": event["userAgent"]},
        })
    };
    let entry = |event: &Value| {
        let mut payload = payload(event);
        payload["request"] = event["requestObject"].clone();
        payload["response"] = event["responseObject"].clone();
        json!({"insertId": event["auditID"], "timestamp": event["stageTimestamp"], "protoPayload": payload, "logName": "projects/p/logs/x"})
    };
    let big_query = |event: &Value| {
        let mut payload = payload(event);
        if event["requestObject"].is_object() {
            payload["requestJson"] = event["requestObject"].to_string().into();
        }
        payload["responseJson"] = event["responseObject"].to_string().into();
        json!({"insertId": event["auditID"], "timestamp": column_time(event["stageTimestamp"].as_str().unwrap()) + " UTC",
               "logName": "projects/p/logs/x", "protopayload_auditlog": payload, "severity": "NOTICE"})
    };
    let all = |each: &dyn Fn(&Value) -> Value| -> Vec<Value> { events.iter().map(each).collect() };
    vec![
        encoded("gcloud logging read", format!("{:#}", json!(all(&entry)))),
        encoded("Google's log entries as lines", lines(events, |event, _| entry(event).to_string())),
        encoded("BigQuery as lines", lines(events, |event, _| big_query(event).to_string())),
        encoded("BigQuery as an array", json!(all(&big_query)).to_string()),
    ]
}

/// Google's entries have one time only.
pub fn without_starts(events: &[Value]) -> Vec<Value> {
    let mut events = events.to_vec();
    for event in &mut events {
        event["requestReceivedTimestamp"] = event["stageTimestamp"].clone();
    }
    events
}

/// Dialects with all that an audit event has.
pub fn all(events: &[Value]) -> Vec<Encoded> {
    let noisy = ["", "-- Logs begin at Sun 2026-03-01 --", "{\"level\": \"not an event\"}", "==> audit.log <=="];
    let mut mixed = String::new();
    for (number, event) in events.iter().enumerate() {
        mixed.push_str(&format!("{event}\n"));
        mixed.push_str(noisy[number % noisy.len()]);
        mixed.push('\n');
    }
    // An event that is cut off, as at the end of a file that is still written.
    mixed.push_str("{\"kind\":\"Event\",\"auditID\":\"cut");
    let noise = (0..events.len()).filter(|number| number % noisy.len() != 0).count() as u64 + 1;
    let mixed = Encoded { name: "noise between the lines", bytes: mixed.into_bytes(), noise };
    [prefixed(events), clouds(events), collectors(events), nodes(events), vec![mixed]].into_iter().flatten().collect()
}

/// Google's dialects.
pub fn all_of_google(events: &[Value]) -> Vec<Encoded> {
    google(events)
}
