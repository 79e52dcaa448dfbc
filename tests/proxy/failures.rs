//! The API server is gone, its TLS is wrong, the token has expired, a stranger calls.

use std::sync::Arc;

use http_body_util::Full;
use kuberewind::proxy::child::signals::Asked;
use kuberewind::proxy::kubeconfig::Which;
use kuberewind::proxy::{RecordOptions, prepare};
use kuberewind_model::{ErrorKind, Outcome};
use tokio::net::TcpListener;

use super::server::{Server, config_map, json};
use super::world::{World, kubeconfig_for};

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";

async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    address.to_string()
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_broken_transport_for_the_client_too() {
    let world = World::before(&format!("http://{}", nobody().await)).await;
    let get = world.request("GET", OBJECT).body(Full::default()).expect("a request");
    world.send(get).await.expect_err("no answer is made up");
    let put = world
        .request("PUT", OBJECT)
        .header("content-type", "application/json")
        .body(Full::from(config_map("a", 1)))
        .expect("a request");
    world.send(put).await.expect_err("no answer is made up");
    let told = world.end().await;
    let outcomes: Vec<Outcome> = told.operations().iter().map(|op| op.outcome).collect();
    assert_eq!(outcomes, [Outcome::Lost, Outcome::MaybeApplied]);
    assert!(told.operations()[0].error.contains("refused"), "{}", told.operations()[0].error);
    assert!(told.notices.iter().any(|line| line.contains("does not answer")), "{:?}", told.notices);
}

#[tokio::test]
async fn wrong_tls_is_recorded_with_its_cause() {
    let server = Server::start(|_| async { json(200, "{}") }).await;
    let world = World::before(&format!("https://{}", server.address)).await;
    let get = world.request("GET", OBJECT).body(Full::default()).expect("a request");
    world.send(get).await.expect_err("no answer is made up");
    let told = world.end().await;
    assert_eq!(told.operations()[0].outcome, Outcome::Lost);
    assert!(!told.operations()[0].error.is_empty());
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn an_expired_token_gives_the_servers_own_answer() {
    let refusal =
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#;
    let server = Server::start(move |_| async move { json(401, refusal) }).await;
    let world = World::before(&format!("http://{}", server.address)).await;
    assert_eq!(world.get(OBJECT).await, (401, refusal.to_owned()));
    let told = world.end().await;
    assert_eq!(told.lines(), ["get shop/a 401"]);
    assert_eq!(told.operations()[0].outcome, Outcome::Refused);
}

#[tokio::test]
async fn a_stranger_is_refused_and_noted_and_nothing_is_passed_on() {
    let server = Server::start(|_| async { json(200, "{}") }).await;
    let world = World::before(&format!("http://{}", server.address)).await;
    for authorization in ["", "Bearer guessed", "Basic x"] {
        let request = http::Request::get(format!("http://{}{OBJECT}", world.address)).header("authorization", authorization);
        let response = world.send(request.body(Full::default()).expect("a request")).await.expect("an answer");
        assert_eq!(response.status(), 401);
    }
    let disable =
        http::Request::post(format!("http://{}/.kuberewind/disable", world.address)).body(Full::default()).expect("a request");
    assert_eq!(world.send(disable).await.expect("an answer").status(), 401);
    assert!(world.port.is_on());
    let told = world.end().await;
    assert_eq!(server.count(), 0);
    assert!(told.operations().is_empty());
    assert!(told.notices.iter().any(|line| line.contains("all refused: 4")), "{:?}", told.notices);
}

#[tokio::test]
async fn switched_off_for_a_while_leaves_a_gap() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let world = World::before(&format!("http://{}", server.address)).await;
    world.get(OBJECT).await;
    let switch = |what: &str| world.request("POST", &format!("/.kuberewind/{what}")).body(Full::default()).expect("a request");
    assert_eq!(world.send(switch("disable")).await.expect("an answer").status(), 200);
    world.get(OBJECT).await;
    world.signal(Asked::Enable).await;
    super::world::until(|| world.port.is_on()).await;
    world.get(OBJECT).await;
    let told = world.end().await;
    assert_eq!((told.operations().len(), told.session().gaps, server.count()), (2, 1, 3));
}

#[tokio::test]
async fn other_machines_are_not_served_unless_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = |allow_remote| RecordOptions {
        which: Which { file: Some(kubeconfig_for(folder.path(), "http://127.0.0.1:1")), context: None },
        listen: Some("0.0.0.0:0".parse().expect("an address")),
        allow_remote,
        ..RecordOptions::default()
    };
    let error = prepare(options(false)).await.err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("--allow-remote")));
    assert!(prepare(options(true)).await.is_ok());
}

/// A server with a certificate that nobody has signed.
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
            // The client breaks off.
            drop(acceptor.accept(stream).await);
        }
    });
    format!("https://{address}")
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_refused_and_recorded() {
    let world = World::before(&self_signed().await).await;
    let get = world.request("GET", OBJECT).body(Full::default()).expect("a request");
    world.send(get).await.expect_err("no answer is made up");
    let told = world.end().await;
    assert_eq!(told.operations()[0].outcome, Outcome::Lost);
    assert!(told.operations()[0].error.contains("certificate"), "{}", told.operations()[0].error);
}

#[tokio::test]
async fn what_the_user_was_told_stands_in_the_recording() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let world = World::before(&format!("http://{}", server.address)).await;
    world.get(OBJECT).await;
    for path in ["/api", "/healthz", "/openapi/v3"] {
        world.get(path).await;
    }
    let stranger = http::Request::get(format!("http://{}{OBJECT}", world.address)).body(Full::default()).expect("a request");
    world.send(stranger).await.expect("an answer");
    let told = world.end().await;
    let kept: Vec<String> = told.log().into_iter().map(|line| line.text.to_string()).collect();
    assert!(kept.iter().any(|line| line.contains("without its token: refused with 401")), "{kept:?}");
    assert!(kept.iter().any(|line| line.ends_with("counted and not stored: 3")), "{kept:?}");
    assert!(!told.notices.iter().any(|line| line.contains("counted and not stored")), "nobody needs to read that meanwhile");
}
