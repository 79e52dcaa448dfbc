//! Connections that leave HTTP (exec, attach, port-forward over SPDY or WebSocket): bytes go both ways until both sides have ended.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tower::BoxError;

/// Connects the two sides as soon as both have left HTTP, and passes bytes until the end.
///
/// # Errors
/// Where a side breaks off.
pub async fn pass(client: OnUpgrade, server: OnUpgrade) -> Result<(), BoxError> {
    let (client, server) = tokio::try_join!(client, server)?;
    let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
