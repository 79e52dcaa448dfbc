//! Time limits that several files share.

use kuberewind_model::Duration;

/// A reconcile ends after this much quiet time.
pub(super) const QUIET: Duration = Duration(1_000_000_000);
/// A line may reach the recorder this much later than the call that followed it.
pub(super) const SKEW: Duration = Duration(20_000_000);
/// An idle controller reacts to a delivery within this time.
pub(super) const PROMPT: Duration = Duration(500_000_000);
