//! A cluster served over HTTP on loopback.
//!
//! client-go sends no bearer token over plain HTTP. The token may therefore also be the first part of the path, which
//! is how the generated [`kubeconfig`](super::kubeconfig) carries it: every client keeps a server's path prefix.

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

use super::{Cluster, ClusterBody, ClusterService, answer};
use kuberewind_model::k8s::status::Status;
use kuberewind_model::{Error, ErrorKind, Result};

/// How long to wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Who may connect, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpOptions {
    /// The token that every request has to carry, as a bearer or as the first part of its path; '' asks for none. It is
    /// made of letters that need no escaping in a URL.
    pub token: String,
    /// Whether the listener may be on another address than loopback.
    pub exposure: Exposure,
}

/// Whether others than this machine may connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exposure {
    /// This machine only.
    #[default]
    Loopback,
    /// Whoever reaches the address.
    Anybody,
}

/// Serves a cluster until `shutdown` is done. Open watches are cut then, as a server that goes away cuts them.
///
/// # Errors
/// A listener that is not on loopback where [`Exposure`] does not allow it, or whose address cannot be told.
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
            // How a connection ended is its client's affair.
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // The client went away before it was let in, or this process has too many files open: then it is
                    // no use to ask again at once.
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
    if admitted { service.call(request).await } else { Ok(answer::refusal(&Status::new(401, "Unauthorized", "Unauthorized"))) }
}

/// Whether the request bears the token in its header.
fn bears<B>(request: &Request<B>, token: &str) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes).unwrap_or_default();
    same(given, format!("Bearer {token}").as_bytes())
}

/// Takes the token off the front of the path, if it is there.
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

/// Whether two secrets are the same. Every byte is looked at, so that the time tells nothing about them.
fn same(given: &[u8], wanted: &[u8]) -> bool {
    let differences = given.iter().zip(wanted).fold(0, |found, (one, other)| found | (one ^ other));
    given.len() == wanted.len() && differences == 0
}
