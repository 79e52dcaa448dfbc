//! Connections that leave HTTP (exec, attach, port-forward over SPDY or WebSocket): bytes go both ways until one side ends.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;

/// What went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Bytes from the client.
    pub sent: u64,
    /// Bytes to the client.
    pub received: u64,
    /// What went wrong; `None` for an orderly end.
    pub error: Option<String>,
}

/// Connects the two sides as soon as both have left HTTP, and passes bytes until the end.
pub async fn pass(client: OnUpgrade, server: OnUpgrade) -> Passed {
    let (client, server) = match tokio::try_join!(client, server) {
        Ok(sides) => sides,
        Err(error) => return Passed { sent: 0, received: 0, error: Some(error.to_string()) },
    };
    let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
    match copy_bidirectional(&mut client, &mut server).await {
        Ok((sent, received)) => Passed { sent, received, error: None },
        Err(error) => Passed { sent: 0, received: 0, error: Some(error.to_string()) },
    }
}
