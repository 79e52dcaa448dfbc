//! No secret reaches the file: not its raw bytes, its write-ahead log, or anything decoded, queried or exported.

use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{History, LogStream};
use kuberewind_proxy::child::output::OutputLine;
use kuberewind_proxy::console::{Console, LogTriggers};
use serde_json::{Value, json};

use super::leaving;
use super::program::ask;
use super::server::{Server, json as answered, whole};
use super::test_proxy::{RecordedRun, TestProxy};

const VALUE: &str = "correct-horse-battery-staple";
const UPSTREAM_TOKEN: &str = "0pen-sesame-upstream";

fn base64() -> String {
    BASE64_STANDARD.encode(VALUE)
}

fn secret(name: &str) -> String {
    let data = base64();
    format!(
        r#"{{"kind":"Secret","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"u-{name}","resourceVersion":"5","annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{{\"kind\":\"Secret\",\"data\":{{\"password\":\"{data}\"}}}}"}}}},"data":{{"password":"{data}"}},"stringData":{{"plain":"{VALUE}"}}}}"#
    )
}

/// A patch of every media type, including an unreadable one.
fn patches() -> Vec<(&'static str, String)> {
    let data = base64();
    vec![
        ("application/merge-patch+json", format!(r#"{{"data":{{"password":"{data}"}}}}"#)),
        ("application/strategic-merge-patch+json", format!(r#"{{"stringData":{{"password":"{VALUE}"}}}}"#)),
        ("application/json-patch+json", format!(r#"[{{"op":"replace","path":"/data/password","value":"{data}"}}]"#)),
        ("application/json-patch+json", format!(r#"[{{"op":"test","path":"","value":{}}}]"#, secret("a"))),
        (
            "application/apply-patch+yaml",
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  password: {VALUE}\n  longer: |\n    {VALUE}\n    more\n"
            ),
        ),
        ("application/apply-patch+yaml", secret("a")),
        ("application/apply-patch+cbor", format!("\u{1}{VALUE}")),
        ("application/json", format!("{{\"data\": \"{VALUE}")),
    ]
}

/// A refusal that quotes the request, as validation does.
fn refusal() -> http::Response<super::server::Body> {
    let message = format!("Secret \\\"refused\\\" is invalid: data[password]: Invalid value: \\\"{VALUE}\\\"");
    let cause = format!("Invalid value: \\\"{}\\\": too short", base64());
    answered(
        422,
        format!(
            r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{message}","reason":"Invalid","details":{{"name":"refused","kind":"Secret","causes":[{{"reason":"FieldValueInvalid","message":"{cause}","field":"data[password]"}}]}},"code":422}}"#
        ),
    )
}

async fn answer(request: http::Request<hyper::body::Incoming>) -> http::Response<super::server::Body> {
    let (path, method) = (request.uri().to_string(), request.method().clone());
    request.into_body().collect().await.expect("a body");
    if path.contains("refused") {
        return refusal();
    }
    if path.contains("watch=true") {
        let event = |kind: &str| format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", secret("a"));
        let failed =
            format!("{{\"type\":\"ERROR\",\"object\":{{\"kind\":\"Status\",\"message\":\"Secret a: {VALUE}\",\"code\":500}}}}\n");
        return answered(200, ["ADDED", "MODIFIED", "DELETED"].map(event).concat() + &failed);
    }
    if path.contains("serviceaccounts") {
        let token =
            format!(r#"{{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{{"token":"{VALUE}"}}}}"#);
        return answered(201, token);
    }
    if path.contains("tokenreviews") {
        let review = format!(r#"{{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{{"token":"{VALUE}"}}}}"#);
        return answered(201, review);
    }
    if path.ends_with("/secrets") && method == http::Method::GET {
        let list = r#"{"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":["#;
        return answered(200, format!("{list}{},{}]}}", secret("a"), secret("b")));
    }
    if path.contains("unreadable") {
        let mut response = http::Response::new(whole(format!("\u{1}{VALUE}")));
        response.headers_mut().insert("content-encoding", "zstd".parse().expect("a value"));
        return response;
    }
    if path.contains("configmaps") {
        // It contains a kubeconfig.
        return answered(
            200,
            format!(
                r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"k","namespace":"shop"}},"data":{{"config":"token: {UPSTREAM_TOKEN}"}}}}"#
            ),
        );
    }
    answered(200, secret("a"))
}

async fn traffic(proxy: &TestProxy) {
    let send = async |method: &str, path: &str, media_type: &str, body: String| {
        let request = proxy.request(method, path).header("content-type", media_type).header("x-vault-token", VALUE);
        let request = request.header("cookie", VALUE).body(Full::from(Bytes::from(body))).expect("a request");
        proxy.send(request).await.expect("an answer").into_body().collect().await.expect("a body");
    };
    let (all, one, refused) =
        ("/api/v1/namespaces/shop/secrets", "/api/v1/namespaces/shop/secrets/a", "/api/v1/namespaces/shop/secrets/refused");
    for path in [all.to_owned(), format!("{all}?fieldManager=refused")] {
        send("POST", &path, "application/json", secret("a")).await;
        send("POST", &path, "application/vnd.kubernetes.protobuf", format!("k8s\0{VALUE}")).await;
    }
    for path in [one, refused] {
        send("PUT", path, "application/json", secret("a")).await;
        for (media_type, body) in patches() {
            send("PATCH", path, media_type, body).await;
        }
    }
    send("GET", all, "", String::new()).await;
    send("GET", one, "", String::new()).await;
    send("GET", "/api/v1/namespaces/shop/secrets/unreadable", "", String::new()).await;
    send("GET", &format!("{all}?watch=true"), "", String::new()).await;
    send("GET", &format!("{all}?labelSelector=password%3D{VALUE}"), "", String::new()).await;
    send("GET", "/api/v1/namespaces/shop/configmaps/k", "", String::new()).await;
    send("POST", "/api/v1/namespaces/shop/serviceaccounts/a/token", "application/json", "{}".into()).await;
    let review = format!(r#"{{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{{"token":"{VALUE}"}}}}"#);
    send("POST", "/apis/authentication.k8s.io/v1/tokenreviews", "application/json", review).await;
    send("POST", &format!("/api/v1/namespaces/shop/pods/a/exec?command=login&command={VALUE}"), "", String::new()).await;
    send("DELETE", one, "application/json", "{}".into()).await;
}

/// A user's kubeconfig with a token and a client key; returns the file and the key.
fn kubeconfig(folder: &Path, server: &str) -> (PathBuf, String) {
    let made = rcgen::generate_simple_self_signed(vec!["user".to_owned()]).expect("a certificate");
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let file = folder.join("upstream-with-key");
    let user = serde_json::json!({
        "token": UPSTREAM_TOKEN,
        "client-certificate-data": BASE64_STANDARD.encode(certificate), "client-key-data": BASE64_STANDARD.encode(&key),
    });
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}], "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
    });
    std::fs::write(&file, config.to_string()).expect("written");
    (file, key)
}

/// Output of a careless program.
fn printed(token: &str, key: &str) -> Vec<String> {
    let mut lines = vec![
        format!("calling with Authorization: Bearer {token} and Bearer {UPSTREAM_TOKEN}"),
        format!("token is {token}, the other one {UPSTREAM_TOKEN}"),
        format!("kubeconfig: {{\"client-key-data\":\"{}\"}}", BASE64_STANDARD.encode(key)),
        format!("the key as it is: {}", BASE64_STANDARD.encode(key)),
        format!("the password is {VALUE}, in base64 {}", base64()),
    ];
    lines.extend(key.lines().map(str::to_owned));
    lines
}

/// Everything that can be decoded from the recording, as one text.
fn decoded(run: &RecordedRun) -> String {
    let mut text = String::new();
    let lineage = run.recording.lineage(run.session().no).expect("a lineage");
    for operation in run.operations() {
        text.push_str(&format!("{operation:?}\n{:?}\n", run.detail(operation.seq)));
        let items = run.recording.list_items(&lineage, operation.seq, 0, 100).expect("items");
        let versions = items.into_iter().filter_map(|(_, version)| version).chain(operation.version);
        let shown = versions.filter_map(|version| run.recording.version(version).expect("read")?.body).collect::<Vec<_>>();
        for body in [operation.request_body, operation.response_body].into_iter().flatten().chain(shown) {
            text.push_str(&run.recording.body(body).expect("read").unwrap_or_default());
        }
    }
    run.log().iter().for_each(|line| text.push_str(&format!("{line:?}\n")));
    run.spans().iter().for_each(|span| text.push_str(&format!("{span:?}\n")));
    for gap in run.recording.gaps(&lineage, 1_000).expect("gaps") {
        text.push_str(&format!("{gap:?}\n"));
    }
    text
}

/// A server's audit log of the same traffic.
fn audit_log() -> String {
    let secret: Value = serde_json::from_str(&secret("a")).expect("JSON");
    let all = "/api/v1/namespaces/shop/secrets";
    let patch = |media_type: &str, body: Value| ("patch", format!("{all}/a?mt={media_type}"), 200, body, secret.clone());
    let readable = patches().into_iter().filter_map(|(media_type, body)| {
        let body = serde_json::from_str(&body).ok().or_else(|| serde_saphyr::from_str(&body).ok())?;
        Some(patch(media_type.split('/').next_back().unwrap_or_default(), body))
    });
    let list = json!({"kind": "SecretList", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}, "items": [secret]});
    let message_text = format!("Secret \"a\" is invalid: data[password]: Invalid value: \"{VALUE}\"");
    let refused = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message_text, "reason": "Invalid", "code": 422});
    let token = json!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "status": {"token": VALUE}});
    let others = [
        ("create", all.to_owned(), 201, secret.clone(), secret.clone()),
        ("list", all.to_owned(), 200, Value::Null, list),
        ("get", format!("{all}/a"), 200, Value::Null, secret.clone()),
        ("update", format!("{all}/a"), 422, secret.clone(), refused),
        ("create", "/api/v1/namespaces/shop/serviceaccounts/a/token".to_owned(), 201, json!({"kind": "TokenRequest"}), token),
    ];
    let events = others.into_iter().chain(readable).enumerate().map(|(at, (verb, uri, code, sent, answered))| {
        let time = format!("2026-03-01T10:00:{at:02}.000000Z");
        let message = if code == 422 { message_text.as_str() } else { "" };
        let event = json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": at.to_string(), "verb": verb,
            "stage": "ResponseComplete", "requestURI": uri, "user": {"username": "admin"}, "userAgent": "kubectl/v1.32.4",
            "responseStatus": {"metadata": {}, "code": code, "message": message}, "requestReceivedTimestamp": time,
            "stageTimestamp": time, "requestObject": sent, "responseObject": answered,
        });
        format!("{event}\n")
    });
    events.collect()
}

/// A saved watch of the same objects.
fn saved_watch() -> String {
    let event = |kind: &str| {
        let path = "/api/v1/namespaces/shop/secrets?watch=true";
        format!("{{\"ts\":\"2026-03-01T10:00:00Z\",\"path\":\"{path}\",\"type\":\"{kind}\",\"object\":{}}}\n", secret("a"))
    };
    ["ADDED", "MODIFIED", "DELETED"].map(event).concat()
}

/// The recordings of `import -o` as bytes, and the output of the commands.
fn imported(folder: &Path) -> Vec<u8> {
    let mut found = Vec::new();
    for (name, log) in [("audit", audit_log()), ("watch", saved_watch())] {
        assert_eq!(holds(log.as_bytes(), &[VALUE.to_owned(), base64()]).len(), 2, "{name}: the search can find a secret");
        std::fs::write(folder.join(format!("{name}.log")), log).expect("written");
        let out = format!("{name}.db");
        for format in ["text", "json"] {
            let ran = ask(folder, &["import", &format!("{name}.log"), "-o", &out, "--format", format]);
            assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
            found.extend([ran.stdout, ran.stderr].concat());
            found.extend(std::fs::read(folder.join(&out)).expect("imported"));
            if format == "text" {
                std::fs::remove_file(folder.join(&out)).expect("removed");
            }
        }
        let recording = Recording::open(&folder.join(&out), &OpenOptions::default()).expect("it opens");
        let operations = recording.sessions().expect("sessions")[0].operations;
        assert!(operations >= 3, "{name}: {operations} operations");
        found.extend(leaving::asked(folder, &out, operations).into_bytes());
        found.extend(leaving::exported(&folder.join(&out), operations).into_bytes());
    }
    found
}

/// The needles that are found.
fn holds(haystack: &[u8], needles: &[String]) -> Vec<String> {
    needles.iter().filter(|needle| memchr::memmem::find(haystack, needle.as_bytes()).is_some()).cloned().collect()
}

fn raw(folder: &Path) -> Vec<u8> {
    ["r.db", "r.db-wal", "r.db-journal"].iter().flat_map(|name| std::fs::read(folder.join(name)).unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_anywhere() {
    let server = Server::start(answer).await;
    let own = tempfile::tempdir().expect("a folder");
    let (file, key) = kubeconfig(own.path(), &format!("http://{}", server.address));
    let proxy = TestProxy::with("http://127.0.0.1:1", |options| options.kubeconfig.file = Some(file)).await;
    traffic(&proxy).await;
    assert_eq!(server.last().headers["authorization"], format!("Bearer {UPSTREAM_TOKEN}"), "the server gets the user's token");
    let console = Console::new(proxy.port.clone(), "test".into(), LogTriggers::default());
    for text in printed(&proxy.token, &key) {
        console.push(vec![OutputLine { at: proxy.port.now(), stream: LogStream::Stderr, text }]);
    }
    let mut needles = vec![VALUE.to_owned(), base64(), base64().trim_end_matches('=').to_owned(), proxy.token.clone()];
    needles.extend([UPSTREAM_TOKEN.to_owned(), BASE64_STANDARD.encode(&key)]);
    needles.extend(key.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned));
    assert_eq!(
        holds(printed(&proxy.token, &key).join("\n").as_bytes(), &needles).len(),
        needles.len(),
        "the search can find a secret"
    );
    let folder = proxy.folder.path().to_owned();
    let count = server.count();
    assert_eq!(holds(&raw(&folder), &needles), Vec::<String>::new(), "while the file is written");
    let run = proxy.end().await;
    assert!(run.operations().len() >= count, "all of it was recorded");
    assert_eq!(holds(&raw(&folder), &needles), Vec::<String>::new(), "in the file");
    let decoded = decoded(&run);
    assert!(decoded.matches("redacted:").count() > 50, "the search covers the recording");
    assert_eq!(holds(decoded.as_bytes(), &needles), Vec::<String>::new(), "in what is decoded");
    let (operations, outside) = (run.session().last.0, own.path().to_owned());
    let left = tokio::task::spawn_blocking(move || {
        let exported = leaving::exported(&folder.join("r.db"), operations).into_bytes();
        [leaving::asked(&folder, "r.db", operations).into_bytes(), exported, imported(&outside)]
    });
    for (what, text) in
        ["the program says of it", "the debugger exports", "was imported"].iter().zip(left.await.expect("no panic"))
    {
        assert!(memchr::memmem::find_iter(&text, "redacted").count() > 50, "the text of {what} is not empty");
        assert_eq!(holds(&text, &needles), Vec::<String>::new(), "in what {what}");
    }
    drop(run);
}
