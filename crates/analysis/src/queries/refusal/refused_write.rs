//! The answer about a refused write.

use serde::Serialize;

use super::super::author::Author;
use super::super::history::{FieldChange, HistoryEntry};
use super::super::serialize;
use kuberewind_model::{Certainty, Seq, Timestamp};

/// The version that a write was made on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WriteBase {
    /// '' if the version has none.
    pub resource_version: String,
    /// The first observation of the version, `None` if the version is not recorded.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub operation: Option<Seq>,
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    pub evidence: String,
}

/// The write that followed a refused one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retry {
    #[serde(serialize_with = "serialize::seq")]
    pub operation: Seq,
    #[serde(serialize_with = "serialize::optional_time")]
    pub time: Option<Timestamp>,
    pub outcome: &'static str,
    /// The HTTP status, 0 without response.
    pub status: u16,
    #[serde(serialize_with = "serialize::certainty")]
    pub certainty: Certainty,
    pub evidence: String,
    /// The attempts from this one until one succeeded, or until the end of what was searched.
    pub attempts: usize,
    /// The attempt that succeeded.
    #[serde(serialize_with = "serialize::optional_seq")]
    pub done: Option<Seq>,
}

/// A refused write beside the versions of its object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RefusedWrite {
    #[serde(serialize_with = "serialize::seq")]
    pub operation: Seq,
    /// The HTTP status.
    pub status: u16,
    /// The API's reason, such as `Conflict`. '' if unknown.
    pub reason: String,
    /// The server's message.
    pub error: String,
    /// '' if the object is not known.
    pub object: String,
    /// `None` if it is not known.
    pub base: Option<WriteBase>,
    /// The fields that it would have changed, against the base.
    pub sent: Vec<FieldChange>,
    /// Changed fields above the limit.
    pub more_sent: usize,
    /// Why `sent` says nothing, '' if it does.
    pub sent_remark: String,
    /// The versions after the base that existed when it arrived, oldest first: what another had written meanwhile. For a refused
    /// create, the version that exists.
    pub meanwhile: Vec<HistoryEntry>,
    /// The number of older such versions above the limit.
    pub more_meanwhile: usize,
    /// `None` if there is no later write by the same actor that can be it.
    pub retry: Option<Retry>,
}

impl RefusedWrite {
    /// The write that was faster: the newest one that is known, of the versions that existed when the refused write arrived.
    #[must_use]
    pub fn winner(&self) -> Option<(Seq, &Author)> {
        self.meanwhile.iter().rev().find_map(|version| Some((version.writer.operation?, &version.writer)))
    }
}
