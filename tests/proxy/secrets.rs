//! No secret reaches the file: not in its raw bytes, its write-ahead log included, and not in anything decoded, asked or exported.

use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use kuberewind::model::{History, LogStream, Seq};
use kuberewind::proxy::child::output::Printed;
use kuberewind::proxy::console::{Awaited, Console};

use super::program::ask;
use super::server::{Server, json, whole};
use super::world::{Told, World};

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

/// A patch of every media type, one that nobody can read among them.
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

/// A refusal that quotes what was sent, as validation does.
fn refusal() -> http::Response<super::server::Body> {
    let message = format!("Secret \\\"refused\\\" is invalid: data[password]: Invalid value: \\\"{VALUE}\\\"");
    let cause = format!("Invalid value: \\\"{}\\\": too short", base64());
    json(
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
        return json(200, ["ADDED", "MODIFIED", "DELETED"].map(event).concat() + &failed);
    }
    if path.contains("serviceaccounts") {
        let token =
            format!(r#"{{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{{"token":"{VALUE}"}}}}"#);
        return json(201, token);
    }
    if path.contains("tokenreviews") {
        let review = format!(r#"{{"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","spec":{{"token":"{VALUE}"}}}}"#);
        return json(201, review);
    }
    if path.ends_with("/secrets") && method == http::Method::GET {
        let list = r#"{"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":["#;
        return json(200, format!("{list}{},{}]}}", secret("a"), secret("b")));
    }
    if path.contains("unreadable") {
        let mut response = http::Response::new(whole(format!("\u{1}{VALUE}")));
        response.headers_mut().insert("content-encoding", "zstd".parse().expect("a value"));
        return response;
    }
    if path.contains("configmaps") {
        // Somebody has put a kubeconfig into it.
        return json(
            200,
            format!(
                r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"k","namespace":"shop"}},"data":{{"config":"token: {UPSTREAM_TOKEN}"}}}}"#
            ),
        );
    }
    json(200, secret("a"))
}

async fn traffic(world: &World) {
    let send = async |method: &str, path: &str, media_type: &str, body: String| {
        let request = world.request(method, path).header("content-type", media_type).header("x-vault-token", VALUE);
        let request = request.header("cookie", VALUE).body(Full::from(Bytes::from(body))).expect("a request");
        world.send(request).await.expect("an answer").into_body().collect().await.expect("a body");
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

/// A user's kubeconfig with a token and a client key of its own; the file and the key.
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

/// What a careless program prints.
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
fn decoded(told: &Told) -> String {
    let mut text = String::new();
    let lineage = told.recording.lineage(told.session().no).expect("a lineage");
    for operation in told.operations() {
        text.push_str(&format!("{operation:?}\n{:?}\n", told.detail(operation.seq)));
        let items = told.recording.list_items(&lineage, operation.seq, 0, 100).expect("items");
        let versions = items.into_iter().filter_map(|(_, version)| version).chain(operation.version);
        let shown = versions.filter_map(|version| told.recording.version(version).expect("read")?.body).collect::<Vec<_>>();
        for body in [operation.request_body, operation.response_body].into_iter().flatten().chain(shown) {
            text.push_str(&told.recording.body(body).expect("read").unwrap_or_default());
        }
    }
    told.log().iter().for_each(|line| text.push_str(&format!("{line:?}\n")));
    told.spans().iter().for_each(|span| text.push_str(&format!("{span:?}\n")));
    for gap in told.recording.gaps(&lineage, 1_000).expect("gaps") {
        text.push_str(&format!("{gap:?}\n"));
    }
    text
}

/// What the program says of the recording, in every way it can be asked.
fn asked(folder: &Path) -> String {
    let one = ["secret/a", "-n", "shop", "-d", "r.db"];
    let with = |words: &[&'static str]| words.iter().copied().chain(one).collect::<Vec<_>>();
    let questions: Vec<Vec<&str>> = vec![
        vec!["sessions", "r.db", "--format", "json"],
        vec!["replay", "r.db"],
        vec!["timeline", "r.db", "--format", "json"],
        vec!["logs", "r.db", "--format", "json"],
        vec!["tree", "r.db", "--format", "json"],
        vec!["lanes", "r.db"],
        vec!["operation", "1", "-d", "r.db", "--format", "json"],
        vec!["operation", "5", "-d", "r.db"],
        vec!["verify", "r.db", "--format", "json"],
        vec!["analyze", "r.db", "--format", "json"],
        vec!["analyze", "causality", "r.db", "--format", "json"],
        vec!["stale", "r.db", "--format", "json"],
        vec!["why", "5", "-d", "r.db"],
        vec!["sql", "r.db", "select *, body(body_id) from operations", "--format", "json"],
        vec!["sql", "r.db", "select body(id) from body", "--format", "json"],
        vec!["sql", "r.db", "select * from text", "--format", "json"],
        vec!["sql", "r.db", "select * from detail", "--format", "json"],
        vec!["sql", "r.db", "select * from log", "--format", "json"],
        with(&["show", "--at", "5", "--format", "json"]),
        with(&["show", "--at", "5"]),
        with(&["history", "--format", "json"]),
        with(&["history"]),
        with(&["blame", "--at", "5", "--format", "json"]),
        with(&["diff", "--from", "2", "--to", "end", "--format", "json"]),
        with(&["find", "has(object.data)"]),
    ];
    let mut said = String::new();
    for question in &questions {
        let ran = ask(folder, question);
        // 1 is the negative answer that was asked for.
        assert!(matches!(ran.status.code(), Some(0 | 1)), "{question:?}: {}", String::from_utf8_lossy(&ran.stderr));
        said.push_str(&String::from_utf8_lossy(&ran.stdout));
        said.push_str(&String::from_utf8_lossy(&ran.stderr));
    }
    said.push_str(&exported(folder));
    said
}

/// What it exports, in every format that it says it has.
fn exported(folder: &Path) -> String {
    let help = String::from_utf8_lossy(&ask(folder, &["export", "--help"]).stdout).into_owned();
    if !help.contains("kuberewind export") {
        // Without the command the help is the program's own.
        return String::new();
    }
    let formats = ["kubestep", "jsonl", "perfetto", "otlp", "html", "markdown", "yaml", "har"];
    let mut said = String::new();
    for format in formats.into_iter().filter(|format| help.contains(format)) {
        let out = format!("exported.{format}");
        let ran = ask(folder, &["export", "r.db", "--format", format, "-o", &out]);
        assert!(ran.status.success(), "{format}: {}", String::from_utf8_lossy(&ran.stderr));
        said.push_str(&String::from_utf8_lossy(&std::fs::read(folder.join(out)).expect("exported")));
    }
    said
}

/// Those that are found.
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
    let world = World::with("http://127.0.0.1:1", |options| options.which.file = Some(file)).await;
    traffic(&world).await;
    assert_eq!(server.last().headers["authorization"], format!("Bearer {UPSTREAM_TOKEN}"), "the server is shown the user's own");
    let console = Console::new(world.port.clone(), "test".into(), Awaited::default());
    for text in printed(&world.token, &key) {
        console.printed(vec![Printed { at: world.port.now(), stream: LogStream::Stderr, text }]);
    }
    let mut needles = vec![VALUE.to_owned(), base64(), base64().trim_end_matches('=').to_owned(), world.token.clone()];
    needles.extend([UPSTREAM_TOKEN.to_owned(), BASE64_STANDARD.encode(&key)]);
    needles.extend(key.lines().filter(|line| !line.starts_with("-----")).map(str::to_owned));
    assert_eq!(
        holds(printed(&world.token, &key).join("\n").as_bytes(), &needles).len(),
        needles.len(),
        "the search finds what is there"
    );
    let folder = world.folder.path().to_owned();
    let count = server.count();
    assert_eq!(holds(&raw(&folder), &needles), Vec::<String>::new(), "while it is written");
    let told = world.end().await;
    assert!(told.operations().len() >= count, "all of it was recorded");
    assert_eq!(holds(&raw(&folder), &needles), Vec::<String>::new(), "in the file");
    let decoded = decoded(&told);
    assert!(decoded.matches("redacted:").count() > 50, "the search looks at what is there");
    assert_eq!(holds(decoded.as_bytes(), &needles), Vec::<String>::new(), "in what is decoded");
    let said = tokio::task::spawn_blocking(move || asked(&folder)).await.expect("no panic");
    assert!(said.contains("redacted") && said.len() > 10_000, "it says something: {said}");
    assert_eq!(holds(said.as_bytes(), &needles), Vec::<String>::new(), "in what the program says of it");
    let session = told.session();
    assert!(session.operations > 0 && session.last > Seq(0));
    drop(told);
}
