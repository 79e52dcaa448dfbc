//! The worker's thread.

use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::mailbox::Next;
use super::{Answer, Mailbox, Target, Worker};

/// Starts the thread. `tell` takes the answers; the thread ends when the mailbox is closed.
///
/// # Errors
/// When the system gives no thread.
pub fn spawn(
    mut worker: Worker,
    mailbox: Arc<Mailbox>,
    tell: impl Fn(Answer) + Clone + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name("kuberewind-worker".to_owned()).spawn(move || {
        let (watching, told) = (mailbox.clone(), tell.clone());
        worker.watched_by(Box::new(move |generation, percent| {
            told(Answer::Scanning { target: Target::Run, generation, percent });
            if watching.is_unwanted(Target::Run) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }));
        loop {
            let answer = match mailbox.next(worker.is_scanning()) {
                Next::Closed => return,
                Next::Stop(target) => {
                    worker.stop(target);
                    None
                }
                Next::Answer(request) => worker.answer(request),
                Next::Idle => worker.scan_on(),
            };
            if let Some(answer) = answer {
                tell(answer);
            }
        }
    })
}
