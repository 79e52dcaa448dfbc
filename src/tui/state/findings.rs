//! What the detectors found so far, and the page made of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::tui::order::Order;
use crate::tui::protocol::FindingEvidence;
use kuberewind_analysis::finding::Finding;
use kuberewind_model::{Seq, SessionNo};

use super::loops::Loops;
use super::marked_moment::MarkedMoment;

/// The findings.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The session and its end that were asked about last.
    pub asked: Option<(SessionNo, Seq)>,
    /// Up to where they go; `None` while nothing was looked at.
    pub until: Option<Seq>,
    /// The findings, the worst first.
    pub found: Arc<[FindingEvidence]>,
    pub loops: Loops,
    /// What the page was made of.
    pub page: Option<Page>,
    /// The worst finding about each object.
    by_object: HashMap<String, usize>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The findings.
    pub found: Arc<[FindingEvidence]>,
    /// Up to where they go.
    pub until: Option<Seq>,
    /// Bookmarks and marks.
    pub places: Vec<MarkedMoment>,
    /// Their order.
    pub order: Order,
}

impl Findings {
    /// The worst finding about an object, written `Kind/namespace/name`.
    #[must_use]
    pub fn about(&self, object: &str) -> Option<&Finding> {
        self.found.get(*self.by_object.get(object)?).map(|found| &found.finding)
    }

    /// The detectors came to `end`.
    pub fn take(&mut self, end: Seq, found: Arc<[FindingEvidence]>) {
        self.until = Some(end);
        self.by_object.clear();
        for (at, found) in found.iter().enumerate() {
            if !found.finding.is_remark() {
                // The worst come first.
                self.by_object.entry(found.finding.object.clone()).or_insert(at);
            }
        }
        self.found = found;
    }
}
