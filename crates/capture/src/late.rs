//! A name that is still being asked for.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long a name is waited for: as long as what is told may stay unwritten. One that comes later is none.
const PATIENCE: Duration = Duration::from_millis(25);

/// Who sends a call, where that becomes known only after the call has begun: the call goes on, and the writer waits for the name.
#[derive(Debug, Default)]
pub struct LateName {
    name: Mutex<Option<Known>>,
    told: Condvar,
}

/// What was found, be it that nobody knows.
type Known = Option<Arc<str>>;

impl LateName {
    /// Tells the name, or that there is none. The first word counts, so that all calls of one connection have one name.
    pub fn tell(&self, name: Option<Arc<str>>) {
        self.name.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(name);
        self.told.notify_all();
    }

    /// The name; waits for it a moment, if need be.
    pub fn wait(&self) -> Option<Arc<str>> {
        let name = self.name.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.told.wait_timeout_while(name, PATIENCE, |name| name.is_none());
        let (mut name, _) = waited.unwrap_or_else(PoisonError::into_inner);
        name.get_or_insert(None).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::LateName;

    #[test]
    fn a_name_is_waited_for_and_stays() {
        let name = Arc::new(LateName::default());
        let late = name.clone();
        let told = std::thread::spawn(move || late.tell(Some("manager".into())));
        told.join().expect("told");
        name.tell(Some("another".into()));
        assert_eq!(name.wait().as_deref(), Some("manager"));
    }

    #[test]
    fn one_that_does_not_come_is_none_for_good() {
        let name = LateName::default();
        assert_eq!(name.wait(), None);
        name.tell(Some("manager".into()));
        assert_eq!(name.wait(), None);
    }
}
