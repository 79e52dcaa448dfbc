//! Where clients connect.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::forward::{Shared, forward};
use crate::proxy::actors::Caller;
use kuberewind_model::{Error, ErrorKind, Result};

/// Connections at once. A client's request waits beyond it; an operator has dozens.
const CONNECTIONS: usize = 4_096;

/// How long calls may go on when the proxy ends.
const GRACE: Duration = Duration::from_millis(500);

/// How long a client may take to greet in TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Binds the listener.
///
/// # Errors
/// Where the address is taken or not this machine's.
pub async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let failed = |error: std::io::Error| Error::new(ErrorKind::Io, format!("cannot listen on {address}")).because(error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Serves until `stop` turns true, then lets calls end for a moment.
pub async fn serve(listener: TcpListener, shared: Arc<Shared>, tls: Option<TlsAcceptor>, mut stop: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, permit)) = accepted else { continue };
        let caller = caller(&stream, &shared);
        let (shared, tls, watcher) = (shared.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, shared, caller, watcher).await,
                Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                    Ok(Ok(stream)) => connection(stream, shared, caller, watcher).await,
                    Ok(Err(error)) => shared.notices.once("handshake", &format!("a client broke off TLS: {error}")),
                    Err(_) => shared.notices.once("handshake", "a client did not finish its TLS greeting"),
                },
            }
            drop(permit);
        });
    }
    drop(listener);
    // What is still open after the grace is broken off with the runtime.
    drop(tokio::time::timeout(GRACE, graceful.shutdown()).await);
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Without it small frames wait for an acknowledgement; a socket that refuses the option still works.
            drop(stream.set_nodelay(true));
            Some((stream, permit))
        }
        Err(_) => {
            // Out of file descriptors, or the client is gone already: let others get on before the next try.
            tokio::time::sleep(Duration::from_millis(10)).await;
            None
        }
    }
}

/// Who has connected.
fn caller(stream: &TcpStream, shared: &Arc<Shared>) -> Caller {
    let (ends, shared) = (stream.peer_addr().and_then(|client| Ok((client, stream.local_addr()?))), shared.clone());
    Caller::new(move || ends.ok().and_then(|(client, proxy)| shared.peers.ask(client, proxy)))
}

async fn connection<I>(io: I, shared: Arc<Shared>, caller: Caller, watcher: Watcher)
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let caller = Arc::new(caller);
    let service = service_fn(move |request| forward(shared.clone(), caller.clone(), request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().auto_date_header(false);
    builder.http2().auto_date_header(false);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(io), service);
    // How it ended concerns the client alone: each call's end was told where it happened.
    drop(watcher.watch(connection).await);
}
