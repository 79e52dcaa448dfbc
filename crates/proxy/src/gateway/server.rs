//! The listener for clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::process::{Resource, getrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio_rustls::TlsAcceptor;

use super::client::Client;
use super::forward::forward;
use super::shared::Shared;
use super::strangers::{Admission, Strangers};
use crate::actors::ClientConnection;
use kuberewind_model::{Error, ErrorKind, Result};

/// Connections at the same time; further ones wait. An operator has dozens.
const MAX_CONNECTIONS: usize = 4_096;

/// Files that the process needs for itself: the recording, its log, pipes, the runtime.
const OWN_FILES: usize = 24;

/// The wait for a free connection before a stranger has to go.
const SLOT_TIMEOUT: Duration = Duration::from_millis(50);

/// Time for running calls to end at shutdown.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// Time until the first request with a token.
const FIRST_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection without a call for this time, at most twice as long, is closed. Go's clients close theirs after 90 s.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// Time for a client's TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Binds the listener.
///
/// # Errors
/// The address is in use or does not belong to this machine.
pub async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot listen on {address}")).because(error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Serves until `stop` becomes true, then gives calls a short time to end.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>, tls: Option<TlsAcceptor>, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let files = open_files();
    // Each connection of a client needs another one to the API server.
    let connections = (files.saturating_sub(OWN_FILES) / 2).clamp(4, MAX_CONNECTIONS);
    let slots = Arc::new(Semaphore::new(connections));
    let strangers = Arc::new(Strangers::new(connections));
    let mut number = 0;
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots, &strangers) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, permit)) = accepted else { continue };
        number += 1;
        let (admission, evicted) = strangers.enter(number);
        let client = Arc::new(client_of(&stream, &shared, admission));
        let (shared, tls, watcher) = (shared.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            tokio::select! {
                () = serve_client(stream, shared, tls, client.clone(), watcher) => {}
                () = closing(&client, evicted) => {}
            }
            drop(permit);
        });
        // The new connection may show its token before the next one is accepted and takes its place.
        tokio::task::yield_now().await;
    }
    drop(listener);
    // Connections that are still open after this are closed with the runtime.
    drop(tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await);
}

/// The TLS handshake, if there is TLS, and the requests of a connection.
async fn serve_client(stream: TcpStream, shared: Arc<Shared>, tls: Option<TlsAcceptor>, client: Arc<Client>, watcher: Watcher) {
    let Some(tls) = tls else { return connection(stream, shared, client, watcher).await };
    match tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, shared, client, watcher).await,
        Ok(Err(error)) => shared.notices.print_once("handshake", &format!("a client's TLS handshake failed: {error}")),
        Err(_) => shared.notices.print_once("handshake", "a client did not finish its TLS handshake in time"),
    }
}

/// Completes when a connection must be closed: it had to make room for others, sent no request with a token in time, or was idle for long.
async fn closing(client: &Client, evicted: oneshot::Receiver<()>) {
    tokio::select! {
        Ok(()) = evicted => return,
        () = tokio::time::sleep(FIRST_REQUEST_TIMEOUT) => {}
    }
    if !client.has_asked() {
        return;
    }
    let mut before = None;
    loop {
        tokio::time::sleep(IDLE_TIMEOUT).await;
        let now = client.idle_since();
        if now.is_some() && now == before {
            return;
        }
        before = now;
    }
}

/// How many files this process may open.
fn open_files() -> usize {
    getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX)
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
    strangers: &Strangers,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = match slots.clone().try_acquire_owned() {
        Ok(permit) => permit,
        Err(_) => {
            // A connection that was closed gives its slot back when its task runs.
            match tokio::time::timeout(SLOT_TIMEOUT, slots.clone().acquire_owned()).await {
                Ok(permit) => permit.ok()?,
                Err(_) => {
                    strangers.make_room();
                    return None;
                }
            }
        }
    };
    match listener.accept().await {
        Ok((stream, _)) => {
            // Without this, small frames wait for an acknowledgement. A socket that refuses the option still works.
            drop(stream.set_nodelay(true));
            Some((stream, permit))
        }
        Err(_) => {
            // Out of file descriptors, or the client is gone: let other tasks run before the next attempt.
            strangers.make_room();
            tokio::time::sleep(Duration::from_millis(10)).await;
            None
        }
    }
}

/// The client of a connection.
fn client_of(stream: &TcpStream, shared: &Arc<Shared>, admission: Admission) -> Client {
    let (ends, shared) = (stream.peer_addr().and_then(|client| Ok((client, stream.local_addr()?))).ok(), shared.clone());
    let local = ends.is_some_and(|(client, _)| client.ip().to_canonical().is_loopback());
    let connection =
        ClientConnection::new(move |name| ends.and_then(|(client, proxy)| shared.programs.lookup(client, proxy, name)));
    Client::new(connection, local, admission)
}

async fn connection<I>(io: I, shared: Arc<Shared>, client: Arc<Client>, watcher: Watcher)
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn(move |request| forward(shared.clone(), client.clone(), request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().auto_date_header(false);
    builder.http2().auto_date_header(false);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(io), service);
    // Each call has recorded its own end; the result of the connection adds nothing.
    drop(watcher.watch(connection).await);
}
