//! `--rotate`: continues the session in a new file at intervals.
//!
//! A file keeps its name, so that an open reader is not disturbed, and the next file exists before the previous one is
//! closed. Files continue the numbering. Each new file repeats the open watches, the running reconciles and the known kinds,
//! so that it is complete on its own. It knows an object from its first event in that file. The interval is measured in event
//! time: without events there is no new file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kuberewind_model::{
    Duration, Event, Kind, ListKey, NewOperation, NewSpan, NewWatch, Observations, Result, Seq, Sink, SinkStage, SpanKey,
    TextCleaner, Timestamp, WatchKey, WithStage,
};

/// After a failure to create a file, the next attempt waits this long.
const RETRY_AFTER: Duration = Duration(60_000_000_000);
/// Lists whose pages are followed at the same time. The end of a list beyond this proves nothing.
const MAX_LISTS: usize = 4_096;

/// Creates the file of a session that continues at a time with a number.
pub type Begin<S> = Box<dyn FnMut(Timestamp, Seq) -> Result<S> + Send>;

/// Removes secrets that became known late from the earlier files.
pub type CleanEarlier = Box<dyn FnMut(&dyn TextCleaner) -> Result<()> + Send>;

/// Forwards events to the newest file.
pub struct Rotation<S> {
    begin: Begin<S>,
    report: Box<dyn Fn(&str) + Send>,
    clean: Option<CleanEarlier>,
    every: Duration,
    due: Timestamp,
    /// The number of the newest file's first operation.
    first: Seq,
    carried: Carried,
    /// Lists whose first items are in an earlier file.
    split_lists: BTreeSet<ListKey>,
}

/// State that a new file repeats.
#[derive(Debug, Default)]
struct Carried {
    /// The id of the key that hashes secret values.
    redaction_key: Option<Arc<str>>,
    server_version: Option<Arc<str>>,
    kinds: BTreeMap<(Arc<str>, Arc<str>), Kind>,
    watches: BTreeMap<WatchKey, NewWatch>,
    spans: BTreeMap<SpanKey, NewSpan>,
    /// Lists that are not complete yet.
    lists: BTreeSet<ListKey>,
}

/// A rotation in front of the newest file.
pub type Rotating<S> = WithStage<Rotation<S>, S>;

impl<S: Sink> Rotation<S> {
    /// Continues `sink`, which started at `start`, in a new sink from `begin` after each `every`. `report` receives failures.
    pub fn start(sink: S, start: Timestamp, every: Duration, begin: Begin<S>, report: Box<dyn Fn(&str) + Send>) -> Rotating<S> {
        let first = sink.last().next();
        let (carried, split_lists) = (Carried::default(), BTreeSet::new());
        Rotation { begin, report, clean: None, every, due: start.plus(every), first, carried, split_lists }.before(sink)
    }

    /// Sets what cleans the earlier files at the end of the session.
    pub fn clean_with(&mut self, clean: CleanEarlier) {
        self.clean = Some(clean);
    }

    /// Continues in a new file. If it cannot be created, the old one continues.
    fn rotate(&mut self, at: Timestamp, sink: &mut S) -> Result<()> {
        let next = sink.last().next();
        let new = match (self.begin)(at, next) {
            Ok(new) => new,
            Err(error) => {
                self.due = at.plus(RETRY_AFTER);
                (self.report)(&error.chain());
                return Ok(());
            }
        };
        self.due = at.plus(self.every);
        self.first = next;
        self.split_lists.append(&mut self.carried.lists);
        let old = std::mem::replace(sink, new);
        if let Err(error) = Box::new(old).close() {
            (self.report)(&error.chain());
        }
        self.carried.events(next).into_iter().try_for_each(|event| sink.take(event))
    }

    /// Removes references to earlier files.
    fn adapt(&mut self, event: &mut Event) {
        let before = self.first.prev();
        match event {
            Event::Operation(operation) => {
                operation.started_after = operation.started_after.max(before);
                if let Observations::List(page) = &mut operation.observations
                    && page.complete
                {
                    page.complete = !self.split_lists.remove(&page.list);
                }
            }
            Event::SpanStarted(span) => drop_earlier_triggers(span, self.first),
            Event::Gap(gap) => (gap.first, gap.last) = (gap.first.max(before), gap.last.max(before)),
            _ => {}
        }
    }
}

impl<S: Sink> SinkStage<S> for Rotation<S> {
    fn pass(&mut self, mut event: Event, sink: &mut S) -> Result<()> {
        if let Some(at) = event.at().filter(|at| *at >= self.due) {
            self.rotate(at, sink)?;
        }
        self.carried.remember(&event);
        self.adapt(&mut event);
        sink.take(event)
    }

    fn clean_earlier(&mut self, cleaner: &dyn TextCleaner) -> Result<()> {
        self.clean.as_mut().map_or(Ok(()), |clean| clean(cleaner))
    }
}

impl Carried {
    fn remember(&mut self, event: &Event) {
        match event {
            Event::Redacted { key } => self.redaction_key = Some(key.clone()),
            Event::Kind(kind) => {
                self.kinds.insert((kind.group.clone(), kind.resource.clone()), kind.clone());
            }
            Event::ServerVersion(version) => self.server_version = Some(version.clone()),
            Event::WatchOpened(watch) => {
                self.watches.insert(watch.key, watch.clone());
            }
            Event::WatchProgress { watch, resource_version } => {
                if let Some(open) = self.watches.get_mut(watch) {
                    open.from_resource_version = resource_version.clone();
                }
            }
            Event::WatchEnded(end) => {
                self.watches.remove(&end.watch);
            }
            Event::SpanStarted(span) => {
                self.spans.insert(span.key, span.clone());
            }
            Event::SpanEnded(end) => {
                self.spans.remove(&end.span);
            }
            Event::ListItem { list, .. } => self.list(*list),
            Event::Operation(operation) => self.operation(operation),
            Event::Log(_) | Event::Gap(_) | Event::Restarted { .. } => {}
        }
    }

    fn operation(&mut self, operation: &NewOperation) {
        match &operation.observations {
            Observations::List(page) if page.complete => drop(self.lists.remove(&page.list)),
            Observations::List(page) => self.list(page.list),
            Observations::Removed(list) => drop(self.lists.remove(list)),
            Observations::Object(observation) => {
                // In the next file the watch continues from here.
                if let Some(open) = operation.watch.and_then(|watch| self.watches.get_mut(&watch))
                    && !observation.resource_version.is_empty()
                {
                    open.from_resource_version = observation.resource_version.clone();
                }
            }
            Observations::Nothing => {}
        }
    }

    fn list(&mut self, list: ListKey) {
        self.lists.insert(list);
        if self.lists.len() > MAX_LISTS {
            self.lists.pop_first();
        }
    }

    fn events(&mut self, first: Seq) -> Vec<Event> {
        let kinds = self.kinds.values().cloned().map(Event::Kind);
        let watches = self.watches.values().cloned().map(|watch| {
            // The initial events of the watch are in the previous file.
            Event::WatchOpened(NewWatch { initial_events: false, ..watch })
        });
        let spans = self.spans.values_mut().map(|span| {
            drop_earlier_triggers(span, first);
            Event::SpanStarted(span.clone())
        });
        let key = self.redaction_key.clone().map(|key| Event::Redacted { key });
        let version = self.server_version.clone().map(Event::ServerVersion);
        key.into_iter().chain(version).chain(kinds).chain(watches).chain(spans).collect()
    }
}

/// Removes triggers in an earlier file; uid, resourceVersion and reason stay.
fn drop_earlier_triggers(span: &mut NewSpan, first: Seq) {
    for trigger in &mut span.triggers {
        trigger.operation = trigger.operation.filter(|operation| *operation >= first);
    }
}
