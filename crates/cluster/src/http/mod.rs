//! Serves a cluster over HTTP or HTTPS.
//!
//! ```no_run
//! # async fn run(cluster: kuberewind_cluster::Cluster) -> Result<(), Box<dyn std::error::Error>> {
//! use kuberewind_cluster::http::{self, Certificate, HttpOptions, kubeconfig};
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! let certificate = Some(Certificate::for_address(address.ip())?);
//! let options = HttpOptions { token: "random".to_owned(), certificate, ..HttpOptions::default() };
//! std::fs::write("kubeconfig", kubeconfig(address, &options))?;
//! http::serve(listener, cluster, options, std::future::pending()).await?;
//! # Ok(()) }
//! ```

mod access;
mod certificate;
mod kubeconfig;
mod options;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tower::Service;

pub use self::certificate::Certificate;
pub use self::kubeconfig::kubeconfig;
pub use self::options::{Exposure, HttpOptions};
use super::respond::refusal;
use super::view::Encoding;
use super::{Cluster, ClusterBody};
use kuberewind_model::{Error, ErrorKind, Result};

/// The pause after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// The time for a client's TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

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
    serve_with(listener, cluster.service(), options, shutdown).await
}

/// Serves another service in the same way.
///
/// # Errors
/// As [`serve`].
pub async fn serve_with<S>(
    listener: TcpListener,
    service: S,
    options: HttpOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<()>
where
    S: Service<Request<Incoming>, Response = Response<ClusterBody>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let address =
        listener.local_addr().map_err(|error| Error::new(ErrorKind::Io, "the listener has no address").because(error))?;
    check_address(address, options.exposure)?;
    let options = Arc::new(options);
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
                tasks.spawn(secure(stream, service.clone(), options.clone()));
            }
        }
    }
    tasks.shutdown().await;
    Ok(())
}

/// Serves one client, after the TLS handshake if the server has a certificate.
async fn secure<S>(stream: TcpStream, service: S, options: Arc<HttpOptions>)
where
    S: Service<Request<Incoming>, Response = Response<ClusterBody>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    // Without this, small frames wait for an acknowledgement. A socket that refuses the option still works.
    drop(stream.set_nodelay(true));
    let Some(certificate) = options.certificate.clone() else { return connection(stream, service, options).await };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, certificate.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, service, options).await,
        Ok(Err(error)) => tracing::debug!(%error, "the TLS handshake of a client failed"),
        Err(_) => tracing::debug!("a client did not finish its TLS handshake in time"),
    }
}

async fn connection<S>(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, service: S, options: Arc<HttpOptions>)
where
    S: Service<Request<Incoming>, Response = Response<ClusterBody>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let handler = service_fn(move |request| respond(service.clone(), options.clone(), request));
    if let Err(error) = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), handler).await {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Checks that a listener's address is allowed.
///
/// # Errors
/// If it is not on loopback and the exposure does not allow that.
pub fn check_address(address: SocketAddr, exposure: Exposure) -> Result<()> {
    if address.ip().is_loopback() || exposure == Exposure::Anybody {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Invalid, format!("{address} is not an address of this machine alone"))
        .hint("listen on 127.0.0.1, or say that others may connect"))
}

async fn respond<S>(
    mut service: S,
    options: Arc<HttpOptions>,
    request: Request<Incoming>,
) -> std::result::Result<Response<ClusterBody>, Infallible>
where
    S: Service<Request<Incoming>, Response = Response<ClusterBody>, Error = Infallible>,
{
    match access::check(&request, &options) {
        Ok(()) => service.call(request).await,
        Err(refused) => Ok(refusal(&refused, Encoding::Json)),
    }
}
