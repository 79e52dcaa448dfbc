//! The thread of the main worker.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use crate::protocol::{Reply, Target};

use super::Worker;
use super::mailbox::{Mailbox, Next};

/// Starts the thread. `send` receives the replies. The thread ends when the mailbox is closed.
///
/// # Errors
/// If the thread cannot be created.
pub fn spawn(
    mut worker: Worker,
    mailbox: Arc<Mailbox>,
    send: impl Fn(Reply) + Clone + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name("kuberewind-worker".to_owned()).spawn(move || {
        let (stopping, progress) = (mailbox.clone(), send.clone());
        worker.on_progress(Box::new(move |generation, percent| {
            progress(Reply::Scanning { target: Target::Run, generation, percent });
            if stopping.is_unwanted(Target::Run) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }));
        loop {
            let reply = match mailbox.next(worker.is_scanning()) {
                Next::Closed => return,
                Next::Stop(target) => {
                    worker.stop(target);
                    None
                }
                Next::Handle(request) => worker.handle(request),
                Next::Idle => worker.scan_on(),
            };
            if let Some(reply) = reply {
                send(reply);
            }
        }
    })
}
