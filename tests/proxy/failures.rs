//! The API server is gone, its TLS is wrong, the token has expired, a request has no token.

use std::sync::Arc;

use http_body_util::Full;
use kuberewind_model::{ErrorKind, Outcome};
use kuberewind_proxy::child::signals::SignalAction;
use kuberewind_proxy::kubeconfig::KubeconfigSource;
use kuberewind_proxy::{RecordOptions, prepare};
use tokio::net::TcpListener;

use super::server::{Server, config_map, json};
use super::test_proxy::{TestProxy, kubeconfig_for};

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";

async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    address.to_string()
}

#[tokio::test]
async fn without_a_server_the_client_gets_a_transport_error() {
    let proxy = TestProxy::for_server(&format!("http://{}", closed_port().await)).await;
    let get = proxy.request("GET", OBJECT).body(Full::default()).expect("a request");
    proxy.send(get).await.expect_err("the proxy invents no response");
    let put = proxy
        .request("PUT", OBJECT)
        .header("content-type", "application/json")
        .body(Full::from(config_map("a", 1)))
        .expect("a request");
    proxy.send(put).await.expect_err("the proxy invents no response");
    let run = proxy.end().await;
    let outcomes: Vec<Outcome> = run.operations().iter().map(|op| op.outcome).collect();
    assert_eq!(outcomes, [Outcome::Lost, Outcome::MaybeApplied]);
    assert!(run.operations()[0].error.contains("refused"), "{}", run.operations()[0].error);
    assert!(run.notices.iter().any(|line| line.contains("does not respond")), "{:?}", run.notices);
}

#[tokio::test]
async fn wrong_tls_is_recorded_with_its_cause() {
    let server = Server::start(|_| async { json(200, "{}") }).await;
    let proxy = TestProxy::for_server(&format!("https://{}", server.address)).await;
    let get = proxy.request("GET", OBJECT).body(Full::default()).expect("a request");
    proxy.send(get).await.expect_err("the proxy invents no response");
    let run = proxy.end().await;
    assert_eq!(run.operations()[0].outcome, Outcome::Lost);
    assert!(!run.operations()[0].error.is_empty());
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn an_expired_token_gives_the_servers_response() {
    let refusal =
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#;
    let server = Server::start(move |_| async move { json(401, refusal) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    assert_eq!(proxy.get(OBJECT).await, (401, refusal.to_owned()));
    let run = proxy.end().await;
    assert_eq!(run.lines(), ["get shop/a 401"]);
    assert_eq!(run.operations()[0].outcome, Outcome::Refused);
}

#[tokio::test]
async fn a_request_without_the_token_is_refused_and_counted() {
    let server = Server::start(|_| async { json(200, "{}") }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    for authorization in ["", "Bearer ", "Basic x"] {
        let request = http::Request::get(format!("http://{}{OBJECT}", proxy.address)).header("authorization", authorization);
        let response = proxy.send(request.body(Full::default()).expect("a request")).await.expect("an answer");
        assert_eq!(response.status(), 401);
    }
    let disable =
        http::Request::post(format!("http://{}/.kuberewind/disable", proxy.address)).body(Full::default()).expect("a request");
    assert_eq!(proxy.send(disable).await.expect("an answer").status(), 401);
    assert!(proxy.port.is_on());
    let run = proxy.end().await;
    assert_eq!(server.count(), 0);
    assert!(run.operations().is_empty());
    assert!(run.notices.iter().any(|line| line.contains("without the proxy's token: 4")), "{:?}", run.notices);
}

#[tokio::test]
async fn a_pause_of_the_recording_leaves_a_gap() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    proxy.get(OBJECT).await;
    let switch = |what: &str| proxy.request("POST", &format!("/.kuberewind/{what}")).body(Full::default()).expect("a request");
    assert_eq!(proxy.send(switch("disable")).await.expect("an answer").status(), 200);
    proxy.get(OBJECT).await;
    proxy.signal(SignalAction::Enable).await;
    super::test_proxy::until(|| proxy.port.is_on()).await;
    proxy.get(OBJECT).await;
    let run = proxy.end().await;
    assert_eq!((run.operations().len(), run.session().gaps, server.count()), (2, 1, 3));
}

#[tokio::test]
async fn a_remote_address_is_refused_by_default() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = |allow_remote| RecordOptions {
        kubeconfig: KubeconfigSource { file: Some(kubeconfig_for(folder.path(), "http://127.0.0.1:1")), context: None },
        listen: Some("0.0.0.0:0".parse().expect("an address")),
        allow_remote,
        ..RecordOptions::default()
    };
    let error = prepare(options(false)).await.err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("--allow-remote")));
    assert!(prepare(options(true)).await.is_ok());
}

/// A server with a self-signed certificate.
async fn self_signed() -> String {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let key = tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into()))
        .expect("a server");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The client aborts the handshake.
            drop(acceptor.accept(stream).await);
        }
    });
    format!("https://{address}")
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_and_recorded() {
    let proxy = TestProxy::for_server(&self_signed().await).await;
    let get = proxy.request("GET", OBJECT).body(Full::default()).expect("a request");
    proxy.send(get).await.expect_err("the proxy invents no response");
    let run = proxy.end().await;
    assert_eq!(run.operations()[0].outcome, Outcome::Lost);
    assert!(run.operations()[0].error.contains("certificate"), "{}", run.operations()[0].error);
}

#[tokio::test]
async fn notices_are_recorded() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    proxy.get(OBJECT).await;
    for path in ["/api", "/healthz", "/openapi/v3"] {
        proxy.get(path).await;
    }
    let stranger = http::Request::get(format!("http://{}{OBJECT}", proxy.address)).body(Full::default()).expect("a request");
    proxy.send(stranger).await.expect("an answer");
    let run = proxy.end().await;
    let kept: Vec<String> = run.log().into_iter().map(|line| line.text.to_string()).collect();
    assert!(kept.iter().any(|line| line.contains("without the proxy's token (401)")), "{kept:?}");
    assert!(kept.iter().any(|line| line.ends_with("not recorded: 3")), "{kept:?}");
    assert!(!run.notices.iter().any(|line| line.contains("not recorded")), "it is not printed");
}
