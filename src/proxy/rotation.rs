//! `--rotate`: the session goes on in a new file from time to time.
//!
//! Each file is written under its own name from its first byte to its last and never renamed, so that a reader that has one open is not
//! disturbed; the next one is there before the one before is ended. Numbers go on from file to file. What is still open then (watches,
//! reconciles) and what was learned of kinds is told to the new file too, so that it stands alone; what an object was it knows from its first
//! sight of it. Time is the events' own: where nothing happens, no file is made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kuberewind_model::{
    Duration, Event, Kind, ListKey, NewOperation, NewSpan, NewWatch, Observations, Result, Seq, Sink, SinkStage, SpanKey,
    Timestamp, WatchKey, WithStage,
};

/// After a file could not be begun it is tried again so much later.
const AGAIN: Duration = Duration(60_000_000_000);
/// Lists whose pages are followed at once; of one more nothing is concluded from its end.
const LISTS: usize = 4_096;

/// Begins the file of a session that goes on at a moment with a number.
pub type Begin<S> = Box<dyn FnMut(Timestamp, Seq) -> Result<S> + Send>;

/// Hands everything on to the newest file.
pub struct Rotation<S> {
    begin: Begin<S>,
    tell: Box<dyn Fn(&str) + Send>,
    every: Duration,
    due: Timestamp,
    /// The number of the newest file's first operation.
    first: Seq,
    carried: Carried,
    /// Lists whose first items lie in an earlier file.
    torn: BTreeSet<ListKey>,
}

/// What a new file has to be told.
#[derive(Debug, Default)]
struct Carried {
    /// The id of the key that values of secrets are replaced by.
    redaction_key: Option<Arc<str>>,
    kinds: BTreeMap<(Arc<str>, Arc<str>), Kind>,
    watches: BTreeMap<WatchKey, NewWatch>,
    spans: BTreeMap<SpanKey, NewSpan>,
    /// Lists that have begun and not ended.
    lists: BTreeSet<ListKey>,
}

/// The newest file with its rotation before it.
pub type Rotating<S> = WithStage<Rotation<S>, S>;

impl<S: Sink> Rotation<S> {
    /// Continues `sink`, which started at `start`, in a new sink from `begin` after each `every`. Failures go to `report`.
    pub fn start(sink: S, start: Timestamp, every: Duration, begin: Begin<S>, report: Box<dyn Fn(&str) + Send>) -> Rotating<S> {
        let first = sink.last().next();
        let (carried, torn) = (Carried::default(), BTreeSet::new());
        Rotation { begin, tell: report, every, due: start.plus(every), first, carried, torn }.before(sink)
    }

    /// Goes on in a new file. Where that cannot be made the old one goes on.
    fn rotate(&mut self, at: Timestamp, sink: &mut S) -> Result<()> {
        let next = sink.last().next();
        let new = match (self.begin)(at, next) {
            Ok(new) => new,
            Err(error) => {
                self.due = at.plus(AGAIN);
                (self.tell)(&error.chain());
                return Ok(());
            }
        };
        self.due = at.plus(self.every);
        self.first = next;
        self.torn.append(&mut self.carried.lists);
        let old = std::mem::replace(sink, new);
        if let Err(error) = Box::new(old).close() {
            (self.tell)(&error.chain());
        }
        self.carried.events(next).into_iter().try_for_each(|event| sink.take(event))
    }

    /// What refers to an earlier file refers to nothing here.
    fn fit(&mut self, event: &mut Event) {
        let before = self.first.prev();
        match event {
            Event::Operation(operation) => {
                operation.started_after = operation.started_after.max(before);
                if let Observations::List(page) = &mut operation.observations
                    && page.complete
                {
                    page.complete = !self.torn.remove(&page.list);
                }
            }
            Event::SpanStarted(span) => forget_earlier(span, self.first),
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
        self.carried.learn(&event);
        self.fit(&mut event);
        sink.take(event)
    }
}

impl Carried {
    fn learn(&mut self, event: &Event) {
        match event {
            Event::Redacted { key } => self.redaction_key = Some(key.clone()),
            Event::Kind(kind) => {
                self.kinds.insert((kind.group.clone(), kind.resource.clone()), kind.clone());
            }
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
            Observations::Object(sight) => {
                // A watch that goes on in the next file goes on from here.
                if let Some(open) = operation.watch.and_then(|watch| self.watches.get_mut(&watch))
                    && !sight.resource_version.is_empty()
                {
                    open.from_resource_version = sight.resource_version.clone();
                }
            }
            Observations::Nothing => {}
        }
    }

    fn list(&mut self, list: ListKey) {
        self.lists.insert(list);
        if self.lists.len() > LISTS {
            self.lists.pop_first();
        }
    }

    fn events(&mut self, first: Seq) -> Vec<Event> {
        let kinds = self.kinds.values().cloned().map(Event::Kind);
        let watches = self.watches.values().cloned().map(|watch| {
            // It sends no present state now: that is in the file before.
            Event::WatchOpened(NewWatch { initial_events: false, ..watch })
        });
        let spans = self.spans.values_mut().map(|span| {
            forget_earlier(span, first);
            Event::SpanStarted(span.clone())
        });
        let key = self.redaction_key.clone().map(|key| Event::Redacted { key });
        key.into_iter().chain(kinds).chain(watches).chain(spans).collect()
    }
}

/// What made it run lies in an earlier file: uid, resourceVersion and reason stay.
fn forget_earlier(span: &mut NewSpan, first: Seq) {
    for trigger in &mut span.triggers {
        trigger.operation = trigger.operation.filter(|operation| *operation >= first);
    }
}
