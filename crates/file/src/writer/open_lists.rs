//! The lists that are being received.

use std::collections::BTreeMap;

use kuberewind_model::{ListKey, Observation};

use super::body_writer::StoredBody;
use crate::maps::Set;

/// An item whose page has not ended, and its body if it is new.
#[derive(Debug)]
pub(super) struct PendingItem {
    pub(super) observation: Observation,
    pub(super) body: Option<StoredBody>,
}

/// A list that is being received.
#[derive(Debug, Default)]
pub(super) struct OpenList {
    pub(super) pending: Vec<PendingItem>,
    pub(super) seen: Set<i64>,
}

pub(super) type OpenLists = BTreeMap<ListKey, OpenList>;
