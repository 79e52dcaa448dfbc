//! Everything that looks like a secret, in every place: none of it is in the file, as it is or decoded.

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;
use kuberewind_capture::{Ending, Limits, Message, PrintedLine, SpanEnded, SpanObject, SpanStarted};
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter, verify};
use kuberewind_model::{LogStream, SpanKey, SpanResult, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::feed::{Ask, Feed};

/// A text with a secret, and the parts of it that must not be stored.
struct Look {
    name: &'static str,
    text: String,
    needles: Vec<String>,
}

fn look(name: &'static str, text: impl Into<String>, needles: &[&str]) -> Look {
    Look { name, text: text.into(), needles: needles.iter().map(|needle| (*needle).to_owned()).collect() }
}

fn packed(text: &str) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(gzip.finish().unwrap())
}

/// A Helm release, whose Secret has a value that nothing else announces.
fn release(value: &str) -> String {
    let manifest = format!(
        "---\n# Source: shop/templates/a.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  name: h\nstringData:\n  key: {value}\n---\nkind: Pod\n"
    );
    let words: String = (0..200).map(|n| format!("word{} ", n * 7919 % 1_000)).collect();
    packed(
        &json!({"name": "shop", "config": {"adminPassword": "Wh1rl-HELM-98"}, "notes": words, "manifest": manifest}).to_string(),
    )
}

fn looks() -> Vec<Look> {
    let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ3aGlybCJ9.c2lnbmF0dXJlLXdoaXJs";
    let pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIPemKeyWhirlAA\nqzEWhirlBB==\n-----END EC PRIVATE KEY-----";
    let kubeconfig = "apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user:\n    token: Wh1rl-KC-99\n    password: Wh1rl-KP-99\n    client-key-data: TUlJRXBBSUJBV2hpcmw=\n";
    let as_json =
        json!({"kind": "Config", "users": [{"user": {"token": "Wh1rl-KJ-99", "client-key-data": "TUlJRXBBSUJBV2hpcmwy"}}]});
    let docker =
        json!({"auths": {"r.io": {"username": "me", "password": "Wh1rl-DP-99", "auth": STANDARD.encode("me:Wh1rl-DA-99")}}});
    let account = json!({"type": "service_account", "private_key_id": "1", "private_key": pem.replace("MHc", "MIG"), "client_email": "a@b.c"});
    let helm = release("Wh1rl-HELM-97-in-a-manifest");
    vec![
        look("a password in a URL", "dial postgres://app:Wh1rl-URL-99@db:5432/x", &["Wh1rl-URL-99"]),
        look("a private key", pem, &["MHcCAQEEIPemKeyWhirlAA", "qzEWhirlBB"]),
        look("a web token", format!("got {token}"), &["c2lnbmF0dXJlLXdoaXJs", "eyJzdWIiOiJ3aGlybCJ9"]),
        look("a bearer token", "Authorization: Bearer Wh1rlBearer99", &["Wh1rlBearer99"]),
        look(
            "an AWS key",
            "aws_access_key_id = AKIAWHIRLWHIRLWHIRL9\naws_secret_access_key = Wh1rlAwsSecret/99",
            &["AKIAWHIRLWHIRLWHIRL9", "Wh1rlAwsSecret"],
        ),
        look("a GitHub token", format!("use ghp_{}", "Wh1r".repeat(9)), &["Wh1rWh1r"]),
        look("a Slack token", "use xoxb-999999999999-Wh1rlSlack", &["Wh1rlSlack"]),
        look("a Google key", format!("use AIza{}", "Wh1rG".repeat(7)), &["Wh1rGWh1rG"]),
        look("a Google account", account.to_string(), &["MIGCAQEEIPemKeyWhirlAA"]),
        look("a bootstrap token", "kubeadm join --token abcdef.0123456789whirl9", &["0123456789whirl9"]),
        look("an argument", "server --password=Wh1rl-ARG-99 --v=2", &["Wh1rl-ARG-99"]),
        look("a kubeconfig", kubeconfig, &["Wh1rl-KC-99", "Wh1rl-KP-99", "TUlJRXBBSUJBV2hpcmw"]),
        look("a kubeconfig in JSON", as_json.to_string(), &["Wh1rl-KJ-99", "TUlJRXBBSUJBV2hpcmwy"]),
        look("a Docker configuration", docker.to_string(), &["Wh1rl-DP-99", "Wh1rl-DA-99", "bWU6V2gxcmwtREE"]),
        look("properties", "spring.datasource.password=Wh1rl-PROP-99\nurl=x", &["Wh1rl-PROP-99"]),
        look(
            "JSON in a text",
            r#"{"a":{"clientSecret":"Wh1rl-JSON-99","apiKey":"Wh1rl-JSON-98"}}"#,
            &["Wh1rl-JSON-99", "Wh1rl-JSON-98"],
        ),
        look("a connection string", "Server=db;User=a;Pwd=Wh1rl-PWD-99;Database=x", &["Wh1rl-PWD-99"]),
        look("a SAS token", "sasToken: Wh1rl-SAS-99", &["Wh1rl-SAS-99"]),
        look("a Helm release", helm.clone(), &[&helm[..60], &helm[100..160]]),
        look("a Helm release in a Secret", STANDARD.encode(&helm), &[&helm[100..160], &STANDARD.encode(&helm)[100..160]]),
    ]
}

const MAPS: &str = "/api/v1/namespaces/shop/configmaps";

fn metadata(name: &str, text: &str) -> Value {
    json!({"name": name, "namespace": "shop", "uid": format!("u-{name}"), "resourceVersion": "7", "annotations": {
        "objectset.rio.cattle.io/applied": text, "example.com/note": text,
        "kubectl.kubernetes.io/last-applied-configuration": json!({"kind": "ConfigMap", "data": {"a": text}}).to_string(),
    }})
}

/// Bodies that hold the text, each of another kind.
fn bodies(text: &str) -> Vec<(&'static str, &'static str, Value)> {
    let containers = json!([{"name": "c", "env": [{"name": "CONFIG", "value": text}], "args": ["run", text], "command": [text]}]);
    vec![
        (
            "/api/v1",
            "configmaps",
            json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": metadata("m", text), "data": {"file.conf": text}}),
        ),
        (
            "/api/v1",
            "pods",
            json!({"kind": "Pod", "apiVersion": "v1", "metadata": metadata("p", ""), "spec": {"containers": containers}}),
        ),
        (
            "/api/v1",
            "events",
            json!({"kind": "Event", "apiVersion": "v1", "metadata": metadata("e", ""), "message": text, "reason": "Failed"}),
        ),
        (
            "/apis/x.io/v1",
            "widgets",
            json!({"kind": "Widget", "apiVersion": "x.io/v1", "metadata": metadata("w", ""), "spec": {"deep": [{"note": text}]}, "status": {"conditions": [{"type": "Ready", "message": text}]}}),
        ),
    ]
}

/// Puts the text into every place.
fn everywhere(feed: &mut Feed, text: &str) {
    for (group, resource, body) in bodies(text) {
        let all = format!("{group}/namespaces/shop/{resource}");
        let one = format!("{all}/{}", body["metadata"]["name"].as_str().unwrap());
        let body = body.to_string();
        feed.exchange(&Ask::new(Method::POST, &all).with("application/json", &body), 201, &body);
        feed.exchange(&Ask::new(Method::PATCH, &one).with("application/merge-patch+json", &body), 200, &body);
        feed.exchange(&Ask::new(Method::PATCH, &one).with("application/apply-patch+yaml", &body), 200, &body);
        let patch = json!([{"op": "add", "path": "/data/x", "value": text}]).to_string();
        feed.exchange(&Ask::new(Method::PATCH, &one).with("application/json-patch+json", &patch), 200, &body);
        feed.exchange(&Ask::get(&all), 200, &format!(r#"{{"kind":"List","apiVersion":"v1","metadata":{{}},"items":[{body}]}}"#));
        let table = format!(
            r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{{"cells":[{}],"object":{body}}}]}}"#,
            Value::from(text)
        );
        feed.exchange(&Ask::get(&all), 200, &table);
        let watch = feed.start(&Ask::get(&format!("{all}?watch=true")));
        feed.head(watch, 200);
        feed.chunk(watch, format!("{{\"type\":\"MODIFIED\",\"object\":{body}}}\n").as_bytes());
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": text, "reason": "Invalid", "details": {"causes": [{"message": text}]}, "code": 422});
        feed.exchange(&Ask::new(Method::PUT, &one).with("application/json", &body), 422, &status.to_string());
    }
    let query = format!("{MAPS}?labelSelector={}", utf8_percent_encode(text, NON_ALPHANUMERIC));
    feed.exchange(&Ask::get(&query), 200, r#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[]}"#);
    let proxied = "/api/v1/namespaces/shop/services/web/proxy/login";
    feed.exchange(
        &Ask::new(Method::POST, proxied).with("application/json", &json!({"x": text}).to_string()),
        200,
        &json!([text]).to_string(),
    );
    let call = feed.start(&Ask::get("/api/v1/pods"));
    feed.end(call, Ending::Failed(text.to_owned()));
    log(feed, text);
    log(feed, &format!("level=info msg=\"{}\"", text.replace('"', "\\\"").replace('\n', "\\n")));
    log(feed, &json!({"level": "info", "msg": text}).to_string());
    reconcile(feed, text);
}

/// A program prints line by line.
fn log(feed: &mut Feed, text: &str) {
    for line in text.lines() {
        let at = feed.now();
        let printed = PrintedLine { at, stream: LogStream::Stderr, level: "info".into(), span: None, text: line.to_owned() };
        feed.capture.take(Message::Log(Box::new(printed)));
    }
}

fn reconcile(feed: &mut Feed, text: &str) {
    let (span, at) = (SpanKey(feed.now().0.unsigned_abs()), feed.now());
    let object = SpanObject { kind: "Pod".into(), name: "p".into(), namespace: "shop".into(), ..SpanObject::default() };
    let (actor, label) = (Some("op".into()), "".into());
    feed.capture.take(Message::SpanStarted(Box::new(SpanStarted { span, at, actor, label, object, reason: text.into() })));
    let (result, error) = (SpanResult::Error, text.to_owned());
    feed.capture.take(Message::SpanEnded(Box::new(SpanEnded { span, at, result, error, requeue_after: None })));
}

/// Values that are secrets by the key before them.
fn by_their_keys(feed: &mut Feed) {
    let keys = [
        "password",
        "token",
        "secretKey",
        "apiKey",
        "clientSecret",
        "privateKey",
        "sasToken",
        "pwd",
        "DB_PASSWORD",
        "accessToken",
    ];
    let value = |key: &str| format!("Wh1rl-KEY-{key}");
    let spec: serde_json::Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), Value::from(value(key)))).collect();
    let env: Vec<Value> = keys.iter().map(|key| json!({"name": key, "value": value(key)})).collect();
    let args: Vec<String> = keys.iter().flat_map(|key| [format!("--{key}"), value(key)]).collect();
    let bodies = [
        (
            "/apis/x.io/v1/namespaces/shop/widgets",
            json!({"kind": "Widget", "apiVersion": "x.io/v1", "metadata": {"name": "k", "namespace": "shop"}, "spec": {"db": spec.clone()}}),
        ),
        (
            "/api/v1/namespaces/shop/pods",
            json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "k", "namespace": "shop"}, "spec": {"containers": [{"name": "c", "env": env, "args": args}]}}),
        ),
        (
            "/api/v1/namespaces/shop/configmaps",
            json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "k", "namespace": "shop"}, "data": spec}),
        ),
        (
            "/apis/oauth.openshift.io/v1/oauthclients",
            json!({"kind": "OAuthClient", "apiVersion": "oauth.openshift.io/v1", "metadata": {"name": "k"}, "secret": "Wh1rl-KEY-oauth", "additionalSecrets": ["Wh1rl-KEY-more"]}),
        ),
    ];
    for (path, body) in bodies {
        let body = body.to_string();
        feed.exchange(&Ask::new(Method::POST, path).with("application/json", &body), 201, &body);
        feed.exchange(&Ask::new(Method::PATCH, &format!("{path}/k")).with("application/apply-patch+yaml", &body), 200, &body);
    }
    let query: Vec<String> =
        ["token", "password", "sig", "code", "api_key"].iter().map(|key| format!("{key}=Wh1rl-KEY-query")).collect();
    feed.exchange(&Ask::get(&format!("{MAPS}?{}", query.join("&"))), 200, r#"{"kind":"ConfigMapList","items":[]}"#);
}

/// The values of a Helm release's Secrets are secrets elsewhere too.
fn what_a_release_holds(feed: &mut Feed) {
    let secret = json!({
        "kind": "Secret", "apiVersion": "v1", "type": "helm.sh/release.v1", "metadata": {"name": "sh.helm.release.v1.shop.v1", "namespace": "shop"},
        "data": {"release": STANDARD.encode(release("Wh1rl-HELM-97-in-a-manifest"))},
    });
    feed.exchange(&Ask::get("/api/v1/namespaces/shop/secrets/sh.helm.release.v1.shop.v1"), 200, &secret.to_string());
    let map = json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "h", "namespace": "shop"}, "data": {"a": "uses Wh1rl-HELM-97-in-a-manifest and Wh1rl-HELM-98"}});
    feed.exchange(&Ask::get(&format!("{MAPS}/h")), 200, &map.to_string());
}

fn record(path: &Path, tell: impl FnOnce(&mut Feed)) {
    let writer = SessionWriter::begin(path, NewSession::new("looks", Timestamp(0), 7)).unwrap();
    let mut feed = Feed::into_sink(Box::new(writer), Limits::default());
    tell(&mut feed);
    feed.capture.finish().unwrap();
}

/// The file's bytes, and every text of it, also as what a reader of JSON sees.
fn contents(path: &Path) -> (Vec<u8>, String) {
    let report = verify(path, &OpenOptions::default(), false).unwrap();
    assert!(report.is_fine(), "{:?}", report.findings);
    let mut decoded = String::new();
    let recording = Recording::open(path, &OpenOptions::default()).unwrap();
    recording
        .visit_texts(&mut |_, text| {
            decoded.push_str(text);
            decoded.push('\n');
            if let Ok(body) = serde_json::from_str::<Value>(text) {
                decoded.push_str(&crate::matrix::strings(&body));
            }
            true
        })
        .unwrap();
    (std::fs::read(path).unwrap(), decoded)
}

fn found(path: &Path, needles: &[String], what: &str) -> Vec<String> {
    let (raw, decoded) = contents(path);
    assert!(decoded.contains("redacted:"), "{what}: the search covers the recording");
    let mut found = Vec::new();
    for needle in needles {
        if let Some(at) = decoded.find(needle.as_str()) {
            let before: String = decoded[..at].chars().rev().take(90).collect::<Vec<_>>().into_iter().rev().collect();
            found.push(format!("{what}: …{before}{needle}…"));
        } else if memchr::memmem::find(&raw, needle.as_bytes()).is_some() {
            found.push(format!("{what}: {needle} in the bytes"));
        }
    }
    found
}

#[test]
fn nothing_that_looks_like_a_secret_is_anywhere_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut hits = Vec::new();
    for (at, look) in looks().into_iter().enumerate() {
        let path = folder.path().join(format!("{at}.db"));
        record(&path, |feed| everywhere(feed, &look.text));
        hits.extend(found(&path, &look.needles, look.name));
    }
    assert!(hits.is_empty(), "{}", hits.join("\n"));
}

#[test]
fn values_after_the_keys_of_secrets_are_nowhere_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.db");
    record(&path, by_their_keys);
    assert_eq!(found(&path, &["Wh1rl-KEY".to_owned()], "by its key"), Vec::<String>::new());
}

#[test]
fn the_secrets_in_a_helm_release_are_secrets_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("helm.db");
    record(&path, what_a_release_holds);
    assert_eq!(found(&path, &["Wh1rl-HELM".to_owned()], "from a release"), Vec::<String>::new());
}
