//! Requests and responses: HAR files, client-go's log, spans of an API server.

use serde_json::{Value, json};

use super::dialects::fight;
use super::findings::findings;
use super::imported::{Made, made};

/// The calls without their numbers and times.
fn calls(made: &Made) -> Vec<String> {
    made.listing().iter().map(|line| line.splitn(3, ' ').nth(2).unwrap().to_owned()).collect()
}

/// What the audit log of the same calls gives; a client does not know its user.
fn expected(events: &[Value]) -> Vec<String> {
    calls(&made(super::audit::lines(events)))
        .iter()
        .map(|line| {
            let (call, rest) = line.split_once(" by ").unwrap();
            let (actor, outcome) = rest.split_once(": ").unwrap();
            format!("{call} by {}: {outcome}", actor.rsplit(['/', ':']).next().unwrap())
        })
        .collect()
}

fn method(event: &Value) -> &'static str {
    if event["verb"] == "update" { "PUT" } else { "GET" }
}

fn text(body: &Value) -> String {
    if body.is_null() { String::new() } else { body.to_string() }
}

fn same_trouble(made: &Made) {
    let found = findings(made);
    assert!(found.len() == 1 && found[0].starts_with("two-writers: "), "{found:?}");
}

#[test]
fn a_har_file() {
    let events = fight();
    let entry = |event: &Value| {
        json!({"startedDateTime": event["requestReceivedTimestamp"], "time": 20,
            "request": {"method": method(event), "url": format!("https://10.0.0.1:6443{}", event["requestURI"].as_str().unwrap()),
                "headers": [{"name": "user-agent", "value": event["userAgent"]}, {"name": "authorization", "value": "Bearer hunter2"}],
                "postData": {"mimeType": "application/json", "text": text(&event["requestObject"])}},
            "response": {"status": 200, "headers": [{"name": "Audit-Id", "value": event["auditID"]}],
                "content": {"mimeType": "application/json", "text": text(&event["responseObject"])}}})
    };
    let har =
        json!({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": events.iter().map(entry).collect::<Vec<_>>()}});
    for text in [har.to_string(), format!("{har:#}")] {
        let made = made(text);
        assert_eq!((calls(&made), made.summary.unreadable), (expected(&events), 0));
        same_trouble(&made);
        let bytes = std::fs::read(&made.path).unwrap();
        assert!(memchr::memmem::find(&bytes, b"hunter2").is_none(), "a token is not recorded");
    }
}

/// The log of client-go before and after it became structured.
fn client_go(events: &[Value], structured: bool) -> String {
    let mut log = String::new();
    for (number, event) in events.iter().enumerate() {
        let at = |field: &str| {
            let at = event[field].as_str().unwrap();
            format!("I0301 {}", at[11..].trim_end_matches('Z'))
        };
        let (start, end) = (at("requestReceivedTimestamp"), at("stageTimestamp"));
        let (method, url) = (method(event), format!("https://10.0.0.1:6443{}", event["requestURI"].as_str().unwrap()));
        let (request, response) = (text(&event["requestObject"]), text(&event["responseObject"]));
        let agent = event["userAgent"].as_str().unwrap();
        let quoted = |text: &str| Value::from(text).to_string();
        let lines = if structured {
            vec![
                (!request.is_empty()).then(|| format!("{start}    7 type.go:165] \"Request Body\" body={}", quoted(&request))),
                Some(format!(
                    "{start}    7 round_trippers.go:527] \"Request\" verb=\"{method}\" url=\"{url}\" headers=<\n\tAccept: application/json\n\tUser-Agent: {agent}\n >"
                )),
                Some(format!(
                    "{end}    7 round_trippers.go:632] \"Response\" status=\"200 OK\" headers=<\n\tAudit-Id: {}\n > milliseconds=20",
                    event["auditID"].as_str().unwrap()
                )),
                Some(format!("{end}    7 type.go:165] \"Response Body\" body=<\n\t{response}\n >")),
            ]
        } else if number % 2 == 0 {
            vec![
                (!request.is_empty()).then(|| format!("{start}    7 request.go:1171] Request Body: {request}")),
                Some(format!("{start}    7 round_trippers.go:463] {method} {url}")),
                Some(format!("{start}    7 round_trippers.go:469] Request Headers:")),
                Some(format!("{start}    7 round_trippers.go:473]     User-Agent: {agent}")),
                Some(format!("{end}    7 round_trippers.go:574] Response Status: 200 OK in 20 milliseconds")),
                Some(format!("{end}    7 round_trippers.go:577] Response Headers:")),
                Some(format!("{end}    7 round_trippers.go:580]     Audit-Id: {}", event["auditID"].as_str().unwrap())),
                Some(format!("{end}    7 request.go:1171] Response Body: {response}")),
            ]
        } else {
            vec![
                (!request.is_empty()).then(|| format!("{start}    7 request.go:1171] Request Body: {request}")),
                Some(format!(
                    "{start}    7 round_trippers.go:466] curl -v -X{method}  -H \"User-Agent: {agent}\" -H \"Accept: application/json\" '{url}'"
                )),
                Some(format!("{start}    7 round_trippers.go:510] HTTP Trace: Dial to tcp:10.0.0.1:6443 succeed")),
                Some(format!("{end}    7 round_trippers.go:553] {method} {url} 200 OK in 20 milliseconds")),
                Some(format!("{end}    7 round_trippers.go:570] HTTP Statistics: GetConnection 0 ms Duration 20 ms")),
                Some(format!("{end}    7 round_trippers.go:577] Response Headers:")),
                Some(format!("{end}    7 request.go:1171] Response Body: {response}")),
            ]
        };
        for line in lines.into_iter().flatten() {
            log.push_str(&line);
            log.push('\n');
        }
    }
    log
}

#[test]
fn the_log_of_client_go_in_both_forms() {
    let events = fight();
    for structured in [false, true] {
        let made = made(client_go(&events, structured));
        assert_eq!((calls(&made), made.summary.unreadable), (expected(&events), 0), "{structured}");
        same_trouble(&made);
    }
}

#[test]
fn a_cut_body_of_client_go_is_no_body() {
    let log = "I0301 10:00:00.000000    7 round_trippers.go:463] GET https://10.0.0.1:6443/api/v1/namespaces/shop/pods\n\
               I0301 10:00:00.020000    7 round_trippers.go:574] Response Status: 200 OK in 20 milliseconds\n\
               I0301 10:00:00.020000    7 request.go:1171] Response Body: {\"kind\":\"PodList\",\"items\":[ [truncated 12345 chars]\n\
               I0301 10:00:01.000000    7 cmd.go:12] done\n";
    let made = made(log);
    assert_eq!(calls(&made), ["list 200 Pod/shop by client: done"]);
    assert_eq!(made.open.session().log_lines, 1);
}

#[test]
fn spans_of_the_api_server_are_requests_without_bodies() {
    let nanos = |event: &Value, field: &str| {
        let at: jiff::Timestamp = event[field].as_str().unwrap().parse().unwrap();
        at.as_nanosecond().to_string()
    };
    let text = |key: &str, value: &Value| json!({"key": key, "value": {"stringValue": value}});
    let spans: Vec<Value> = fight()
        .iter()
        .flat_map(|event| {
            [
                json!({"traceId": "t", "spanId": "1", "parentSpanId": "0", "name": "Update", "kind": 1,
                    "startTimeUnixNano": nanos(event, "requestReceivedTimestamp"), "endTimeUnixNano": nanos(event, "stageTimestamp"),
                    "attributes": [text("audit-id", &event["auditID"])]}),
                json!({"traceId": "t", "spanId": "0", "name": "KubernetesAPI", "kind": 2,
                    "startTimeUnixNano": nanos(event, "requestReceivedTimestamp"), "endTimeUnixNano": nanos(event, "stageTimestamp"),
                    "attributes": [text("http.method", &method(event).into()), text("http.target", &event["requestURI"]),
                        text("http.user_agent", &event["userAgent"]), {"key": "http.status_code", "value": {"intValue": "200"}}]}),
            ]
        })
        .collect();
    let file = json!({"resourceSpans": [{"resource": {"attributes": [text("service.name", &"apiserver".into())]},
        "scopeSpans": [{"scope": {"name": "otelhttp"}, "spans": spans}]}]});
    for text in [format!("{file}\n{file}\n").lines().next().unwrap().to_owned(), format!("{file:#}")] {
        let made = made(text);
        assert_eq!((made.listing().len(), made.summary.unreadable), (25, 0), "{:?}", made.summary.first_unreadable);
        assert!(calls(&made)[0].starts_with("update 200 Deployment/shop/checkout by checkout: done"), "{:?}", calls(&made)[0]);
    }
}
