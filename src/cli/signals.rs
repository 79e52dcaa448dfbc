//! Signals that end a server or a live demo.

use tokio::signal::unix::{SignalKind, signal};

/// Completes at SIGINT, SIGTERM or SIGHUP. Never completes if the handlers cannot be installed.
pub async fn interrupted() {
    let listen = |kind| signal(kind).ok();
    let (Some(mut interrupt), Some(mut terminate), Some(mut hang_up)) =
        (listen(SignalKind::interrupt()), listen(SignalKind::terminate()), listen(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}
