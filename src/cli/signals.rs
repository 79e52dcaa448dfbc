//! Signals that end a server or a live demo.

use tokio::signal::unix::{SignalKind, signal};

/// Installs handlers of SIGINT, SIGTERM and SIGHUP at once, and returns a future that completes at one of these signals. It never
/// completes if the handlers cannot be installed. Call it on a runtime, before there is anything that the end must clean up.
pub fn interrupted() -> impl Future<Output = ()> {
    let listen = |kind| signal(kind).ok();
    let signals = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()), listen(SignalKind::hangup()));
    async move {
        let (Some(mut interrupt), Some(mut terminate), Some(mut hang_up)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
    }
}
