//! The authors of an object's fields, before and after an operation.

use std::collections::HashMap;

use crate::protocol::FieldAuthors;
use kuberewind_analysis::queries::Author;
use kuberewind_analysis::queries::blame::{BlameOptions, blame};
use kuberewind_model::{Moment, ObjectId, Result, Seq};

use super::Worker;

impl Worker {
    pub(super) fn authors(&mut self, at: Seq) -> Result<FieldAuthors> {
        let mut found = FieldAuthors { at, ..FieldAuthors::default() };
        let Some(operation) = self.operation(at)? else { return Ok(found) };
        let Some(object) = operation.object else { return Ok(found) };
        found.after = self.authors_at(object, at)?;
        let version = operation.version.map_or(Ok(None), |version| self.recording.source().version(version))?;
        let before = match &version {
            Some(version) => self.recording.source().previous_version(self.recording.lineage(), version.id)?,
            None => None,
        };
        if let (Some(before), Some(version)) = (before, version)
            && !before.gone
        {
            // As of the last moment at which the previous version was the newest.
            found.before = self.authors_at(object, version.first_observed.prev().max(before.first_observed))?;
        }
        Ok(found)
    }

    fn authors_at(&self, object: ObjectId, at: Moment) -> Result<HashMap<String, Author>> {
        let all = BlameOptions::default();
        let blame = blame(self.recording.source(), self.recording.lineage(), object, at, &all)?;
        let fields = blame.map(|blame| blame.fields).unwrap_or_default();
        Ok(fields.into_iter().map(|field| (field.path, field.author)).collect())
    }
}
