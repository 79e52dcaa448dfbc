use std::collections::BTreeMap;

use kuberewind_model::{Seq, Timestamp};

use super::jumps::Jumps;

/// Moments to which the user can return.
#[derive(Debug, Clone, Default)]
pub struct Navigation {
    pub jumps: Jumps,
    /// Marks of this process; bookmarks are stored in the recording.
    pub marks: BTreeMap<char, Seq>,
    /// The refused write of the last walk to the write that was faster and to the retry.
    pub refused: Option<Seq>,
    /// Name and time of the moment from which `TimeStyle::Mark` counts.
    pub time_origin: Option<(String, Timestamp)>,
}
