//! A lineage as a stream of items: the same for a finished recording and, step by step, for one that grows.
//!
//! The reader holds a window of operations and caches of what they name, nothing that grows with the recording.
//! Texts are handed over once, with the operation that first showed them; whoever needs them later keeps them.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use super::hash::Map;
use super::lru::Lru;
use super::normalise::Content;
use kuberewind_model::{
    Actor, ActorId, BodyId, Detail, Gap, History, Kind, KindId, Lineage, Object, ObjectId, Operation, Outcome, Result, Seq, Span,
    SpanId, Timestamp, Verb, Version, VersionId,
};

/// Operations read at once.
const WINDOW: u64 = 2_048;
/// Items of a list, and spans of a window, read at once.
const PAGE: usize = 1_024;
/// Texts read at once, and their bytes.
const TEXTS: usize = 128;
const TEXT_BYTES: u64 = 1 << 20;
const MAX_SPANS: usize = 65_536;
const MAX_GAPS: usize = 65_536;

/// A version as an operation showed it.
#[derive(Debug, Clone)]
pub struct Fact {
    /// The version.
    pub version: Version,
    /// The object.
    pub object: Arc<Object>,
}

/// A version's text, where an item is its first sight.
#[derive(Debug, Clone)]
pub struct FirstText {
    text: Arc<str>,
    /// What was read of it, by whoever had the time.
    read: Option<Option<Arc<Content>>>,
}

impl FirstText {
    /// How many bytes it has.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Its content; `None` where it is no JSON object.
    #[must_use]
    pub fn content(&self) -> Option<Arc<Content>> {
        let read = || Content::read(Arc::clone(&self.text)).map(Arc::new);
        self.read.clone().unwrap_or_else(read)
    }

    fn read(&mut self) {
        self.read = Some(self.content());
    }
}

/// Something of a list that changed the actor's view; its LIST follows.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The LIST.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// To whom it was shown.
    pub actor: ActorId,
    /// What it showed; `None`: it is not there any more.
    pub fact: Option<Arc<Fact>>,
    /// The content, where this is its first sight.
    pub text: Option<FirstText>,
}

/// An operation and what it showed.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The operation.
    pub op: Operation,
    /// Its actor's name.
    pub actor: Arc<str>,
    /// Its kind.
    pub kind: Option<Arc<Kind>>,
    /// The object it is about.
    pub object: Option<Arc<Object>>,
    /// The version it showed.
    pub fact: Option<Arc<Fact>>,
    /// The content of that version, where this is its first sight.
    pub text: Option<FirstText>,
    /// The rarer facts, of writes, lists, failures and opened watches.
    pub detail: Option<Arc<Detail>>,
    /// What was sent, of some of the writes that an actor repeats on an object.
    pub sent: Option<Arc<str>>,
}

impl Observed {
    /// When the call began.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.op.at.minus(self.op.duration)
    }

    /// `Kind/namespace/name` of what it is about, `resource/…` where the kind is not known, as far as that is known.
    #[must_use]
    pub fn subject(&self) -> String {
        if let Some(object) = &self.object {
            return object.to_string();
        }
        let Some(kind) = &self.kind else { return String::new() };
        let mut subject = kind.display_name().to_owned();
        for part in [&self.op.namespace, &self.op.name] {
            if !part.is_empty() {
                subject.push('/');
                subject.push_str(part);
            }
        }
        subject
    }

    /// Whether it is a write that the server carried out.
    #[must_use]
    pub fn is_done_write(&self) -> bool {
        self.op.verb.is_write() && self.op.outcome == Outcome::Done
    }

    /// Whether the server, or the way to it, refused.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.op.status >= 400 || matches!(self.op.outcome, Outcome::Refused | Outcome::MaybeApplied | Outcome::Lost)
    }
}

/// One item of the stream.
#[derive(Debug, Clone)]
pub enum Item {
    /// An item of the LIST that follows.
    Listed(Box<Listed>),
    /// An operation.
    Operation(Box<Observed>),
    /// A reconcile began before the next operation.
    SpanStarted(Arc<Span>),
    /// A reconcile ended before the next operation.
    SpanEnded(Arc<Span>),
    /// Something is missing here. Told at both edges of what is missing.
    Gap(Arc<Gap>),
}

impl Item {
    /// Bytes of text that it holds.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let length = |text: &Option<FirstText>| text.as_ref().map_or(0, FirstText::bytes);
        match self {
            Item::Listed(listed) => length(&listed.text),
            Item::Operation(seen) => length(&seen.text) + seen.sent.as_ref().map_or(0, |text| text.len()),
            _ => 0,
        }
    }

    /// Reads its content, so that whoever takes it in need not.
    pub fn read_content(&mut self) {
        let text = match self {
            Item::Listed(listed) => &mut listed.text,
            Item::Operation(seen) => &mut seen.text,
            _ => return,
        };
        if let Some(text) = text {
            text.read();
        }
    }
}

/// A version as shown, and its text where this is its first sight.
type Sighted = (Option<Arc<Fact>>, Option<FirstText>);

/// Reads a lineage forward; can go on when the lineage has grown.
#[derive(Default)]
pub struct Reader {
    next: Seq,
    actors: Map<ActorId, Arc<str>>,
    kinds: Lru<KindId, Arc<Kind>, 4_096>,
    objects: Lru<ObjectId, Arc<Object>, 16_384>,
    facts: Lru<VersionId, Arc<Fact>, 16_384>,
    /// Versions and details of the operations at hand, read in one go.
    ahead: Map<VersionId, Version>,
    details: Map<u64, Detail>,
    /// Texts that they are the first to show, with their bytes: those to be read, in the order of the operations, and the
    /// ones that were read in one go.
    unread: VecDeque<(BodyId, u64)>,
    texts: Map<BodyId, Arc<str>>,
    /// How often an actor wrote an object: requests are read for the first repetitions, then for some.
    repeats: Lru<(ActorId, ObjectId), u32, 16_384>,
    gaps: Vec<(Seq, Arc<Gap>)>,
    gaps_known: usize,
    /// How far the lineage went when its gaps were read.
    gaps_read: Option<Seq>,
    /// Edges of spans told at the end of the window before.
    told_at_end: HashSet<(SpanId, bool)>,
}

impl Reader {
    /// Begins at the first operation after `from`.
    #[must_use]
    pub fn after(from: Seq) -> Reader {
        Reader { next: from.next(), ..Reader::default() }
    }

    /// The first operation not yet read.
    #[must_use]
    pub fn next(&self) -> Seq {
        self.next
    }

    /// Reads one window and gives its items to `emit`; says whether there was one.
    ///
    /// # Errors
    /// When the history cannot be read.
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
        let mut edges = self.edges(history, lineage, self.next.prev(), last)?.into_iter().peekable();
        let operations = if more {
            history.operations(lineage, self.next..=last, usize::try_from(WINDOW).unwrap_or(usize::MAX))?
        } else {
            Vec::new()
        };
        self.read_ahead(history, operations.iter().filter_map(|op| op.version))?;
        self.read_details(history, lineage, &operations)?;
        self.foresee(lineage, &operations);
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

    /// What begins and ends after an operation from `first` to `last`, with that operation. What stands at the end may be
    /// joined by more before the next operation comes: it is remembered, so that it is told once.
    fn edges(&mut self, history: &dyn History, lineage: &Lineage, first: Seq, last: Seq) -> Result<Vec<(Seq, Item)>> {
        let mut edges = Vec::new();
        let told = std::mem::take(&mut self.told_at_end);
        for span in history.spans(lineage, first..=last.max(first), MAX_SPANS)? {
            let span = Arc::new(span);
            let sides = [(Some(span.started_after), false), (span.ended_after, true)];
            for (after, ended) in sides.into_iter().filter_map(|(after, ended)| Some((after?, ended))) {
                let key = (span.id, ended);
                if after == last.max(first) {
                    self.told_at_end.insert(key);
                }
                if first <= after && after <= last.max(first) && !told.contains(&key) {
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
        let (fact, text) = match op.version {
            Some(version) => self.fact(history, lineage, version, op.seq)?,
            None => (None, None),
        };
        let object = match (&fact, op.object) {
            (Some(fact), Some(id)) if fact.object.id == id => Some(Arc::clone(&fact.object)),
            (_, Some(id)) => self.object(history, id, false)?,
            (_, None) => None,
        };
        let kind = match op.kind {
            Some(kind) => self.kind(history, kind)?,
            None => None,
        };
        // Where nothing is kept nothing was told: that is no "without precondition".
        let detail = self.details.remove(&op.seq.0).filter(|detail| *detail != Detail::default()).map(Arc::new);
        let sent = self.sent(history, &op)?;
        let actor = self.actor(history, op.actor)?;
        emit(Item::Operation(Box::new(Observed { op, actor, kind, object, fact, text, detail, sent })));
        Ok(())
    }

    /// Reads the versions that are not yet known, all at once.
    fn read_ahead(&mut self, history: &dyn History, versions: impl Iterator<Item = VersionId>) -> Result<()> {
        let mut wanted: Vec<VersionId> = versions.filter(|id| self.facts.peek(id).is_none()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if !wanted.is_empty() {
            let found = history.versions_of_ids(&wanted)?;
            self.ahead = found.into_iter().map(|version| (version.id, version)).collect();
        }
        Ok(())
    }

    /// Reads the details that detectors look at: of writes, lists, failures and opened watches.
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
            // What was read ahead for other operations stays: both are bounded by a window and a page.
            let others = std::mem::take(&mut self.ahead);
            self.read_ahead(history, items.iter().filter_map(|(_, version)| *version))?;
            self.ahead.extend(others);
            for (_, version) in items {
                let (fact, text) = match version {
                    Some(version) => self.fact(history, lineage, version, op.seq)?,
                    None => (None, None),
                };
                emit(Item::Listed(Box::new(Listed { seq: op.seq, at: op.at, actor: op.actor, fact, text })));
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// A version, and its text where operation `seq` is the first of the lineage to show it.
    fn fact(&mut self, history: &dyn History, lineage: &Lineage, id: VersionId, seq: Seq) -> Result<Sighted> {
        if let Some(fact) = self.facts.get(&id) {
            return Ok((Some(Arc::clone(fact)), None));
        }
        let ahead = self.ahead.remove(&id);
        let Some(version) = ahead.map_or_else(|| history.version(id), |version| Ok(Some(version)))? else {
            return Ok((None, None));
        };
        let Some(object) = self.object(history, version.object, true)? else { return Ok((None, None)) };
        let text = match version.body {
            Some(body) if is_first_sight(&version, seq, lineage) => self.text(history, body)?,
            _ => None,
        };
        let fact = Arc::new(Fact { version, object });
        self.facts.insert(id, Arc::clone(&fact));
        Ok((Some(fact), text.map(|text| FirstText { text, read: None })))
    }

    /// Notes which texts the operations at hand will want.
    fn foresee(&mut self, lineage: &Lineage, operations: &[Operation]) {
        self.texts.clear();
        self.unread.clear();
        let mut known: HashSet<VersionId> = HashSet::new();
        for op in operations {
            let Some(version) = op.version.and_then(|id| self.ahead.get(&id)) else { continue };
            if let Some(body) = version.body.filter(|_| known.insert(version.id) && is_first_sight(version, op.seq, lineage)) {
                self.unread.push_back((body, version.bytes));
            }
        }
    }

    /// A text; with it come those that will be wanted next.
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

    fn sent(&mut self, history: &dyn History, op: &Operation) -> Result<Option<Arc<str>>> {
        let (Some(body), Some(object), Outcome::Done, true) = (op.request_body, op.object, op.outcome, op.verb.is_write()) else {
            return Ok(None);
        };
        let count = self.repeats.entry((op.actor, object), || 0);
        *count = count.saturating_add(1);
        if matches!(*count, 2..=12) || count.is_multiple_of(16) { history.body(body) } else { Ok(None) }
    }

    /// An object. The uid may be filled in later: with a `new_version`, what lacks one is asked for again.
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

/// Whether operation `seq` is the first of the lineage to show a version.
fn is_first_sight(version: &Version, seq: Seq, lineage: &Lineage) -> bool {
    version.first_observed >= seq || version.first_observed < lineage.first()
}
