//! What is looked for.

use super::finding::Class;
use kuberewind_model::Duration;

/// Which detectors run, and their limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The classes that are looked for.
    pub classes: Vec<Class>,
    /// From this on a call is slow, whatever it does.
    pub slow_threshold: Duration,
    /// The longest period, in operations, of a repeated window.
    pub window: usize,
}

impl Default for Settings {
    /// Every class, 1000 ms, periods of up to 64 operations.
    fn default() -> Settings {
        Settings { classes: Class::ALL.to_vec(), slow_threshold: Duration::from_millis(1_000), window: 64 }
    }
}

impl Settings {
    /// Whether this class is looked for.
    #[must_use]
    pub fn wants(&self, class: Class) -> bool {
        self.classes.contains(&class)
    }

    /// The settings as a key: equal texts, equal findings.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut classes: Vec<&str> = self.classes.iter().map(|class| class.as_str()).collect();
        classes.sort_unstable();
        classes.dedup();
        format!("classes={};slow={}ns;window={}", classes.join(","), self.slow_threshold.0, self.window)
    }
}
