//! `--filter`: the debugger's language over the operations of a recording.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::analysis::finding::{Class, Finding};
use crate::analysis::settings::Settings;
use crate::expr::filter::{Filter, Names, Thing};
use crate::json::paths::{Limits, changed_texts};
use crate::model::{ActorId, Error, Kind, KindId, Operation, Result, SpanId, VersionId};
use crate::session::OpenRecording;

/// Versions of which it is remembered what they changed.
const REMEMBERED: usize = 4_096;

/// A filter with what it asks of a recording.
pub struct Filtered<'a> {
    filter: Filter,
    asked: Asked<'a>,
}

impl<'a> Filtered<'a> {
    /// Reads a filter.
    ///
    /// # Errors
    /// Where it does not parse: the place of the mistake under the filter.
    pub fn parse(text: &str, recording: &'a OpenRecording) -> Result<Filtered<'a>> {
        let filter = Filter::parse(text)?;
        let source = recording.source();
        let actors = source.actors()?.into_iter().map(|actor| (actor.id, actor.name)).collect();
        let kinds = source.kinds()?.into_iter().filter_map(|kind| Some((kind.id?, Arc::new(kind)))).collect();
        let asked = Asked {
            recording,
            actors,
            kinds,
            changed: RefCell::default(),
            findings: OnceCell::new(),
            failed: RefCell::default(),
        };
        Ok(Filtered { filter, asked })
    }

    /// Whether an operation passes.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn passes(&self, operation: &Operation) -> Result<bool> {
        let passes = self.filter.passes(operation, &self.asked);
        self.asked.failed.take().map_or(Ok(passes), Err)
    }
}

struct Asked<'a> {
    recording: &'a OpenRecording,
    actors: HashMap<ActorId, Arc<str>>,
    kinds: HashMap<KindId, Arc<Kind>>,
    changed: RefCell<HashMap<VersionId, Vec<Arc<str>>>>,
    findings: OnceCell<Vec<Finding>>,
    /// A question has no way to say that it could not be answered.
    failed: RefCell<Option<Error>>,
}

impl Asked<'_> {
    fn answer<T: Default>(&self, answer: Result<T>) -> T {
        answer.unwrap_or_else(|error| {
            self.failed.replace(Some(error));
            T::default()
        })
    }

    /// The fields in which a version differs from the one before it.
    fn changed_by(&self, version: VersionId) -> Result<Vec<Arc<str>>> {
        let source = self.recording.source();
        let text = |version: Option<VersionId>| -> Result<Option<Arc<str>>> {
            let body = version.map(|version| source.version(version)).transpose()?.flatten().and_then(|version| version.body);
            Ok(body.map(|body| source.body(body)).transpose()?.flatten())
        };
        let before = source.previous_version(self.recording.lineage(), version)?.map(|version| version.id);
        let (Some(before), Some(after)) = (text(before)?, text(Some(version))?) else { return Ok(Vec::new()) };
        // What cannot be parsed has no fields.
        let changes = changed_texts(&before, &after, Limits::default()).map(|changes| changes.leaves).unwrap_or_default();
        Ok(changes.into_iter().map(|change| Arc::from(change.path)).collect())
    }

    fn found(&self) -> &[Finding] {
        self.findings.get_or_init(|| {
            let (source, settings) = (self.recording.source(), Settings::default());
            let which = (self.recording.session(), self.recording.lineage());
            let analysis = crate::analysis::findings(source, source, which, &settings, &mut |_| ControlFlow::Continue(()));
            self.answer(analysis.map(|analysis| analysis.findings))
        })
    }
}

impl Names for Asked<'_> {
    fn actor(&self, actor: ActorId) -> Option<Arc<str>> {
        self.actors.get(&actor).cloned()
    }

    fn kind(&self, kind: KindId) -> Option<Arc<Kind>> {
        self.kinds.get(&kind).cloned()
    }

    fn resource_version(&self, version: VersionId) -> Option<Arc<str>> {
        self.answer(self.recording.source().version(version)).map(|version| version.resource_version)
    }

    fn reconcile(&self, span: SpanId) -> Option<Arc<str>> {
        self.answer(self.recording.source().span(span)).map(|span| span.label)
    }

    fn changed_paths(&self, operation: &Operation) -> Vec<Arc<str>> {
        let Some(version) = operation.version else { return Vec::new() };
        if let Some(known) = self.changed.borrow().get(&version) {
            return known.clone();
        }
        let found = self.answer(self.changed_by(version));
        let mut changed = self.changed.borrow_mut();
        if changed.len() >= REMEMBERED {
            changed.clear();
        }
        changed.insert(version, found.clone());
        found
    }

    fn has_finding(&self, operation: &Operation, thing: Thing) -> bool {
        let classes: BTreeSet<&str> = match thing {
            Thing::Loop => BTreeSet::from([Class::Loops.as_str()]),
            Thing::Race => BTreeSet::from([Class::Races.as_str()]),
            _ => BTreeSet::new(),
        };
        self.found()
            .iter()
            .filter(|finding| classes.is_empty() || classes.contains(finding.class.as_str()))
            .any(|finding| finding.operations.contains(&operation.seq.0))
    }
}
