//! Signals that ask the program to end.

use tokio::signal::unix::{SignalKind, signal};

/// Done when somebody asks: ctrl-c, SIGTERM or SIGHUP. Where signals cannot be listened to, never.
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
