//! The findings, and the inputs of their page.

use std::collections::HashMap;
use std::sync::Arc;

use crate::order::Order;
use crate::protocol::FindingEvidence;
use kuberewind_analysis::finding::Finding;
use kuberewind_model::{Seq, SessionNo};

use super::loops::Loops;
use super::marked_moment::MarkedMoment;

#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The session and its last operation in the last request.
    pub asked: Option<(SessionNo, Seq)>,
    /// The last operation that the detectors have seen; `None` before the first reply.
    pub until: Option<Seq>,
    /// Most severe first.
    pub found: Arc<[FindingEvidence]>,
    pub loops: Loops,
    /// The inputs of the current page.
    pub page: Option<Page>,
    /// The most severe finding about each object.
    by_object: HashMap<String, usize>,
}

/// The inputs of the page. If they are equal, the page is up to date.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub found: Arc<[FindingEvidence]>,
    pub until: Option<Seq>,
    pub moments: Vec<MarkedMoment>,
    pub order: Order,
}

impl Findings {
    /// The most severe finding about an object, given as `Kind/namespace/name`.
    #[must_use]
    pub fn about(&self, object: &str) -> Option<&Finding> {
        self.found.get(*self.by_object.get(object)?).map(|found| &found.finding)
    }

    /// Takes the findings up to operation `end`.
    pub fn take(&mut self, end: Seq, found: Arc<[FindingEvidence]>) {
        self.until = Some(end);
        self.by_object.clear();
        for (at, found) in found.iter().enumerate() {
            if !found.finding.is_info() {
                // The most severe findings come first.
                self.by_object.entry(found.finding.object.clone()).or_insert(at);
            }
        }
        self.found = found;
    }
}
