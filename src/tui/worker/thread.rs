//! The worker's thread.

use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::mailbox::Next;
use super::{Answer, Mailbox, Scan, Worker};

/// Starts the thread. `tell` takes the answers; the thread ends when the mailbox is closed.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn(mut worker: Worker, mailbox: Arc<Mailbox>, tell: impl Fn(Answer) + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name("kuberewind-worker".to_owned()).spawn(move || {
        let mut scan: Option<Scan> = None;
        loop {
            match mailbox.next(scan.is_some()) {
                Next::Closed => return,
                Next::StopSearch => scan = None,
                Next::Search(request) => scan = worker.scan(request),
                Next::Answer(request) => {
                    if let Some(answer) = worker.answer(request) {
                        tell(answer);
                    }
                }
                Next::Idle => {
                    if let Some(running) = &mut scan {
                        let answer = worker.scan_on(running);
                        if !matches!(answer, Answer::Searching { .. }) {
                            scan = None;
                        }
                        tell(answer);
                    }
                }
            }
        }
    })
}
