//! No secret reaches the file: not in its raw bytes, its write-ahead log included, and not in anything decoded.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use kuberewind::model::{History, LogStream};
use kuberewind::proxy::child::output::Printed;
use kuberewind::proxy::console::{Awaited, Console};

use super::server::{Server, json, whole};
use super::world::{Told, World};

const VALUE: &str = "correct-horse-battery-staple";

fn secret(name: &str) -> String {
    let data = BASE64_STANDARD.encode(VALUE);
    format!(
        r#"{{"kind":"Secret","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"u","resourceVersion":"5","annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{{\"data\":{{\"password\":\"{data}\"}}}}"}}}},"data":{{"password":"{data}"}},"stringData":{{"plain":"{VALUE}"}}}}"#
    )
}

fn patches() -> Vec<(&'static str, String)> {
    let data = BASE64_STANDARD.encode(VALUE);
    vec![
        ("application/merge-patch+json", format!(r#"{{"data":{{"password":"{data}"}}}}"#)),
        ("application/strategic-merge-patch+json", format!(r#"{{"stringData":{{"password":"{VALUE}"}}}}"#)),
        ("application/json-patch+json", format!(r#"[{{"op":"replace","path":"/data/password","value":"{data}"}}]"#)),
        (
            "application/apply-patch+yaml",
            format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  password: {VALUE}\n"),
        ),
        ("application/apply-patch+cbor", format!("\u{1}{VALUE}")),
        ("application/json", format!("{{\"data\": \"{VALUE}")),
    ]
}

async fn answer(request: http::Request<hyper::body::Incoming>) -> http::Response<super::server::Body> {
    let path = request.uri().to_string();
    let method = request.method().clone();
    request.into_body().collect().await.expect("a body");
    if path.contains("watch=true") {
        let event = format!("{{\"type\":\"MODIFIED\",\"object\":{}}}\n", secret("a"));
        return json(200, event);
    }
    if path.contains("serviceaccounts") {
        return json(
            201,
            format!(r#"{{"kind":"TokenRequest","apiVersion":"authentication.k8s.io/v1","status":{{"token":"{VALUE}"}}}}"#),
        );
    }
    if path.contains("refused") {
        let message = format!("Secret \\\"refused\\\" is invalid: data[password]: Invalid value: \\\"{VALUE}\\\"");
        return json(
            422,
            format!(
                r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{message}","reason":"Invalid","code":422}}"#
            ),
        );
    }
    if path.ends_with("/secrets") && method == http::Method::GET {
        return json(
            200,
            format!(
                r#"{{"kind":"SecretList","apiVersion":"v1","metadata":{{"resourceVersion":"9"}},"items":[{0}]}}"#,
                secret("a")
            ),
        );
    }
    if path.contains("unreadable") {
        let mut response = http::Response::new(whole(format!("\u{1}{VALUE}")));
        response.headers_mut().insert("content-encoding", "zstd".parse().expect("a value"));
        return response;
    }
    json(200, secret("a"))
}

async fn traffic(world: &World) {
    let send = async |method: &str, path: &str, media_type: &str, body: String| {
        let request = world.request(method, path).header("content-type", media_type).header("x-vault-token", VALUE);
        let request = request.header("cookie", VALUE).body(Full::from(Bytes::from(body))).expect("a request");
        world.send(request).await.expect("an answer").into_body().collect().await.expect("a body");
    };
    let (all, one) = ("/api/v1/namespaces/shop/secrets", "/api/v1/namespaces/shop/secrets/a");
    send("POST", all, "application/json", secret("a")).await;
    send("POST", all, "application/vnd.kubernetes.protobuf", format!("k8s\0{VALUE}")).await;
    send("PUT", one, "application/json", secret("a")).await;
    send("PUT", "/api/v1/namespaces/shop/secrets/refused", "application/json", secret("refused")).await;
    send("GET", all, "", String::new()).await;
    send("GET", one, "", String::new()).await;
    send("GET", "/api/v1/namespaces/shop/secrets/unreadable", "", String::new()).await;
    send("GET", &format!("{all}?watch=true"), "", String::new()).await;
    send("POST", "/api/v1/namespaces/shop/serviceaccounts/a/token", "application/json", "{}".into()).await;
    for (media_type, body) in patches() {
        send("PATCH", one, media_type, body).await;
    }
    send("DELETE", one, "application/json", "{}".into()).await;
}

/// Everything that can be decoded from the recording, as one text.
fn decoded(told: &Told) -> String {
    let mut text = String::new();
    for operation in told.operations() {
        text.push_str(&format!("{operation:?}\n{:?}\n", told.detail(operation.seq)));
        let shown =
            operation.version.and_then(|version| told.recording.version(version).expect("read")).and_then(|version| version.body);
        for body in [operation.request_body, operation.response_body, shown].into_iter().flatten() {
            text.push_str(&told.recording.body(body).expect("read").unwrap_or_default());
        }
    }
    told.log().iter().for_each(|line| text.push_str(&format!("{line:?}\n")));
    told.spans().iter().for_each(|span| text.push_str(&format!("{span:?}\n")));
    text
}

fn holds(haystack: &[u8], token: &str) -> Vec<String> {
    let base64 = BASE64_STANDARD.encode(VALUE);
    [VALUE, base64.as_str(), token, "upstream-token-s3cret"]
        .into_iter()
        .filter(|needle| memchr::memmem::find(haystack, needle.as_bytes()).is_some())
        .map(str::to_owned)
        .collect()
}

fn raw(folder: &Path) -> Vec<u8> {
    ["r.db", "r.db-wal", "r.db-journal"].iter().flat_map(|name| std::fs::read(folder.join(name)).unwrap_or_default()).collect()
}

#[tokio::test]
async fn no_secret_is_anywhere() {
    let server = Server::start(answer).await;
    let world = World::before(&format!("http://{}", server.address)).await;
    traffic(&world).await;
    let console = Console::new(world.port.clone(), "test".into(), Awaited::default());
    let text = format!("calling with Authorization: Bearer {} and Bearer upstream-token-s3cret", world.token);
    console.printed(vec![Printed { at: world.port.now(), stream: LogStream::Stderr, text }]);
    let token = world.token.clone();
    let folder = world.folder.path().to_owned();
    let count = server.count();
    assert_eq!(holds(&raw(&folder), &token), Vec::<String>::new(), "while it is written");
    let told = world.end().await;
    assert!(told.operations().len() >= count, "all of it was recorded");
    assert_eq!(holds(&raw(&folder), &token), Vec::<String>::new(), "in the file");
    let decoded = decoded(&told);
    assert!(decoded.contains("redacted"), "the search looks at what is there");
    assert_eq!(holds(decoded.as_bytes(), &token), Vec::<String>::new(), "in what is decoded");
}
