//! Clients with credentials of their own: kube-controller-manager requests a token for each of its controllers and calls with it.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use kuberewind_cluster::{Cluster, ClusterOptions, ClusterService};
use kuberewind_kinds::protobuf;
use kuberewind_model::{Clock, History, SystemClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tower::Service;

use super::server::json as json_response;
use super::test_proxy::{RecordedRun, TestProxy, text};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";
const ACCOUNT: &str = "system:serviceaccount:kube-system:deployment-controller";
const ACCOUNTS: &str = "/api/v1/namespaces/kube-system/serviceaccounts";

/// The requests that the API server received.
#[derive(Default)]
struct Authentication {
    /// Tokens that it issued.
    issued: Mutex<HashSet<String>>,
    /// The user of each request, and whom it impersonated.
    users: Mutex<Vec<String>>,
}

impl Authentication {
    /// The user of a request, as kube-apiserver decides: a client certificate wins over a token.
    fn user(&self, request: &Request<Incoming>, certificate: bool) -> Option<String> {
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
        let token = header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
        let user = match token {
            _ if certificate => "admin".to_owned(),
            Some(token) if self.issued.lock().expect("lock").contains(&token) => {
                let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
                serde_json::from_slice::<Value>(&claims).ok()?["sub"].as_str()?.to_owned()
            }
            _ => return None,
        };
        let user = header("impersonate-user").map_or(user.clone(), |other| format!("{user} as {other}"));
        self.users.lock().expect("lock").push(user.clone());
        Some(user)
    }
}

async fn respond(
    known: Arc<Authentication>,
    mut cluster: ClusterService,
    certificate: bool,
    request: Request<Incoming>,
) -> Result<Response<UnsyncBoxBody<Bytes, Infallible>>, Infallible> {
    if known.user(&request, certificate).is_none() {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "Unauthorized", "reason": "Unauthorized", "code": 401});
        return Ok(json_response(401, status.to_string()).map(http_body_util::BodyExt::boxed_unsync));
    }
    let issues = request.uri().path().ends_with("/token");
    let response = cluster.call(request).await?;
    if !issues {
        return Ok(response.map(http_body_util::BodyExt::boxed_unsync));
    }
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    known.issued.lock().expect("lock").insert(answer["status"]["token"].as_str().expect("a token").to_owned());
    Ok(Response::from_parts(parts, Full::new(bytes).boxed_unsync()))
}

/// An API server with TLS that admits client certificates and the tokens that it issued. Returns its kubeconfig, with a certificate.
async fn api_server(folder: &std::path::Path) -> (std::path::PathBuf, Arc<Authentication>) {
    let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let client = rcgen::generate_simple_self_signed(vec!["admin".to_owned()]).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(client.cert.der().clone()).expect("a root");
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()
        .expect("a verifier");
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_client_cert_verifier(verifier).with_single_cert(vec![own.cert.der().clone()], key.into())
        })
        .expect("a server");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = format!("https://{}", listener.local_addr().expect("an address"));
    let known = Arc::new(Authentication::default());
    let cluster = Cluster::new(ClusterOptions::new(Arc::new(SystemClock::start()) as Arc<dyn Clock>, 1));
    let seen = known.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let certificate = stream.get_ref().1.peer_certificates().is_some();
            let (known, cluster) = (seen.clone(), cluster.clone());
            let service = service_fn(move |request| respond(known.clone(), cluster.service(), certificate, request));
            tokio::spawn(async move {
                drop(Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    let user = json!({
        "client-certificate-data": BASE64_STANDARD.encode(client.cert.pem()),
        "client-key-data": BASE64_STANDARD.encode(client.signing_key.serialize_pem()),
    });
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority-data": BASE64_STANDARD.encode(own.cert.pem())}}],
        "users": [{"name": "u", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    });
    let file = folder.join("upstream-of-accounts");
    std::fs::write(&file, kubeconfig.to_string()).expect("written");
    (file, known)
}

fn protobuf_body(api_version: &str, kind: &str, object: &Value) -> Full<Bytes> {
    Full::from(Bytes::from(protobuf::encode(api_version, kind, object).expect("a built-in kind").bytes))
}

/// Sends a request with the token of a user.
async fn send(
    proxy: &TestProxy,
    token: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Full<Bytes>,
) -> (u16, String) {
    let mut request = proxy.request(method, path);
    let map = request.headers_mut().expect("a request");
    map.remove("authorization");
    if !token.is_empty() {
        map.insert("authorization", format!("Bearer {token}").parse().expect("text"));
    }
    for (name, value) in headers {
        map.insert(http::HeaderName::from_bytes(name.as_bytes()).expect("a name"), value.parse().expect("text"));
    }
    text(proxy.send(request.body(body).expect("a request")).await.expect("an answer")).await
}

/// Requests a token for the account, as kube-controller-manager does.
async fn account_token(proxy: &TestProxy) -> String {
    let (own, headers) = (proxy.token.clone(), [("content-type", PROTOBUF), ("accept", PROTOBUF)]);
    let account = json!({"metadata": {"name": "deployment-controller", "namespace": "kube-system"}});
    let created = send(proxy, &own, "POST", ACCOUNTS, &headers, protobuf_body("v1", "ServiceAccount", &account)).await;
    assert_eq!(created.0, 201, "{}", created.1);
    let asked = json!({"spec": {"audiences": [], "expirationSeconds": 3600}});
    let body = protobuf_body("authentication.k8s.io/v1", "TokenRequest", &asked);
    let path = format!("{ACCOUNTS}/deployment-controller/token");
    let (status, answer) = send(proxy, &own, "POST", &path, &headers, body).await;
    assert_eq!(status, 201, "{answer}");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    answer["status"]["token"].as_str().expect("a token").to_owned()
}

fn request_text(run: &RecordedRun, at: usize) -> String {
    let body = run.operations()[at].request_body.expect("a body");
    run.recording.body(body).expect("read").expect("there").to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_its_own_token_calls_as_itself() {
    let own = tempfile::tempdir().expect("a folder");
    let (file, known) = api_server(own.path()).await;
    let proxy = TestProxy::with("https://127.0.0.1:1", |options| options.kubeconfig.file = Some(file)).await;
    let token = account_token(&proxy).await;
    let maps = "/api/v1/namespaces/default/configmaps";
    let map = json!({"metadata": {"name": "a", "namespace": "default", "creationTimestamp": null}, "data": {"k": "v"}});
    let json_body = [("content-type", "application/json")];
    let body = Full::from(Bytes::from(map.to_string()));
    assert_eq!(send(&proxy, &token, "POST", maps, &json_body, body).await.0, 201);
    assert_eq!(send(&proxy, "expired.or.invented", "GET", maps, &[], Full::default()).await.0, 401, "as the API server says");
    assert_eq!(send(&proxy, "", "GET", maps, &[], Full::default()).await.0, 401, "as the proxy says");
    assert_eq!(send(&proxy, &token, "GET", "/.kuberewind/status", &[], Full::default()).await.0, 401);
    let impersonating = [("impersonate-user", "jane")];
    assert_eq!(send(&proxy, &proxy.token, "GET", maps, &impersonating, Full::default()).await.0, 200);
    let users = known.users.lock().expect("lock").clone();
    assert_eq!(users, ["admin", "admin", ACCOUNT, "admin as jane"], "no call of the account has the admin's certificate");
    let folder = proxy.folder.path().to_owned();
    let run = proxy.end().await;
    let raw = std::fs::read(folder.join("r.db")).expect("there");
    for part in token.split('.').filter(|part| part.len() > 20) {
        assert!(memchr::memmem::find(&raw, part.as_bytes()).is_none(), "no part of the token is in the file");
    }
    assert_eq!(
        run.lines(),
        [
            "create kube-system/deployment-controller 201",
            "create kube-system/deployment-controller 201",
            "create default/a 201",
            "list default/ 401",
            "list default/ 200"
        ]
    );
    let users: Vec<String> = run.operations().iter().map(|operation| run.detail(operation.seq).detail.user.to_string()).collect();
    assert_eq!(users, ["", "", ACCOUNT, "", "jane"]);
    assert!(request_text(&run, 1).contains(r#""kind":"TokenRequest""#), "{}", request_text(&run, 1));
}

#[tokio::test]
async fn protobuf_requests_are_recorded_as_json() {
    let own = tempfile::tempdir().expect("a folder");
    let (file, _) = api_server(own.path()).await;
    let proxy = TestProxy::with("https://127.0.0.1:1", |options| options.kubeconfig.file = Some(file)).await;
    let token = proxy.token.clone();
    let headers = [("content-type", PROTOBUF), ("accept", "application/vnd.kubernetes.protobuf,application/json")];
    let maps = "/api/v1/namespaces/default/configmaps";
    let body = protobuf_body("v1", "ConfigMap", &json!({"metadata": {"name": "a"}, "data": {"k": "v"}}));
    assert_eq!(send(&proxy, &token, "POST", maps, &headers, body).await.0, 201);
    let stale = json!({"metadata": {"name": "a", "resourceVersion": "1"}, "data": {"k": "w"}});
    let one = format!("{maps}/a");
    let body = protobuf_body("v1", "ConfigMap", &stale);
    assert_eq!(send(&proxy, &token, "PUT", &one, &headers, body).await.0, 409);
    let secret = json!({"metadata": {"name": "s"}, "stringData": {"password": "hunter2-is-long"}});
    let secrets = "/api/v1/namespaces/default/secrets";
    assert_eq!(send(&proxy, &token, "POST", secrets, &headers, protobuf_body("v1", "Secret", &secret)).await.0, 201);
    let again = protobuf_body("v1", "ConfigMap", &json!({"metadata": {"name": "a"}}));
    assert_eq!(send(&proxy, &token, "POST", maps, &headers, again).await.0, 409, "the name is taken");
    let generated = protobuf_body("v1", "ConfigMap", &json!({"metadata": {"generateName": "job-"}}));
    let absent = "/api/v1/namespaces/absent/configmaps";
    assert_eq!(send(&proxy, &token, "POST", absent, &headers, generated).await.0, 404);
    let unknown = Full::from(Bytes::from_static(b"k8s\0\x0a\x0b\x0a\x04x/v1\x12\x03Foo"));
    assert_eq!(send(&proxy, &token, "POST", maps, &headers, unknown).await.0, 400);
    let folder = proxy.folder.path().to_owned();
    let run = proxy.end().await;
    assert!(request_text(&run, 0).starts_with(r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a""#));
    assert_eq!(&*run.detail(run.operations()[1].seq).detail.precondition, "1", "the precondition of the update is known");
    let raw = std::fs::read(folder.join("r.db")).expect("there");
    assert!(memchr::memmem::find(&raw, b"hunter2").is_none() && request_text(&run, 2).contains("redacted:"));
    assert_eq!(run.lines()[3], "create default/a 409", "a refused create has the name that was sent");
    assert_eq!(run.lines()[4], "create absent/job- 404", "or the prefix of the name");
    let opaque = request_text(&run, 5);
    assert!(kuberewind_model::redact::is_opaque(&opaque), "{opaque}");
    assert!(!kuberewind_model::redact::is_opaque(&request_text(&run, 0)));
}

#[tokio::test]
async fn idle_strangers_do_not_keep_the_operator_out() {
    let own = tempfile::tempdir().expect("a folder");
    let (file, _) = api_server(own.path()).await;
    let proxy = TestProxy::with("https://127.0.0.1:1", |options| options.kubeconfig.file = Some(file)).await;
    let mut strangers = Vec::new();
    for _ in 0..400 {
        strangers.push(tokio::net::TcpStream::connect(proxy.address).await.expect("a connection"));
    }
    assert_eq!(proxy.get("/api/v1/namespaces/default/configmaps").await.0, 200);
    let mut byte = [0];
    let closed = tokio::io::AsyncReadExt::read(&mut strangers[0], &mut byte);
    let closed = tokio::time::timeout(std::time::Duration::from_secs(9), closed).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "the oldest stranger made room");
    assert_eq!(proxy.end().await.lines(), ["list default/ 200"]);
}
