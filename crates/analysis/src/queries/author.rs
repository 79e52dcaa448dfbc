//! The author of a change.

use serde::Serialize;

use super::serialize;
use kuberewind_model::{Certainty, Seq, Timestamp};

/// Who made a change, and how sure that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Author {
    /// The write.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    /// Who made it; a field manager's name where its calls are not in the recording.
    pub actor: Option<String>,
    /// When: the write's time, or the one that `managedFields` tell.
    #[serde(serialize_with = "serialize::optional_time")]
    pub time: Option<Timestamp>,
    /// How sure.
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    /// What it rests on, in a sentence.
    pub evidence: String,
    /// The change lies between these two: the first sight of the earlier version, and of the later.
    #[serde(serialize_with = "serialize::between")]
    pub between: (Seq, Seq),
}
