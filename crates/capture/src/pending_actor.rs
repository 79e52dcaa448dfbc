//! An actor's name that is still being looked up.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use kuberewind_model::k8s::actor_name::ActorName;

/// The longest wait for a name. A lookup takes a few milliseconds, on a busy machine many times that. Only the writer waits, once for
/// each connection; a call under the name of another program would be worse than one that is written late.
const TIMEOUT: Duration = Duration::from_millis(250);

/// The process at the client end of a connection, while it is being looked up.
#[derive(Debug, Default)]
pub struct ProcessLookup {
    name: Mutex<Option<Found>>,
    resolved: Condvar,
}

/// The result of a lookup; `None` if there is no name.
type Found = Option<Arc<str>>;

impl ProcessLookup {
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

/// The name of a call's sender, if its process becomes known only after the call has begun. The call goes on; the writer waits for the
/// name.
#[derive(Debug, Clone)]
pub struct PendingActor {
    process: Arc<ProcessLookup>,
    /// The name by the User-Agent header, if that names a program.
    sender: Option<ActorName>,
}

impl PendingActor {
    #[must_use]
    pub fn new(process: Arc<ProcessLookup>, sender: Option<ActorName>) -> PendingActor {
        PendingActor { process, sender }
    }

    /// Waits for the process, and returns the actor's name within it. `None` if the process was not found.
    #[must_use]
    pub fn wait(&self) -> Option<Arc<str>> {
        let process = self.process.wait()?;
        Some(self.sender.as_ref().map_or(process.clone(), |sender| sender.within(&process).to_string().into()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{PendingActor, ProcessLookup};
    use kuberewind_model::k8s::actor_name::ActorName;

    #[test]
    fn the_first_name_stays() {
        let lookup = Arc::new(ProcessLookup::default());
        let sender = lookup.clone();
        let resolved = std::thread::spawn(move || sender.resolve(Some("manager@2".into())));
        resolved.join().expect("the thread resolves the name");
        lookup.resolve(Some("another".into()));
        assert_eq!(PendingActor::new(lookup.clone(), None).wait().as_deref(), Some("manager@2"));
        let by_agent = Some(ActorName::new("manager".into(), "leader-election".into()));
        assert_eq!(PendingActor::new(lookup, by_agent).wait().as_deref(), Some("manager@2/leader-election"));
    }

    #[test]
    fn after_a_timeout_there_is_no_name() {
        let lookup = ProcessLookup::default();
        assert_eq!(lookup.wait(), None);
        lookup.resolve(Some("manager".into()));
        assert_eq!(lookup.wait(), None);
    }
}
