//! The decision to keep a recording.

use std::sync::atomic::{AtomicBool, Ordering};

/// Receives the reason of a decision.
type Report = Box<dyn Fn(&str) + Send + Sync>;

/// The decision to keep the recording. The first reason makes it, and it is final.
#[derive(Default)]
pub struct Decision {
    keep: AtomicBool,
    report: Option<Report>,
}

impl Decision {
    /// An open decision. `report` receives the reason once it is made.
    pub fn telling(report: impl Fn(&str) + Send + Sync + 'static) -> Decision {
        Decision { keep: AtomicBool::new(false), report: Some(Box::new(report)) }
    }

    /// Decides to keep the recording.
    pub fn keep(&self, why: &str) {
        if !self.keep.swap(true, Ordering::SeqCst)
            && let Some(report) = &self.report
        {
            report(why);
        }
    }

    #[must_use]
    pub fn is_to_keep(&self) -> bool {
        self.keep.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decision").field("keep", &self.is_to_keep()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::Decision;

    #[test]
    fn a_decision_is_reported_once() {
        let reported = Arc::new(Mutex::new(Vec::new()));
        let to = reported.clone();
        let decision = Decision::telling(move |why| to.lock().expect("lock").push(why.to_owned()));
        assert!(!decision.is_to_keep());
        decision.keep("a call failed");
        decision.keep("a loop");
        assert!(decision.is_to_keep());
        assert_eq!(*reported.lock().expect("lock"), ["a call failed"]);
    }
}
