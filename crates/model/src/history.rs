//! The port that answers for what was.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::event::Detail;
use super::{
    Actor, ActorId, BodyId, Density, Derived, Direction, Gap, Kind, KindId, Lineage, LogLine, Moment, Object, ObjectAt, ObjectId,
    Operation, Perspective, Result, Seq, Session, SessionNo, Span, SpanId, StepTarget, Timestamp, Version, VersionId, Viewer,
    ViewerId, Watch, WatchId,
};

/// What a recording says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingInfo {
    /// Its random 128-bit id in hexadecimal.
    pub id: String,
    /// The program and version that wrote it.
    pub written_by: String,
    /// The version of the file's schema.
    pub schema_version: i64,
    /// What a person should know about how it was opened: from a copy, left by a crash, converted. '' for nothing.
    pub remark: String,
}

/// The rarer facts of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationDetail {
    /// The operation.
    pub seq: Seq,
    /// The facts.
    pub detail: Detail,
}

/// Which objects. Empty fields ask nothing. Text fields compare exactly, but for the kind, which is matched without
/// regard to case against kind, plural, short names and `plural.group`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectQuery {
    /// Kind, plural, short name or `plural.group`.
    pub kind: String,
    /// Namespace.
    pub namespace: Option<String>,
    /// Name.
    pub name: Option<String>,
}

/// Answers for any moment of any lineage without replaying from the start. Every answer is bounded by the caller's
/// limit or by one object's facts, never by the length of the recording.
///
/// Ids belong to one recording. A number or id that names nothing gives `None`, not an error.
#[allow(clippy::missing_errors_doc)] // every method fails only when the file cannot be read or is damaged
pub trait History: Send {
    /// What the recording says of itself.
    fn recording(&self) -> Result<RecordingInfo>;

    /// All sessions, in the order of their beginning.
    fn sessions(&self) -> Result<Vec<Session>>;

    /// The lineage that ends with this session, as far as it is written now.
    fn lineage(&self, session: SessionNo) -> Result<Lineage>;

    /// A number that changes whenever another process has written: cheap enough to ask many times a second.
    fn data_version(&self) -> Result<u64>;

    /// Runs several reads as one: they see the recording in one state, and not each of them has to make sure of it. May
    /// be nested. Nothing is to be written meanwhile.
    ///
    /// # Errors
    /// What `read` fails with, or when the reading cannot begin.
    fn in_one_read(&self, read: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// One operation.
    fn operation(&self, lineage: &Lineage, seq: Seq) -> Result<Option<Operation>>;

    /// The operations with numbers in `range`, in order, at most `limit` from its start.
    fn operations(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<Operation>>;

    /// The rarer facts of an operation.
    fn operation_detail(&self, lineage: &Lineage, seq: Seq) -> Result<Option<OperationDetail>>;

    /// The rarer facts of many operations, given in rising order, in that order; those of which none are kept may be left out.
    fn operation_details(&self, lineage: &Lineage, seqs: &[Seq]) -> Result<Vec<OperationDetail>>;

    /// The objects whose view a LIST changed, with what it showed of them; at most `limit` after `skip`.
    fn list_items(&self, lineage: &Lineage, seq: Seq, skip: usize, limit: usize) -> Result<Vec<(ObjectId, Option<VersionId>)>>;

    /// The nearest step_target strictly after (before) `from`.
    fn step(&self, lineage: &Lineage, from: Seq, direction: Direction, step_target: &StepTarget) -> Result<Option<Seq>>;

    /// The last operation at or before a time; [`Seq::START`] if there is none.
    fn at_time(&self, lineage: &Lineage, at: Timestamp) -> Result<Moment>;

    /// The first moment at which a resourceVersion was shown.
    fn at_resource_version(&self, lineage: &Lineage, resource_version: &str) -> Result<Option<Moment>>;

    /// Counts over `range`, cut into `buckets` parts of equal numbers of operations.
    fn density(&self, lineage: &Lineage, range: RangeInclusive<Seq>, buckets: usize) -> Result<Vec<Density>>;

    /// All actors.
    fn actors(&self) -> Result<Vec<Actor>>;

    /// The incarnations of an actor in the lineage, oldest first.
    fn viewers(&self, lineage: &Lineage, actor: ActorId) -> Result<Vec<Viewer>>;

    /// One incarnation.
    fn viewer(&self, viewer: ViewerId) -> Result<Option<Viewer>>;

    /// All kinds.
    fn kinds(&self) -> Result<Vec<Kind>>;

    /// One kind.
    fn kind(&self, kind: KindId) -> Result<Option<Kind>>;

    /// One incarnation of an object.
    fn object(&self, object: ObjectId) -> Result<Option<Object>>;

    /// The objects that a query names, all incarnations, by key and incarnation; at most `limit`.
    fn find_objects(&self, query: &ObjectQuery, limit: usize) -> Result<Vec<Object>>;

    /// An object as of a moment. For a key with several incarnations, name the one meant; see [`History::key_at`].
    fn object_at(&self, lineage: &Lineage, at: Moment, from: Perspective, object: ObjectId) -> Result<ObjectAt>;

    /// The object with this key as of a moment: the incarnation known latest by then, or one that is absent, also where
    /// only a complete list or a 404 says so.
    fn key_at(&self, lineage: &Lineage, at: Moment, from: Perspective, key: &super::ObjectKey) -> Result<ObjectAt>;

    /// The objects present at a moment, in the order of their ids, after `after`, at most `limit`.
    fn objects_at(
        &self,
        lineage: &Lineage,
        at: Moment,
        from: Perspective,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Vec<(ObjectId, VersionId)>>;

    /// One version.
    fn version(&self, version: VersionId) -> Result<Option<Version>>;

    /// Many versions at once, those that there are, in the order of their ids.
    fn versions_of_ids(&self, versions: &[VersionId]) -> Result<Vec<Version>>;

    /// What was made of these versions and kept, in no particular order; of some, or all, there may be nothing.
    fn derived(&self, versions: &[VersionId]) -> Result<Vec<Derived>>;

    /// The versions of an object that were first shown within `range`, in the order of their ranks, at most `limit`
    /// from its start (`Forward`) or end (`Backward`: then in falling order). One per rank, in its fullest shape.
    fn versions(
        &self,
        lineage: &Lineage,
        object: ObjectId,
        range: RangeInclusive<Seq>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Version>>;

    /// The version before this one in the object's history.
    fn previous_version(&self, lineage: &Lineage, version: VersionId) -> Result<Option<Version>>;

    /// The text of a body.
    fn body(&self, body: BodyId) -> Result<Option<Arc<str>>>;

    /// The texts of many bodies at once, of those that there are, in the order of their ids. All of them are held: ask for
    /// as many as there is room for.
    fn bodies(&self, bodies: &[BodyId]) -> Result<Vec<(BodyId, Arc<str>)>>;

    /// One span.
    fn span(&self, span: SpanId) -> Result<Option<Span>>;

    /// The spans that were running somewhere within `range`, by start, at most `limit`.
    fn spans(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<Span>>;

    /// The spans that this operation (a delivery, or a write) triggered.
    fn spans_triggered_by(&self, lineage: &Lineage, seq: Seq) -> Result<Vec<Span>>;

    /// The operations of a span, in order, at most `limit`.
    fn operations_of_span(&self, lineage: &Lineage, span: SpanId, limit: usize) -> Result<Vec<Operation>>;

    /// One watch.
    fn watch(&self, watch: WatchId) -> Result<Option<Watch>>;

    /// The log lines whose place is within `range`, at most `limit`.
    fn log_lines(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<LogLine>>;

    /// The gaps of the lineage, in order, at most `limit`.
    fn gaps(&self, lineage: &Lineage, limit: usize) -> Result<Vec<Gap>>;
}
