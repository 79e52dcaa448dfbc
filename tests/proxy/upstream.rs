//! The connection to the API server follows the kubeconfig (TLS, certificates, exec plugin), and a slow client holds up no
//! other.

use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::server::{Server, config_map, json};
use super::test_proxy::TestProxy;

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";

/// A server with TLS and a required client certificate. It collects the received tokens.
async fn strict(client: &rcgen::CertifiedKey<rcgen::KeyPair>) -> (String, String, Arc<Mutex<Vec<String>>>) {
    let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(client.cert.der().clone()).expect("a root");
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().expect("a verifier");
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_client_cert_verifier(verifier).with_single_cert(vec![own.cert.der().clone()], key.into())
        })
        .expect("a server");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("https://{}", listener.local_addr().expect("an address"));
    let shown = Arc::new(Mutex::new(Vec::new()));
    let noted = shown.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let noted = noted.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let token = request.headers().get("authorization").map(|value| value.to_str().expect("text").to_owned());
                noted.lock().expect("lock").push(token.unwrap_or_default());
                async { Ok::<_, Infallible>(json(200, config_map("a", 1))) }
            });
            tokio::spawn(async move {
                drop(Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    (address, own.cert.pem(), shown)
}

/// A kubeconfig with a CA, a client certificate and an exec plugin.
fn kubeconfig(folder: &Path, server: &str, authority: &str, client: Option<&rcgen::CertifiedKey<rcgen::KeyPair>>) -> PathBuf {
    let plugin = folder.join("plugin");
    let credential =
        r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t0ken-of-the-plugin"}}"#;
    std::fs::write(&plugin, format!("#!/bin/sh\necho '{credential}'\n")).expect("written");
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o700)).expect("executable");
    let mut user = serde_json::json!({
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": plugin, "interactiveMode": "Never"},
    });
    if let Some(client) = client {
        user["client-certificate-data"] = BASE64_STANDARD.encode(client.cert.pem()).into();
        user["client-key-data"] = BASE64_STANDARD.encode(client.signing_key.serialize_pem()).into();
    }
    let config = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority-data": BASE64_STANDARD.encode(authority)}}],
        "users": [{"name": "u", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}],
    });
    let file = folder.join("upstream-strict");
    std::fs::write(&file, config.to_string()).expect("written");
    file
}

#[tokio::test]
async fn the_users_certificates_and_exec_plugins_are_used() {
    let client = rcgen::generate_simple_self_signed(vec!["client".to_owned()]).expect("a certificate");
    let (server, authority, shown) = strict(&client).await;
    let own = tempfile::tempdir().expect("a folder");
    let file = kubeconfig(own.path(), &server, &authority, Some(&client));
    let proxy = TestProxy::with("http://127.0.0.1:1", |options| options.kubeconfig.file = Some(file)).await;
    assert_eq!(proxy.get(OBJECT).await, (200, config_map("a", 1)));
    assert_eq!(*shown.lock().expect("lock"), ["Bearer t0ken-of-the-plugin"]);
    let folder = proxy.folder.path().to_owned();
    let run = proxy.end().await;
    assert_eq!(run.lines(), ["get shop/a 200"]);
    let raw = std::fs::read(folder.join("r.db")).expect("there");
    assert!(memchr::memmem::find(&raw, b"t0ken-of-the-plugin").is_none());

    let file = kubeconfig(own.path(), &server, &authority, None);
    let proxy = TestProxy::with("http://127.0.0.1:1", |options| options.kubeconfig.file = Some(file)).await;
    let get = proxy.request("GET", OBJECT).body(Full::default()).expect("a request");
    proxy.send(get).await.expect_err("the server refuses a client without certificate");
    let run = proxy.end().await;
    assert_eq!(run.operations()[0].status, 0);
    assert!(!run.operations()[0].error.is_empty());
}

#[tokio::test]
async fn a_client_that_does_not_read_blocks_only_its_own_stream() {
    const PIECE: usize = 1 << 20;
    const PIECES: usize = 1_024;
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let server = Server::start(move |request| {
        let counted = counted.clone();
        let body = if request.uri().path().ends_with("/log") {
            let pieces = (0..PIECES).map(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b'x'; PIECE])))
            });
            BodyExt::boxed(StreamBody::new(futures::stream::iter(pieces)))
        } else {
            super::server::whole(config_map("a", 1))
        };
        async move { Response::new(body) }
    })
    .await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let request = proxy.request("GET", "/api/v1/namespaces/shop/pods/a/log").body(Full::default()).expect("a request");
    let slow = proxy.send(request).await.expect("an answer");
    for _ in 0..50 {
        assert_eq!(proxy.get(OBJECT).await.0, 200, "other clients are served meanwhile");
    }
    let passed = sent.load(Ordering::Relaxed);
    assert!(passed < 64, "unread data stays on the server: {passed} MiB of {PIECES}");
    drop(slow);
    let run = proxy.end().await;
    assert_eq!(run.operations().len(), 51);
}
