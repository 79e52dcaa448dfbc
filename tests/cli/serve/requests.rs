//! Requests to a served recording without a network.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::Moment;
use kuberewind_serve::{ServeOptions, Served, ServedService};
use kuberewind_session::OpenRecording;
use serde_json::Value;
use tower::Service;

/// Opens the newest session of a file.
pub fn open(file: &Path) -> OpenRecording {
    OpenRecording::new(Box::new(Recording::open(file, &OpenOptions::default()).unwrap()), None).unwrap()
}

/// Serves the world of a file at a moment.
pub fn serve(file: &Path, at: Moment, list_unknown: bool) -> Client {
    serve_with(file, at, ServeOptions { list_unknown, ..ServeOptions::of_world("run.db") })
}

/// Serves a file at a moment.
pub fn serve_with(file: &Path, at: Moment, options: ServeOptions) -> Client {
    Client(Arc::new(Served::new(open(file), at, options).unwrap()))
}

/// A client of a served recording.
pub struct Client(pub Arc<Served>);

impl Client {
    /// Sends a request and returns the code and the body.
    pub async fn send(&self, method: Method, path: &str, accept: &str, body: &str) -> (u16, Bytes) {
        self.send_with(method, path, [("accept", accept), ("content-type", "application/json")], body).await
    }

    /// Sends a request with these headers.
    pub async fn send_with<const N: usize>(
        &self,
        method: Method,
        path: &str,
        headers: [(&str, &str); N],
        body: &str,
    ) -> (u16, Bytes) {
        let mut request = Request::builder().method(method).uri(path).header("user-agent", "test/1 (x)");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let answer = ServedService::new(self.0.clone()).call(request).await.unwrap();
        let code = answer.status().as_u16();
        (code, answer.into_body().collect().await.unwrap().to_bytes())
    }

    /// Gets a path that must be there, as bytes.
    pub async fn bytes(&self, path: &str) -> Bytes {
        let (code, body) = self.send(Method::GET, path, "application/json", "").await;
        assert_eq!(code, 200, "{path}: {}", String::from_utf8_lossy(&body));
        body
    }

    /// Gets a path that must be there, as JSON.
    pub async fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.bytes(path).await).unwrap()
    }

    /// Gets a path that must be refused, and returns the code and the message.
    pub async fn refused(&self, path: &str) -> (u16, String) {
        let (code, body) = self.send(Method::GET, path, "application/json", "").await;
        let status: Value = serde_json::from_slice(&body).unwrap_or_default();
        (code, status["message"].as_str().unwrap_or_default().to_owned())
    }
}

/// The path of an object or, with the name '', of the list that has it.
pub fn path(api_version: &str, plural: &str, namespace: &str, name: &str) -> String {
    let prefix = if api_version.contains('/') { "apis" } else { "api" };
    let namespace = if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
    let name = if name.is_empty() { String::new() } else { format!("/{name}") };
    format!("/{prefix}/{api_version}{namespace}/{plural}{name}")
}
