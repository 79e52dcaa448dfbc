//! An API server that answers as a test says, and remembers what it was asked.

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

/// The body of an answer.
pub type Body = BoxBody<Bytes, Infallible>;

/// What the server was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method and path with query.
    pub line: String,
    /// Its headers.
    pub headers: HeaderMap,
}

/// A running server.
pub struct Server {
    /// Where.
    pub address: SocketAddr,
    /// What it was asked so far.
    pub asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts one that answers by `answer`.
    pub async fn start<F, A>(answer: F) -> Server
    where
        F: Fn(Request<Incoming>) -> A + Send + Sync + 'static,
        A: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (told, answer) = (asked.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("an option");
                let (told, answer) = (told.clone(), answer.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let line = format!("{} {}", request.method(), request.uri());
                    told.lock().expect("lock").push(Asked { line, headers: request.headers().clone() });
                    let answered = answer(request);
                    async move { Ok::<_, Infallible>(answered.await) }
                });
                tokio::spawn(async move {
                    // How a connection ends is the client's affair.
                    drop(Builder::new(TokioExecutor::new()).serve_connection_with_upgrades(TokioIo::new(stream), service).await);
                });
            }
        });
        Server { address, asked }
    }

    /// The last thing it was asked.
    pub fn last(&self) -> Asked {
        self.asked.lock().expect("lock").last().expect("something was asked").clone()
    }

    /// What it was asked to leave HTTP for.
    pub fn upgrades(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("lock");
        asked.iter().filter_map(|asked| Some(asked.headers.get("upgrade")?.to_str().expect("text").to_owned())).collect()
    }

    /// How often it was asked.
    pub fn count(&self) -> usize {
        self.asked.lock().expect("lock").len()
    }
}

/// A whole body.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed()
}

/// An answer in JSON.
pub fn json(status: u16, text: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(whole(text));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response.headers_mut().insert("content-type", "application/json".parse().expect("a value"));
    response
}

/// Agrees to leave HTTP for something else.
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

/// A ConfigMap.
pub fn config_map(name: &str, version: u32) -> String {
    format!(
        r#"{{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"u-{name}","resourceVersion":"{version}"}},"data":{{"a":"{version}"}}}}"#
    )
}
