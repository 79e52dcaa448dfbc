//! A client for raw requests to a cluster.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use kuberewind_cluster::{Cluster, ClusterBody, ClusterOptions};
use kuberewind_model::{ManualClock, Timestamp};
use serde_json::Value;
use tower::ServiceExt;

/// A cluster on a manual clock.
pub(crate) struct Api {
    pub(crate) cluster: Cluster,
    pub(crate) clock: ManualClock,
}

pub(crate) struct Events(ClusterBody, String);

impl Api {
    pub(crate) fn new() -> Api {
        Api::with(|_| {})
    }

    pub(crate) fn with(adjust: impl FnOnce(&mut ClusterOptions)) -> Api {
        let clock = ManualClock::at(Timestamp(1_770_200_001_000_000_000));
        let mut options = ClusterOptions::new(Arc::new(clock.clone()), 7);
        adjust(&mut options);
        Api { cluster: Cluster::new(options), clock }
    }

    pub(crate) fn tick(&self) {
        self.clock.advance(kuberewind_model::Duration::from_millis(1000));
    }

    /// Sends a request with any headers and returns the response with its whole body.
    pub(crate) async fn response(
        &self,
        method: Method,
        uri: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> http::Response<Bytes> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let (parts, body) = self.cluster.service().oneshot(request).await.unwrap().into_parts();
        http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    /// Sends a request with any headers and returns status and body.
    pub(crate) async fn send(&self, method: Method, uri: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> (u16, Value) {
        let answer = self.response(method, uri, headers, body).await;
        let text = || Value::String(String::from_utf8_lossy(answer.body()).into_owned());
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or_else(|_| text()))
    }

    pub(crate) async fn get(&self, uri: &str) -> (u16, Value) {
        self.send(Method::GET, uri, &[], "").await
    }

    pub(crate) async fn post(&self, uri: &str, body: &Value) -> (u16, Value) {
        self.send(Method::POST, uri, &[("user-agent", "test/1")], body.to_string()).await
    }

    pub(crate) async fn put(&self, uri: &str, body: &Value) -> (u16, Value) {
        self.send(Method::PUT, uri, &[("user-agent", "test/1")], body.to_string()).await
    }

    pub(crate) async fn delete(&self, uri: &str, body: &Value) -> (u16, Value) {
        self.send(Method::DELETE, uri, &[], body.to_string()).await
    }

    /// Sends a patch. `how` is the middle of the media type: `merge-patch+json`, `apply-patch+yaml`.
    pub(crate) async fn patch(&self, how: &str, uri: &str, body: &Value) -> (u16, Value) {
        let media = format!("application/{how}");
        self.send(Method::PATCH, uri, &[("content-type", &media), ("user-agent", "test/1")], body.to_string()).await
    }

    pub(crate) async fn apply(&self, manager: &str, uri: &str, body: &Value) -> (u16, Value) {
        let joint = if uri.contains('?') { '&' } else { '?' };
        self.patch("apply-patch+yaml", &format!("{uri}{joint}fieldManager={manager}"), body).await
    }

    /// Opens a watch.
    pub(crate) async fn watch(&self, uri: &str) -> Events {
        let request = Request::get(uri).body(Full::new(Bytes::new())).unwrap();
        let answer = self.cluster.service().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        Events(answer.into_body(), String::new())
    }
}

impl Events {
    /// The next event, or `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((line, rest)) = self.1.split_once('\n') {
                let event: Value = serde_json::from_str(line).unwrap();
                self.1 = rest.to_owned();
                return Some((event["type"].as_str().unwrap().to_owned(), event["object"].clone()));
            }
            let data = self.0.frame().await?.unwrap().into_data().unwrap();
            self.1.push_str(std::str::from_utf8(&data).unwrap());
        }
    }

    /// The events that are ready: type, name, resourceVersion.
    pub(crate) async fn ready(&mut self) -> Vec<(String, String, String)> {
        let mut events = Vec::new();
        while let Ok(Some((kind, object))) = tokio::time::timeout(Duration::ZERO, self.next()).await {
            events.push((kind, text(&object, "/metadata/name"), text(&object, "/metadata/resourceVersion")));
        }
        events
    }
}

/// The string at a pointer, '' if absent.
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The texts of the `Warning` headers.
pub(crate) fn warnings(answer: &http::Response<Bytes>) -> Vec<&str> {
    answer.headers().get_all("warning").iter().map(|value| value.to_str().unwrap()).collect()
}
