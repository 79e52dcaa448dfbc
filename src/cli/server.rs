//! What the commands that serve an API have in common: the runtime, the listener, the certificate and the token.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::cli::random;
use kuberewind_cluster::http::{Certificate, Exposure, HttpOptions};
use kuberewind_model::{Error, ErrorKind, Result};

/// Returns the runtime of a server.
pub fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(ErrorKind::Io, "cannot start the runtime of the server").because(error))
}

/// Listens on an address. Returns the address with the port that was free.
pub async fn bind(listen: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let failed = |error| {
        Error::new(ErrorKind::Io, format!("cannot listen on {listen}"))
            .because(error)
            .hint("choose another port, or port 0 for any free one")
    };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Returns options with a new certificate and a new token.
pub fn secured(address: SocketAddr, exposure: Exposure) -> Result<HttpOptions> {
    let certificate = Some(Certificate::for_address(address.ip())?);
    Ok(HttpOptions { token: format!("{:032x}", random::id()?), certificate, exposure })
}
