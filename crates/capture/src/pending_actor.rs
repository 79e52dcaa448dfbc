//! An actor's name that is still being looked up.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The longest wait for a name. A lookup takes a few milliseconds, on a busy machine many times that. Only the writer waits, once for
/// each connection; a call under the name of another program would be worse than one that is written late.
const TIMEOUT: Duration = Duration::from_millis(250);

/// The name of a call's sender, if it becomes known only after the call has begun. The call goes on; the writer waits for the name.
#[derive(Debug, Default)]
pub struct PendingActor {
    name: Mutex<Option<Lookup>>,
    resolved: Condvar,
}

/// The result of a lookup; `None` if there is no name.
type Lookup = Option<Arc<str>>;

impl PendingActor {
    /// Sets the result. Only the first one counts, so that all calls of one connection have one name.
    pub fn resolve(&self, name: Option<Arc<str>>) {
        self.name.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(name);
        self.resolved.notify_all();
    }

    /// Returns the name, and waits for it up to 250 ms. After a timeout there is no name for good.
    pub fn wait(&self) -> Option<Arc<str>> {
        let name = self.name.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.resolved.wait_timeout_while(name, TIMEOUT, |name| name.is_none());
        let (mut name, _) = waited.unwrap_or_else(PoisonError::into_inner);
        name.get_or_insert(None).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::PendingActor;

    #[test]
    fn the_first_name_stays() {
        let pending = Arc::new(PendingActor::default());
        let sender = pending.clone();
        let resolved = std::thread::spawn(move || sender.resolve(Some("manager".into())));
        resolved.join().expect("the thread resolves the name");
        pending.resolve(Some("another".into()));
        assert_eq!(pending.wait().as_deref(), Some("manager"));
    }

    #[test]
    fn after_a_timeout_there_is_no_name() {
        let pending = PendingActor::default();
        assert_eq!(pending.wait(), None);
        pending.resolve(Some("manager".into()));
        assert_eq!(pending.wait(), None);
    }
}
