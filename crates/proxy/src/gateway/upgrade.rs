//! Upgraded connections (exec, attach, port-forward over SPDY or WebSocket): copies bytes in both directions until both ends
//! close.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tower::BoxError;

/// Connects the two ends once both are upgraded, and copies bytes until the end.
///
/// # Errors
/// One end fails.
pub async fn copy(client: OnUpgrade, server: OnUpgrade) -> Result<(), BoxError> {
    let (client, server) = tokio::try_join!(client, server)?;
    let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
