//! Traffic is forwarded unchanged: status, headers, encoded bytes, frames as they come, upgrades.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::body::Frame;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kuberewind_model::{History, Shape};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::server::{Server, config_map, growing, json};
use super::test_proxy::TestProxy;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn compressed_bytes_are_forwarded_unchanged_and_decoded_for_the_recording() {
    let bytes = gzip(&config_map("settings", 5));
    let sent = bytes.clone();
    let server = Server::start(move |_| {
        let mut response = json(200, sent.clone());
        response.headers_mut().insert("content-encoding", "gzip".parse().expect("a value"));
        response.headers_mut().insert("audit-id", "audit-1".parse().expect("a value"));
        response.headers_mut().insert("x-kubernetes-pf-flowschema-uid", "flow".parse().expect("a value"));
        async move { response }
    })
    .await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let request = proxy.request("GET", "/api/v1/namespaces/shop/configmaps/settings").header("accept-encoding", "gzip");
    let response = proxy.send(request.body(Full::default()).expect("a request")).await.expect("an answer");
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(response.headers()["x-kubernetes-pf-flowschema-uid"], "flow");
    assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), bytes);
    assert_eq!(server.last().headers["authorization"], "Bearer upstream-token-s3cret");
    let run = proxy.end().await;
    assert_eq!(run.lines(), ["get shop/settings 200"]);
    let operation = &run.operations()[0];
    let version = run.recording.version(operation.version.expect("a version")).expect("read").expect("there");
    assert_eq!((version.shape, &*version.resource_version), (Shape::Full, "5"));
    assert_eq!(&*run.detail(operation.seq).detail.audit_id, "audit-1");
}

#[tokio::test]
async fn the_proxy_requests_json() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let request = proxy.request("GET", "/api/v1/namespaces/shop/configmaps/a");
    let request = request
        .header("accept", "application/vnd.kubernetes.protobuf,application/json")
        .header("user-agent", "manager/v1 (linux)");
    proxy.send(request.body(Full::default()).expect("a request")).await.expect("an answer");
    assert_eq!(server.last().headers["accept"], "application/json");
    assert_eq!(server.last().headers["user-agent"], "manager/v1 (linux)");
    let run = proxy.end().await;
    assert_eq!(run.actor(&run.operations()[0]), "manager");
}

#[tokio::test]
async fn watch_frames_are_forwarded_as_they_arrive_wherever_they_are_split() {
    let (sender, body) = growing();
    let body = Arc::new(Mutex::new(Some(body)));
    let server = Server::start(move |_| {
        let mut response = Response::new(body.lock().expect("lock").take().expect("asked once"));
        response.headers_mut().insert("content-type", "application/json".parse().expect("a value"));
        async move { response }
    })
    .await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let request = proxy.request("GET", "/api/v1/namespaces/shop/configmaps?watch=true").body(Full::default()).expect("a request");
    let mut response = proxy.send(request).await.expect("an answer").into_body();
    let event = |kind: &str, version| format!("{{\"type\":\"{kind}\",\"object\":{}}}\n", config_map("a", version));
    let (first, second) = (event("ADDED", 1), event("MODIFIED", 2));
    let (begin, rest) = second.split_at(30);
    for frame in [&first, begin, rest] {
        sender.send(Frame::data(Bytes::copy_from_slice(frame.as_bytes()))).expect("it is read");
        let passed = tokio::time::timeout(Duration::from_secs(10), response.frame()).await.expect("at once");
        assert_eq!(passed.expect("a frame").expect("sound").into_data().expect("data"), frame.as_bytes());
    }
    drop(sender);
    assert!(response.frame().await.is_none(), "the end is forwarded");
    let run = proxy.end().await;
    assert_eq!(run.lines(), ["watch shop/ 200", "ADDED shop/a 200", "MODIFIED shop/a 200"]);
}

#[tokio::test]
async fn a_large_body_streams_while_its_reader_is_slow() {
    let (sender, body) = growing();
    let body = Arc::new(Mutex::new(Some(body)));
    let server = Server::start(move |_| {
        let response = Response::new(body.lock().expect("lock").take().expect("asked once"));
        async move { response }
    })
    .await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let piece = Bytes::from(vec![b'x'; 1 << 20]);
    let request = proxy.request("GET", "/api/v1/namespaces/shop/pods/a/log").body(Full::default()).expect("a request");
    sender.send(Frame::data(piece.clone())).expect("it is read");
    let mut response = proxy.send(request).await.expect("an answer").into_body();
    let mut got = response
        .frame()
        .await
        .expect("the first chunk arrives before the last is sent")
        .expect("sound")
        .into_data()
        .expect("data")
        .len();
    for _ in 0..31 {
        sender.send(Frame::data(piece.clone())).expect("it is read");
    }
    drop(sender);
    while let Some(frame) = response.frame().await {
        got += frame.expect("sound").into_data().expect("data").len();
    }
    assert_eq!(got, 32 << 20);
    assert_eq!(proxy.end().await.lines(), ["get shop/a 200"]);
}

#[tokio::test]
async fn trailers_and_chunks_are_forwarded() {
    let server = Server::start(|_| async {
        let (sender, body) = growing();
        sender.send(Frame::data(Bytes::from_static(b"{}"))).expect("a reader");
        let trailers =
            http::HeaderMap::from_iter([(http::HeaderName::from_static("x-checksum"), "abc".parse().expect("a value"))]);
        sender.send(Frame::trailers(trailers)).expect("a reader");
        let mut response = Response::new(body);
        response.headers_mut().insert("trailer", "x-checksum".parse().expect("a value"));
        response
    })
    .await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let mut stream = TcpStream::connect(proxy.address).await.expect("a connection");
    let request = format!(
        "GET /apis/x HTTP/1.1\r\nhost: x\r\nte: trailers\r\nauthorization: Bearer {}\r\nconnection: te, close\r\n\r\n",
        proxy.token
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut raw = String::new();
    stream.read_to_string(&mut raw).await.expect("read");
    assert!(raw.contains("\r\n2\r\n{}\r\n0\r\nx-checksum: abc\r\n"), "{raw}");
    proxy.end().await;
}

#[tokio::test]
async fn http2_clients_are_served_on_the_same_port() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let stream = TcpStream::connect(proxy.address).await.expect("a connection");
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    let get = || proxy.request("GET", "/api/v1/namespaces/shop/configmaps/a").body(Full::<Bytes>::default()).expect("a request");
    let (one, two) = tokio::join!(sender.clone().send_request(get()), sender.send_request(get()));
    for response in [one.expect("an answer"), two.expect("an answer")] {
        assert_eq!(response.into_body().collect().await.expect("a body").to_bytes(), config_map("a", 1));
    }
    assert_eq!(proxy.end().await.operations().len(), 2);
}

#[tokio::test]
async fn discovery_and_health_are_forwarded_and_not_recorded() {
    let server = Server::start(|_| async { json(200, "{}") }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    for path in ["/healthz", "/metrics", "/openapi/v3", "/version", "/api", "/apis"] {
        assert_eq!(proxy.get(path).await.0, 200, "{path}");
    }
    let begin = Instant::now();
    let (_, status) = proxy.get("/.kuberewind/status").await;
    assert!(begin.elapsed() < Duration::from_secs(10));
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!((status["calls"].as_u64(), status["overhead"].as_u64()), (Some(6), Some(6)));
    assert_eq!(server.count(), 6, "requests to the control endpoint are not forwarded");
    assert_eq!(proxy.end().await.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn clients_can_use_tls() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::with(&format!("http://{}", server.address), |options| options.plain = false).await;
    let api: kube::Api<k8s_openapi::api::core::v1::ConfigMap> = kube::Api::default_namespaced(proxy.client().await);
    assert_eq!(api.get("a").await.expect("over TLS").metadata.resource_version.as_deref(), Some("1"));
    assert_eq!(server.last().line, "GET /api/v1/namespaces/shop/configmaps/a", "the namespace of the user's context");
    assert_eq!(proxy.end().await.lines(), ["get shop/a 200"]);
}
