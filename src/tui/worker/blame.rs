//! Who wrote the fields of an object, before and after an operation.

use std::collections::HashMap;

use crate::render::document::{Line, Sign};
use kuberewind_analysis::queries::Author;
use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_model::{Moment, ObjectId, Result, Seq};

use super::Worker;

/// The writers of the fields at a moment, by JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blames {
    /// The moment.
    pub at: Seq,
    /// Of the state after the operation.
    after: HashMap<String, Author>,
    /// Of the state before it: of what it removed.
    before: HashMap<String, Author>,
}

impl Blames {
    /// The writer of a line's value; `None` for what is no single value.
    #[must_use]
    pub fn of(&self, line: &Line) -> Option<&Author> {
        let side = if line.sign == Sign::Removed { &self.before } else { &self.after };
        side.get(&*line.path)
    }
}

impl Worker {
    pub(super) fn blames(&mut self, at: Seq) -> Result<Blames> {
        let mut found = Blames { at, ..Blames::default() };
        let Some(operation) = self.operation(at)? else { return Ok(found) };
        let Some(object) = operation.object else { return Ok(found) };
        found.after = self.writers(object, at)?;
        let version = operation.version.map_or(Ok(None), |version| self.recording.source().version(version))?;
        let before = match &version {
            Some(version) => self.recording.source().previous_version(self.recording.lineage(), version.id)?,
            None => None,
        };
        if let (Some(before), Some(version)) = (before, version)
            && !before.gone
        {
            // As of the last moment at which the version before was the newest.
            found.before = self.writers(object, version.first_observed.prev().max(before.first_observed))?;
        }
        Ok(found)
    }

    fn writers(&self, object: ObjectId, at: Moment) -> Result<HashMap<String, Author>> {
        let all = BlameOptions::default();
        let blame = blame(self.recording.source(), self.recording.lineage(), object, at, &all)?;
        let fields = blame.map(|blame| blame.fields).unwrap_or_default();
        Ok(fields.into_iter().map(|field| (field.path, field.author)).collect())
    }
}
