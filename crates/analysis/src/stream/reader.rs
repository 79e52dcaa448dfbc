//! Reads a lineage as a stream of items.
//!
//! The reader holds a window of operations and bounded caches, nothing that grows with the recording. Each text is passed on
//! once, with the operation that first observed it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use super::item::{Item, ListItem, NewText, ObservedVersion, OperationItem};
use crate::hash::Map;
use crate::lru::Lru;
use kuberewind_model::k8s::actor_name::process_of;
use kuberewind_model::{
    Actor, ActorId, BodyId, Certainty, ClockKind, Detail, Gap, History, Kind, KindId, Lineage, Object, ObjectId, Operation,
    Origin, Outcome, Result, Seq, SpanId, Verb, Version, VersionId,
};

/// Operations per window.
const WINDOW: u64 = 2_048;
/// List items, or reconciles of a window, per read.
const PAGE: usize = 1_024;
/// Texts per read, and their bytes.
const TEXTS: usize = 128;
const TEXT_BYTES: u64 = 1 << 20;
const MAX_SPANS: usize = 65_536;
const MAX_GAPS: usize = 65_536;
const MAX_NAMED: usize = 4_096;
/// The size of the note in place of a body that cannot be read.
const MAX_STUB: usize = 1_024;

/// What an actor repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Repeated {
    Writes(ObjectId),
    Creates(KindId),
}

/// A version, and its text at its first observation.
type VersionAndText = (Option<Arc<ObservedVersion>>, Option<NewText>);

/// Reads a lineage forward. Can continue after the lineage has grown.
#[derive(Default)]
pub struct Reader {
    next: Seq,
    actors: Map<ActorId, Arc<str>>,
    kinds: Lru<KindId, Arc<Kind>, 4_096>,
    objects: Lru<ObjectId, Arc<Object>, 16_384>,
    versions: Lru<VersionId, Arc<ObservedVersion>, 16_384>,
    /// Versions and details of the current window.
    prefetched: Map<VersionId, Version>,
    details: Map<u64, Detail>,
    /// Texts first observed in the current window, with their sizes: those still to be read, in order, and those that were
    /// read in one batch.
    unread: VecDeque<(BodyId, u64)>,
    texts: Map<BodyId, Arc<str>>,
    /// Counts the writes of an actor to an object, and its creates of a kind. Requests are read for the first repetitions, then for some.
    repeats: Lru<(ActorId, Repeated), u32, 16_384>,
    gaps: Vec<(Seq, Arc<Gap>)>,
    gaps_known: usize,
    /// The end of the lineage when its gaps were read.
    gaps_read: Option<Seq>,
    /// True after the first item.
    announced: bool,
    /// Actors of reconciles whose names were emitted.
    named: HashSet<ActorId>,
    /// The controllers of recent reconciles, if they are no guess.
    controllers: Lru<SpanId, ActorId, 16_384>,
    /// Reconcile edges emitted at the end of the previous window.
    emitted_at_end: HashSet<(SpanId, bool)>,
}

impl Reader {
    /// Starts at the first operation after `from`.
    #[must_use]
    pub fn after(from: Seq) -> Reader {
        Reader { next: from.next(), ..Reader::default() }
    }

    /// The next operation to read.
    #[must_use]
    pub fn next(&self) -> Seq {
        self.next
    }

    /// Reads one window and passes its items to `emit`. Returns false if there is none.
    ///
    /// # Errors
    /// The history cannot be read.
    pub fn read(&mut self, history: &dyn History, lineage: &Lineage, emit: &mut dyn FnMut(Item)) -> Result<bool> {
        let mut more = false;
        history.in_one_read(&mut || {
            more = self.window(history, lineage, emit)?;
            Ok(())
        })?;
        Ok(more)
    }

    fn window(&mut self, history: &dyn History, lineage: &Lineage, emit: &mut dyn FnMut(Item)) -> Result<bool> {
        self.next = self.next.max(lineage.first());
        let last = Seq(self.next.0.saturating_add(WINDOW - 1)).min(lineage.last());
        if lineage.is_empty() {
            return Ok(false);
        }
        let more = self.next <= last;
        if !std::mem::replace(&mut self.announced, true) {
            emit(source(history, lineage)?);
        }
        let mut edges = self.edges(history, lineage, self.next.prev(), last)?.into_iter().peekable();
        let operations = if more {
            history.operations(lineage, self.next..=last, usize::try_from(WINDOW).unwrap_or(usize::MAX))?
        } else {
            Vec::new()
        };
        self.prefetch_versions(history, operations.iter().filter_map(|op| op.version))?;
        self.read_details(history, lineage, &operations)?;
        self.plan_texts(lineage, &operations);
        for op in operations {
            while let Some((_, item)) = edges.next_if(|(after, _)| *after < op.seq) {
                emit(item);
            }
            self.operation(history, lineage, op, emit)?;
        }
        edges.for_each(|(_, item)| emit(item));
        if more {
            self.next = last.next();
        }
        Ok(more)
    }

    /// The reconcile edges and gaps after each operation from `first` to `last`. More edges may appear after `last` before the
    /// next operation arrives, so those emitted there are remembered.
    fn edges(&mut self, history: &dyn History, lineage: &Lineage, first: Seq, last: Seq) -> Result<Vec<(Seq, Item)>> {
        let mut edges = Vec::new();
        let emitted = std::mem::take(&mut self.emitted_at_end);
        for span in history.spans(lineage, first..=last.max(first), MAX_SPANS)? {
            let span = Arc::new(span);
            if span.inferred != Some(Certainty::Guess) {
                self.controllers.insert(span.id, span.actor);
            }
            if self.named.len() < MAX_NAMED && self.named.insert(span.actor) {
                edges.push((Seq::START, Item::Actor(span.actor, self.actor(history, span.actor)?)));
            }
            let sides = [(Some(span.started_after), false), (span.ended_after, true)];
            for (after, ended) in sides.into_iter().filter_map(|(after, ended)| Some((after?, ended))) {
                let key = (span.id, ended);
                if after == last.max(first) {
                    self.emitted_at_end.insert(key);
                }
                if first <= after && after <= last.max(first) && !emitted.contains(&key) {
                    let span = Arc::clone(&span);
                    edges.push((after, if ended { Item::SpanEnded(span) } else { Item::SpanStarted(span) }));
                }
            }
        }
        let gaps = if self.gaps_read.replace(lineage.last()) == Some(lineage.last()) {
            Vec::new()
        } else {
            history.gaps(lineage, MAX_GAPS)?
        };
        for gap in gaps.into_iter().skip(self.gaps_known) {
            self.gaps_known += 1;
            let gap = Arc::new(gap);
            self.gaps.push((gap.first, Arc::clone(&gap)));
            if gap.last != gap.first {
                self.gaps.push((gap.last, gap));
            }
        }
        self.gaps.retain(|(after, gap)| {
            let due = *after <= last;
            if due {
                edges.push((*after, Item::Gap(Arc::clone(gap))));
            }
            !due
        });
        edges.sort_by_key(|(after, _)| *after);
        Ok(edges)
    }

    fn operation(&mut self, history: &dyn History, lineage: &Lineage, op: Operation, emit: &mut dyn FnMut(Item)) -> Result<()> {
        if op.list.as_ref().is_some_and(|list| list.changed > 0) || op.verb == Verb::DeleteCollection {
            self.list_items(history, lineage, &op, emit)?;
        }
        let (observed, text) = match op.version {
            Some(version) => self.observed(history, lineage, version, op.seq)?,
            None => (None, None),
        };
        let object = match (&observed, op.object) {
            (Some(observed), Some(id)) if observed.object.id == id => Some(Arc::clone(&observed.object)),
            (_, Some(id)) => self.object(history, id, false)?,
            (_, None) => None,
        };
        let kind = match op.kind {
            Some(kind) => self.kind(history, kind)?,
            None => None,
        };
        // Missing detail means unknown. It does not mean that the write had no precondition.
        let detail = self.details.remove(&op.seq.0).filter(|detail| *detail != Detail::default()).map(Arc::new);
        let sent = self.request_text(history, &op)?;
        let actor = self.actor(history, op.actor)?;
        let (op, actor) = self.by_controller(history, op, actor)?;
        emit(Item::Operation(Box::new(OperationItem { op, actor, kind, object, observed, text, detail, sent })));
        Ok(())
    }

    /// Gives a call of a process to the controller whose reconcile made it. The log may have named that after the call.
    fn by_controller(&mut self, history: &dyn History, mut op: Operation, actor: Arc<str>) -> Result<(Operation, Arc<str>)> {
        let controller = op.span.filter(|_| !op.verb.is_watch_event()).and_then(|span| self.controllers.peek(&span).copied());
        let Some(controller) = controller.filter(|controller| *controller != op.actor && !actor.contains('/')) else {
            return Ok((op, actor));
        };
        let name = self.actor(history, controller)?;
        if !name.contains('/') || process_of(&name) != &*actor {
            return Ok((op, actor));
        }
        op.actor = controller;
        Ok((op, name))
    }

    /// Reads all unknown versions in one batch.
    fn prefetch_versions(&mut self, history: &dyn History, versions: impl Iterator<Item = VersionId>) -> Result<()> {
        let mut wanted: Vec<VersionId> = versions.filter(|id| self.versions.peek(id).is_none()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if !wanted.is_empty() {
            let found = history.versions_of_ids(&wanted)?;
            self.prefetched = found.into_iter().map(|version| (version.id, version)).collect();
        }
        Ok(())
    }

    /// Reads the details that detectors need: of writes, lists, failures and opened watches.
    fn read_details(&mut self, history: &dyn History, lineage: &Lineage, operations: &[Operation]) -> Result<()> {
        let wanted = |op: &&Operation| {
            let failed = op.status >= 400 || !matches!(op.outcome, Outcome::Done | Outcome::DryRun);
            op.kind.is_some() && (op.verb.is_write() || matches!(op.verb, Verb::List | Verb::Watch) || failed)
        };
        let seqs: Vec<Seq> = operations.iter().filter(wanted).map(|op| op.seq).collect();
        let found = if seqs.is_empty() { Vec::new() } else { history.operation_details(lineage, &seqs)? };
        self.details = found.into_iter().map(|found| (found.seq.0, found.detail)).collect();
        Ok(())
    }

    fn list_items(&mut self, history: &dyn History, lineage: &Lineage, op: &Operation, emit: &mut dyn FnMut(Item)) -> Result<()> {
        let mut skip = 0;
        loop {
            let items = history.list_items(lineage, op.seq, skip, PAGE)?;
            skip += items.len();
            let ended = items.len() < PAGE;
            // Keeps the versions prefetched for other operations. Both are bounded, by a window and a page.
            let others = std::mem::take(&mut self.prefetched);
            self.prefetch_versions(history, items.iter().filter_map(|(_, version)| *version))?;
            self.prefetched.extend(others);
            for (_, version) in items {
                let (observed, text) = match version {
                    Some(version) => self.observed(history, lineage, version, op.seq)?,
                    None => (None, None),
                };
                emit(Item::ListItem(Box::new(ListItem { seq: op.seq, at: op.at, actor: op.actor, observed, text })));
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// A version, and its text if operation `seq` is its first observation in the lineage.
    fn observed(&mut self, history: &dyn History, lineage: &Lineage, id: VersionId, seq: Seq) -> Result<VersionAndText> {
        if let Some(observed) = self.versions.get(&id) {
            return Ok((Some(Arc::clone(observed)), None));
        }
        let prefetched = self.prefetched.remove(&id);
        let Some(version) = prefetched.map_or_else(|| history.version(id), |version| Ok(Some(version)))? else {
            return Ok((None, None));
        };
        let Some(object) = self.object(history, version.object, true)? else { return Ok((None, None)) };
        let text = match version.body {
            Some(body) if is_first_observation(&version, seq, lineage) => self.text(history, body)?,
            _ => None,
        };
        let observed = Arc::new(ObservedVersion { version, object });
        self.versions.insert(id, Arc::clone(&observed));
        Ok((Some(observed), text.map(NewText::new)))
    }

    /// Plans which texts the current window needs.
    fn plan_texts(&mut self, lineage: &Lineage, operations: &[Operation]) {
        self.texts.clear();
        self.unread.clear();
        let mut known: HashSet<VersionId> = HashSet::new();
        for op in operations {
            let Some(version) = op.version.and_then(|id| self.prefetched.get(&id)) else { continue };
            if let Some(body) =
                version.body.filter(|_| known.insert(version.id) && is_first_observation(version, op.seq, lineage))
            {
                self.unread.push_back((body, version.bytes));
            }
        }
    }

    /// Reads a text together with those needed next.
    fn text(&mut self, history: &dyn History, body: BodyId) -> Result<Option<Arc<str>>> {
        if let Some(text) = self.texts.get(&body) {
            return Ok(Some(Arc::clone(text)));
        }
        let Some(place) = self.unread.iter().position(|(wanted, _)| *wanted == body) else { return history.body(body) };
        self.unread.drain(..place);
        let (mut next, mut bytes) = (Vec::with_capacity(TEXTS), 0);
        while let Some((wanted, of)) = self.unread.front().filter(|_| next.len() < TEXTS && bytes < TEXT_BYTES) {
            next.push(*wanted);
            bytes += of;
            self.unread.pop_front();
        }
        self.texts = history.bodies(&next)?.into_iter().collect();
        Ok(self.texts.get(&body).map(Arc::clone))
    }

    fn request_text(&mut self, history: &dyn History, op: &Operation) -> Result<Option<Arc<str>>> {
        let (Some(body), Some(object), Outcome::Done, true) = (op.request_body, op.object, op.outcome, op.verb.is_write()) else {
            return Ok(None);
        };
        // A recreated object is another one each time.
        let of_kind = op.kind.filter(|_| op.verb == Verb::Create).map(Repeated::Creates);
        let count = self.repeats.entry((op.actor, of_kind.unwrap_or(Repeated::Writes(object))), || 0);
        *count = count.saturating_add(1);
        if !matches!(*count, 2..=12) && !count.is_multiple_of(16) {
            return Ok(None);
        }
        Ok(history.body(body)?.filter(|text| !is_opaque(text)))
    }

    /// Reads an object. An object without uid is read again for a `new_version`, since the uid may have been filled in.
    fn object(&mut self, history: &dyn History, id: ObjectId, new_version: bool) -> Result<Option<Arc<Object>>> {
        if let Some(object) = self.objects.get(&id).filter(|object| !new_version || !object.uid.is_empty()) {
            return Ok(Some(Arc::clone(object)));
        }
        let Some(object) = history.object(id)?.map(Arc::new) else { return Ok(None) };
        self.objects.insert(id, Arc::clone(&object));
        Ok(Some(object))
    }

    fn kind(&mut self, history: &dyn History, id: KindId) -> Result<Option<Arc<Kind>>> {
        if let Some(kind) = self.kinds.get(&id) {
            return Ok(Some(Arc::clone(kind)));
        }
        let Some(kind) = history.kind(id)?.map(Arc::new) else { return Ok(None) };
        self.kinds.insert(id, Arc::clone(&kind));
        Ok(Some(kind))
    }

    fn actor(&mut self, history: &dyn History, id: ActorId) -> Result<Arc<str>> {
        if let Some(name) = self.actors.get(&id) {
            return Ok(Arc::clone(name));
        }
        self.actors = history.actors()?.into_iter().map(|Actor { id, name, .. }| (id, name)).collect();
        Ok(self.actors.entry(id).or_insert_with(|| Arc::from("?")).clone())
    }
}

/// Where the session comes from, and whether it has times.
fn source(history: &dyn History, lineage: &Lineage) -> Result<Item> {
    let sessions = history.sessions()?;
    let of_lineage = || sessions.iter().filter(|session| lineage.ranges().iter().any(|range| range.session == session.no));
    Ok(Item::Source {
        recorded: of_lineage().all(|session| session.origin != Origin::Imported),
        timed: of_lineage().all(|session| session.clock != ClockKind::Ticks),
    })
}

/// True for a body of which only length, type and hash are known. It is compared with nothing.
fn is_opaque(text: &str) -> bool {
    text.len() < MAX_STUB && text.contains("\"redacted\":") && text.contains("\"hash\":") && text.contains("\"bytes\":")
}

/// True if operation `seq` is the version's first observation in the lineage.
fn is_first_observation(version: &Version, seq: Seq, lineage: &Lineage) -> bool {
    version.first_observed >= seq || version.first_observed < lineage.first()
}
