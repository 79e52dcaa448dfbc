//! Records calls of the operator against a fake API server.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use k8s_openapi::api::core::v1::Secret;
use kube::client::{Body, ClientBuilder};
use kube::{Api, Client};
use kuberewind_model::{Event, Observations, Result, Seq, Sink};
use kuberewind_recorder::{PathRule, Recorder};

/// The bodies that were recorded.
#[derive(Clone, Default)]
struct Bodies(Arc<Mutex<Vec<String>>>, u64);

impl Sink for Bodies {
    fn take(&mut self, event: Event) -> Result<()> {
        if let Event::Operation(operation) = event {
            self.1 += 1;
            let object = match operation.observations {
                Observations::Object(object) => object.body,
                _ => None,
            };
            let bodies = [operation.request, operation.response, object].into_iter().flatten();
            let texts = bodies.map(|body| String::from_utf8_lossy(&body.bytes).into_owned());
            self.0.lock().unwrap().extend(texts);
        }
        Ok(())
    }

    fn last(&self) -> Seq {
        Seq(self.1)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

const SECRET: &str = r#"{"type":"Opaque","metadata":{"namespace":"shop","name":"db","resourceVersion":"7","uid":"u"},"kind":"Secret","data":{"user":"cm9vdA==","password":"aHVudGVyMg=="},"apiVersion":"v1"}"#;
const WIDGET: &str = r#"{"spec":{"weight":1.10,"token":"hunter2","id":123456789012345678901234567890},"metadata":{"name":"w","namespace":"shop"},"kind":"Widget","apiVersion":"example.com/v1"}"#;

fn client(recorder: &Recorder) -> Client {
    let server = tower::service_fn(|request: Request<Body>| {
        let body = if request.uri().path().contains("/secrets/") { SECRET } else { WIDGET };
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::from(Bytes::from_static(body.as_bytes()).to_vec()))))
    });
    ClientBuilder::new(server, "shop").with_layer(&recorder.layer("guest")).build()
}

#[test]
fn recorded_bodies_keep_their_order_and_number_text() {
    let bodies = Bodies::default();
    let sent = r#"{"spec":{"token":"hunter2","size":2.0}}"#;
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let recorder = Recorder::to_sink(Box::new(bodies.clone()))
            .redact(PathRule::parse("widgets.example.com:/spec/token").unwrap())
            .start()
            .unwrap();
        let client = client(&recorder);
        let secret = Api::<Secret>::namespaced(client.clone(), "shop").get("db").await.unwrap();
        assert_eq!(secret.data.unwrap()["password"].0, b"hunter2", "the operator gets the secret itself");
        let patch = Request::patch("/apis/example.com/v1/namespaces/shop/widgets/w")
            .header("content-type", "application/merge-patch+json")
            .body(sent.as_bytes().to_vec())
            .unwrap();
        assert_eq!(client.request_text(patch).await.unwrap(), WIDGET);
        recorder.finish().await.unwrap();
    });
    let bodies = bodies.0.lock().unwrap().clone();
    assert_eq!(
        bodies.iter().map(|body| masked(body)).collect::<Vec<_>>(),
        [
            SECRET.replace("cm9vdA==", "***").replace("aHVudGVyMg==", "***"),
            sent.replace("hunter2", "***"),
            WIDGET.replace("hunter2", "***"),
        ]
    );
}

/// Replaces the hashes, which differ from run to run, and their base64 form in `data`.
fn masked(body: &str) -> String {
    let mut out = String::new();
    for (index, part) in body.split('"').enumerate() {
        if index > 0 {
            out.push('"');
        }
        // `cmVkYWN0ZWQ6` is base64 of `redacted:`.
        out.push_str(if part.starts_with("redacted:") || part.starts_with("cmVkYWN0ZWQ6") { "***" } else { part });
    }
    out
}
