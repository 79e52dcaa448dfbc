//! A small API server on loopback. Each test provides its responses.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kube::Config;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A response of the server.
pub enum Answer {
    /// All at once.
    Json(u16, String),
    /// In chunks, as they are sent; ends when the sender is dropped.
    Stream(mpsc::Receiver<Bytes>),
}

/// A request that the server received.
pub struct Asked {
    pub method: http::Method,
    pub uri: http::Uri,
}

/// A running server; ends when dropped.
pub struct Server {
    task: tokio::task::JoinHandle<()>,
    pub config: Config,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a server.
pub async fn start(answer: impl Fn(Asked) -> Answer + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = Config::new(format!("http://{}", listener.local_addr().unwrap()).parse().unwrap());
    let answer = Arc::new(answer);
    let task = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let answer = Arc::clone(&answer);
            connections.spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    let answer = Arc::clone(&answer);
                    async move { Ok::<_, Infallible>(respond(&*answer, request).await) }
                });
                // Some tests drop the client in the middle of a response.
                let _ended = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    Server { task, config }
}

async fn respond(
    answer: &(impl Fn(Asked) -> Answer + Send + Sync),
    request: Request<Incoming>,
) -> Response<BoxBody<Bytes, Infallible>> {
    let (parts, body) = request.into_parts();
    // The response follows the complete request.
    let _whole = body.collect().await;
    let response = Response::builder().header("content-type", "application/json").header("audit-id", "audit-1");
    match answer(Asked { method: parts.method, uri: parts.uri }) {
        Answer::Json(status, text) => response.status(status).body(Full::new(Bytes::from(text)).boxed()).unwrap(),
        Answer::Stream(pieces) => {
            let frames = futures::stream::unfold(pieces, |mut pieces| async move {
                pieces.recv().await.map(|piece| (Ok(Frame::data(piece)), pieces))
            });
            response.body(BodyExt::boxed(StreamBody::new(frames))).unwrap()
        }
    }
}
