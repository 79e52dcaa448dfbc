//! The recorded details of writes, and several operators on one proxy.

use http_body_util::Full;
use kuberewind_model::{History, Verb};

use super::server::{Server, config_map, json};
use super::test_proxy::TestProxy;

const COLLECTION: &str = "/api/v1/namespaces/shop/configmaps?fieldManager=shop-operator&dryRun=All";

#[tokio::test]
async fn the_details_of_a_write_are_recorded() {
    let server = Server::start(|_| async { json(201, config_map("a", 3)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let post = proxy.request("POST", COLLECTION).header("content-type", "application/json").header("traceparent", "00-1-2-01");
    proxy.send(post.body(Full::from(config_map("a", 0))).expect("a request")).await.expect("an answer");
    let run = proxy.end().await;
    let operation = &run.operations()[0];
    assert_eq!((operation.verb, operation.outcome.as_str()), (Verb::Create, "dry run"));
    let detail = run.detail(operation.seq).detail;
    assert_eq!(
        (&*detail.field_manager, &*detail.traceparent, &*detail.media_type),
        ("shop-operator", "00-1-2-01", "application/json")
    );
    assert!(operation.request_body.is_some());
}

#[tokio::test]
async fn a_protobuf_body_is_forwarded_unchanged_and_only_its_envelope_recorded() {
    let mut body = b"k8s\0".to_vec();
    // runtime.Unknown{typeMeta{apiVersion: "v1", kind: "ConfigMap"}, raw: …}
    body.extend_from_slice(b"\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x06hush-x");
    let expected = body.clone();
    let server = Server::start(move |request: http::Request<hyper::body::Incoming>| {
        let expected = expected.clone();
        async move {
            let got = http_body_util::BodyExt::collect(request.into_body()).await.expect("a body").to_bytes();
            assert_eq!(got, expected);
            json(201, config_map("a", 3))
        }
    })
    .await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    let post =
        proxy.request("POST", "/api/v1/namespaces/shop/configmaps").header("content-type", "application/vnd.kubernetes.protobuf");
    let response = proxy.send(post.body(Full::from(body)).expect("a request")).await.expect("an answer");
    assert_eq!(response.status(), 201);
    let run = proxy.end().await;
    let operation = &run.operations()[0];
    assert_eq!((&*operation.name, operation.version.is_some()), ("a", true), "the object comes from the response");
    let kept = run.recording.body(operation.request_body.expect("kept")).expect("read").expect("there");
    assert!(kept.contains("ConfigMap") && !kept.contains("hush"), "{kept}");
}

#[tokio::test]
async fn operators_are_distinguished_by_user_agent_and_field_manager() {
    let server = Server::start(|_| async { json(200, config_map("a", 1)) }).await;
    let proxy = TestProxy::for_server(&format!("http://{}", server.address)).await;
    for agent in ["checkout/v1 (linux/amd64) kubernetes/x", "hpa/v2", "Go-http-client/1.1"] {
        let get = proxy.request("GET", "/api/v1/namespaces/shop/configmaps/a").header("user-agent", agent);
        proxy.send(get.body(Full::default()).expect("a request")).await.expect("an answer");
    }
    let run = proxy.end().await;
    let actors: Vec<String> = run.operations().iter().map(|operation| run.actor(operation)).collect();
    assert_eq!(actors, ["checkout", "hpa", "client"]);
}
