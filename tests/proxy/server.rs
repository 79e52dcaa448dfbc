//! An API server that responds as a test defines, and remembers its requests.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The body of a response.
pub type Body = BoxBody<Bytes, Infallible>;

/// A received request.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// Method, path and query.
    pub line: String,
    pub headers: HeaderMap,
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    /// The requests so far.
    pub asked: Arc<Mutex<Vec<ReceivedRequest>>>,
}

impl Server {
    /// Starts a server that responds with `answer`.
    pub async fn start<F, A>(answer: F) -> Server
    where
        F: Fn(Request<Incoming>) -> A + Send + Sync + 'static,
        A: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (run, answer) = (asked.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("an option");
                let (run, answer) = (run.clone(), answer.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let line = format!("{} {}", request.method(), request.uri());
                    run.lock().expect("lock").push(ReceivedRequest { line, headers: request.headers().clone() });
                    let answered = answer(request);
                    async move { Ok::<_, Infallible>(answered.await) }
                });
                tokio::spawn(async move {
                    // The client sees how the connection ends.
                    drop(Builder::new(TokioExecutor::new()).serve_connection_with_upgrades(TokioIo::new(stream), service).await);
                });
            }
        });
        Server { address, asked }
    }

    /// The last request.
    pub fn last(&self) -> ReceivedRequest {
        self.asked.lock().expect("lock").last().expect("a request was received").clone()
    }

    /// The `Upgrade` headers of the requests.
    pub fn upgrades(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("lock");
        asked.iter().filter_map(|asked| Some(asked.headers.get("upgrade")?.to_str().expect("text").to_owned())).collect()
    }

    /// The number of requests.
    pub fn count(&self) -> usize {
        self.asked.lock().expect("lock").len()
    }
}

/// A complete body.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed()
}

/// A JSON response.
pub fn json(status: u16, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(whole(text));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response.headers_mut().insert("content-type", "application/json".parse().expect("a value"));
    response
}

/// Accepts an upgrade.
pub fn switching<F>(
    mut request: Request<Incoming>,
    headers: &[(&'static str, &str)],
    then: impl FnOnce(TokioIo<Upgraded>) -> F + Send + 'static,
) -> Response<Body>
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move { then(TokioIo::new(upgraded.await.expect("upgraded"))).await });
    let mut response = Response::new(whole(""));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    for (name, value) in [("connection", "Upgrade")].iter().chain(headers) {
        response.headers_mut().insert(*name, value.parse().expect("a value"));
    }
    response
}

/// A body that grows as frames are sent.
pub fn growing() -> (mpsc::UnboundedSender<Frame<Bytes>>, Body) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let stream = futures::stream::unfold(receiver, |mut receiver: mpsc::UnboundedReceiver<Frame<Bytes>>| async move {
        receiver.recv().await.map(|frame| (Ok::<_, Infallible>(frame), receiver))
    });
    (sender, BodyExt::boxed(StreamBody::new(stream)))
}

pub fn config_map(name: &str, version: u32) -> String {
    format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"u-{name}","resourceVersion":"{version}"}},"data":{{"a":"{version}"}}}}"#
    )
}
