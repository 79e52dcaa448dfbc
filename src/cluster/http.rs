//! A cluster served over HTTP on loopback.

use std::future::Future;
use std::net::SocketAddr;

use http::{Request, Response, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::Service;

use super::{Cluster, ClusterBody, ClusterService, answer};
use crate::k8s::status::Status;
use crate::model::{Error, ErrorKind, Result};

/// Who may connect, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpOptions {
    /// The bearer token that every request has to carry; '' asks for none.
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
    let service = cluster.service();
    let connections = GracefulShutdown::new();
    let mut tasks = tokio::task::JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept() => {
                // What fails here is one client's affair: it went away before it was let in.
                let Ok((stream, _)) = accepted else { continue };
                let (service, token) = (service.clone(), options.token.clone());
                let handler = service_fn(move |request| respond(service.clone(), token.clone(), request));
                let connection = Builder::new(TokioExecutor::new()).serve_connection_with_upgrades(TokioIo::new(stream), handler).into_owned();
                tasks.spawn(connections.watch(connection));
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
    request: Request<Incoming>,
) -> std::result::Result<Response<ClusterBody>, std::convert::Infallible> {
    if !token.is_empty() && !carries(&request, &token) {
        return Ok(answer::refusal(&Status::new(401, "Unauthorized", "Unauthorized")));
    }
    service.call(request).await
}

/// Whether the request carries the token. Every byte is looked at, so that the time tells nothing about it.
fn carries<B>(request: &Request<B>, token: &str) -> bool {
    let given = request.headers().get(header::AUTHORIZATION).map(header::HeaderValue::as_bytes).unwrap_or_default();
    let wanted = format!("Bearer {token}").into_bytes();
    let differences = given.iter().zip(&wanted).fold(0, |found, (one, other)| found | (one ^ other));
    given.len() == wanted.len() && differences == 0
}
