//! Serves a cluster over HTTP on loopback.
//!
//! client-go sends no bearer token over plain HTTP. The token may therefore be the first segment of the path, where the generated
//! [`kubeconfig`](super::kubeconfig) puts it: every client keeps the path prefix of its server.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use http::{Request, Response, Uri, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tower::Service;

use super::respond::refusal;
use super::view::Encoding;
use super::{Cluster, ClusterBody, ClusterService};
use kuberewind_model::k8s::status::Status;
use kuberewind_model::{Error, ErrorKind, Result};

/// The pause after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// The token and the addresses of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpOptions {
    /// The token of every request, as a bearer token or as the first path segment. Empty: no token is required. It must need no escaping in
    /// a URL.
    pub token: String,
    /// The addresses that the listener may have.
    pub exposure: Exposure,
}

/// The addresses that a listener may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exposure {
    /// Loopback only.
    #[default]
    Loopback,
    /// Any address.
    Anybody,
}

/// Serves a cluster until `shutdown` completes, then cuts open watches.
///
/// # Errors
/// If the listener is not on loopback and [`Exposure`] does not allow that, or if it has no address.
pub async fn serve(
    listener: TcpListener,
    cluster: Cluster,
    options: HttpOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let address =
        listener.local_addr().map_err(|error| Error::new(ErrorKind::Io, "the listener has no address").because(error))?;
    check_exposure(address, &options)?;
    let mut tasks = tokio::task::JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            // The result of a connection concerns its client only.
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // The client disconnected early, or this process has too many open files. Retrying at once would not help.
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                };
                let (service, token) = (cluster.service(), options.token.clone());
                let handler = service_fn(move |request| respond(service.clone(), token.clone(), request));
                tasks.spawn(async move { Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), handler).await });
            }
        }
    }
    tasks.shutdown().await;
    Ok(())
}

fn check_exposure(address: SocketAddr, options: &HttpOptions) -> Result<()> {
    if address.ip().is_loopback() || options.exposure == Exposure::Anybody {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Invalid, format!("{address} is not an address of this machine alone"))
        .hint("listen on 127.0.0.1, or say that others may connect"))
}

async fn respond(
    mut service: ClusterService,
    token: String,
    mut request: Request<Incoming>,
) -> std::result::Result<Response<ClusterBody>, std::convert::Infallible> {
    let admitted = token.is_empty() || bears(&request, &token) || take_prefix(&mut request, &token);
    if admitted {
        service.call(request).await
    } else {
        Ok(refusal(&Status::new(401, "Unauthorized", "Unauthorized"), Encoding::Json))
    }
}

/// True if the request has the token in its header.
fn bears<B>(request: &Request<B>, token: &str) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes).unwrap_or_default();
    same(given, format!("Bearer {token}").as_bytes())
}

/// Removes the token from the front of the path and returns true if it was there.
fn take_prefix<B>(request: &mut Request<B>, token: &str) -> bool {
    let uri = request.uri().path_and_query().map_or("", http::uri::PathAndQuery::as_str);
    let Some((first, rest)) = uri.strip_prefix('/').and_then(|path| path.split_once('/')) else { return false };
    let Ok(uri) = format!("/{rest}").parse::<Uri>() else { return false };
    if !same(first.as_bytes(), token.as_bytes()) {
        return false;
    }
    *request.uri_mut() = uri;
    true
}

/// Compares two secrets in constant time.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    let differences = given.iter().zip(wanted).fold(0, |found, (one, other)| found | (one ^ other));
    given.len() == wanted.len() && differences == 0
}
