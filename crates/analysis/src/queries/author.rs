//! The author of a change.

use serde::Serialize;

use super::serialize;
use kuberewind_model::{Certainty, Seq, Timestamp};

/// The author of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Author {
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    /// The actor, or the field manager if its calls are not recorded.
    pub actor: Option<String>,
    /// The time of the write, or the time in `managedFields`.
    #[serde(serialize_with = "serialize::optional_time")]
    pub time: Option<Timestamp>,
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    /// Why this author is named, for people.
    pub evidence: String,
    /// The first observations of the earlier and the later version. The change happened between them.
    #[serde(serialize_with = "serialize::between")]
    pub between: (Seq, Seq),
}
