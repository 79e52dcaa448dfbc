//! Settings of an analysis.

use super::finding::Class;
use kuberewind_model::Duration;

/// Which detectors run, and their limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub classes: Vec<Class>,
    /// Calls that take longer are slow.
    pub slow_threshold: Duration,
    /// The longest period of a repeated window, in operations.
    pub window: usize,
}

impl Default for Settings {
    /// All classes, 1000 ms, periods of up to 64 operations.
    fn default() -> Settings {
        Settings { classes: Class::ALL.to_vec(), slow_threshold: Duration::from_millis(1_000), window: 64 }
    }
}

impl Settings {
    #[must_use]
    pub fn wants(&self, class: Class) -> bool {
        self.classes.contains(&class)
    }

    /// A text that is equal for settings that yield equal findings.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut classes: Vec<&str> = self.classes.iter().map(|class| class.as_str()).collect();
        classes.sort_unstable();
        classes.dedup();
        format!("classes={};slow={}ns;window={}", classes.join(","), self.slow_threshold.0, self.window)
    }
}
