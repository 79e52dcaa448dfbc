//! The port for reading a recording.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::event::Detail;
use super::{
    Actor, ActorId, BodyId, Density, Derived, Direction, Gap, Kind, KindId, Lineage, LogLine, Moment, Object, ObjectAt, ObjectId,
    Operation, Perspective, Result, Seq, Session, SessionNo, Span, SpanId, StepTarget, Timestamp, Version, VersionId, Viewer,
    ViewerId, Watch, WatchId, WorldChange,
};

/// Facts about the recording as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingInfo {
    /// A random 128-bit id in hexadecimal.
    pub id: String,
    /// Name and version of the program that wrote the recording.
    pub written_by: String,
    pub schema_version: i64,
    /// A note about how the file was opened: from a copy, after a crash, converted. '' for none.
    pub remark: String,
}

/// An operation's less common facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationDetail {
    pub seq: Seq,
    pub detail: Detail,
}

/// Selects objects. Empty fields match everything. The kind matches kind, plural, short names and `plural.group` regardless of
/// case; the other fields compare exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectQuery {
    /// Kind, plural, short name or `plural.group`.
    pub kind: String,
    pub namespace: Option<String>,
    pub name: Option<String>,
}

/// Reads a recording at any moment of any lineage without replaying from the start. The cost is bounded by the caller's limit
/// or by one object's versions, never by the length of the recording.
///
/// Ids belong to one recording. An unknown number or id gives `None`, not an error.
#[allow(clippy::missing_errors_doc)] // every method fails only when the file cannot be read or is damaged
pub trait History: Send {
    /// Facts about the recording as a whole.
    fn recording(&self) -> Result<RecordingInfo>;

    /// All sessions, in order of their start.
    fn sessions(&self) -> Result<Vec<Session>>;

    /// The lineage that ends with this session, up to what is written now.
    fn lineage(&self, session: SessionNo) -> Result<Lineage>;

    /// A number that changes when another process has written. Cheap enough to call many times a second.
    fn data_version(&self) -> Result<u64>;

    /// Runs several reads in one read transaction, so that they see the same state. May be nested. Nothing may write
    /// meanwhile.
    ///
    /// # Errors
    /// The error of `read`, or the transaction cannot begin.
    fn in_one_read(&self, read: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    fn operation(&self, lineage: &Lineage, seq: Seq) -> Result<Option<Operation>>;

    /// Operations in `range`, in order, at most `limit` from its start.
    fn operations(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<Operation>>;

    /// The less common facts of an operation.
    fn operation_detail(&self, lineage: &Lineage, seq: Seq) -> Result<Option<OperationDetail>>;

    /// The less common facts of many operations. `seqs` must be sorted; so is the result. Operations without stored details
    /// may be missing.
    fn operation_details(&self, lineage: &Lineage, seqs: &[Seq]) -> Result<Vec<OperationDetail>>;

    /// The objects whose view a LIST changed, with the version it contained; at most `limit` after `skip`.
    fn list_items(&self, lineage: &Lineage, seq: Seq, skip: usize, limit: usize) -> Result<Vec<(ObjectId, Option<VersionId>)>>;

    /// The nearest operation strictly after (before) `from` that matches.
    fn step(&self, lineage: &Lineage, from: Seq, direction: Direction, step_target: &StepTarget) -> Result<Option<Seq>>;

    /// The nearest operations on an object strictly after (before) `from`, nearest first; at most `limit`.
    fn operations_on(
        &self,
        lineage: &Lineage,
        object: ObjectId,
        from: Seq,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Seq>>;

    /// The last operation at or before a time, [`Seq::START`] if there is none.
    fn at_time(&self, lineage: &Lineage, at: Timestamp) -> Result<Moment>;

    /// The first moment at which a resourceVersion was observed.
    fn at_resource_version(&self, lineage: &Lineage, resource_version: &str) -> Result<Option<Moment>>;

    /// Counts over `range`, divided into `buckets` parts with equal numbers of operations.
    fn density(&self, lineage: &Lineage, range: RangeInclusive<Seq>, buckets: usize) -> Result<Vec<Density>>;

    fn actors(&self) -> Result<Vec<Actor>>;

    /// The incarnations of an actor in the lineage, oldest first.
    fn viewers(&self, lineage: &Lineage, actor: ActorId) -> Result<Vec<Viewer>>;

    /// One incarnation of an actor.
    fn viewer(&self, viewer: ViewerId) -> Result<Option<Viewer>>;

    fn kinds(&self) -> Result<Vec<Kind>>;

    fn kind(&self, kind: KindId) -> Result<Option<Kind>>;

    /// The JSON that the API server of a session answers at `/version`; `None` if it is not recorded.
    fn server_version(&self, session: SessionNo) -> Result<Option<Arc<str>>>;

    /// One incarnation of an object.
    fn object(&self, object: ObjectId) -> Result<Option<Object>>;

    /// All incarnations of the objects that match, by key and incarnation; at most `limit`.
    fn find_objects(&self, query: &ObjectQuery, limit: usize) -> Result<Vec<Object>>;

    /// An incarnation of an object at a moment. See [`History::key_at`] for a key with several incarnations.
    fn object_at(&self, lineage: &Lineage, at: Moment, from: Perspective, object: ObjectId) -> Result<ObjectAt>;

    /// The object with this key at a moment: its latest incarnation known by then. Absence may also be known from a complete
    /// list or a 404 alone.
    fn key_at(&self, lineage: &Lineage, at: Moment, from: Perspective, key: &super::ObjectKey) -> Result<ObjectAt>;

    /// The objects present at a moment, ordered by id, after `after`, at most `limit`.
    fn objects_at(
        &self,
        lineage: &Lineage,
        at: Moment,
        from: Perspective,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Vec<(ObjectId, VersionId)>>;

    /// The objects of one kind that are present at a moment, in one namespace or (`None`) in all, ordered by id, after `after`, at
    /// most `limit`. The cost is bounded by the objects that are present and by one segment.
    #[allow(clippy::too_many_arguments)] // the four things that select, and a window
    fn objects_of_kind_at(
        &self,
        lineage: &Lineage,
        at: Moment,
        from: Perspective,
        kind: KindId,
        namespace: Option<&str>,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Vec<(Object, VersionId)>>;

    /// The objects whose state in the world differs between two moments, in the order of the operations that changed them last: the
    /// first `limit` of them. If `b` is before `a`, the order is reversed: the newest change is undone first. The cost is bounded by
    /// the versions between the two moments, and by the objects that are present.
    fn changed_between(&self, lineage: &Lineage, a: Moment, b: Moment, limit: usize) -> Result<Vec<WorldChange>>;

    /// The highest numeric resourceVersion in the recording, 0 if there is none.
    fn highest_resource_version(&self) -> Result<u64>;

    fn version(&self, version: VersionId) -> Result<Option<Version>>;

    /// The versions with these ids, ordered by id. Unknown ids are skipped.
    fn versions_of_ids(&self, versions: &[VersionId]) -> Result<Vec<Version>>;

    /// The stored derived rows of these versions, in no particular order. Rows may be missing.
    fn derived(&self, versions: &[VersionId]) -> Result<Vec<Derived>>;

    /// The versions of an object first observed within `range`, ordered by rank, at most `limit` from its start (`Forward`) or
    /// end (`Backward`, then in falling order). One per rank, in its fullest shape.
    fn versions(
        &self,
        lineage: &Lineage,
        object: ObjectId,
        range: RangeInclusive<Seq>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Version>>;

    /// The previous version in the object's history.
    fn previous_version(&self, lineage: &Lineage, version: VersionId) -> Result<Option<Version>>;

    fn body(&self, body: BodyId) -> Result<Option<Arc<str>>>;

    /// The texts of these bodies, ordered by id. Unknown ids are skipped. All texts are held in memory at once.
    fn bodies(&self, bodies: &[BodyId]) -> Result<Vec<(BodyId, Arc<str>)>>;

    fn span(&self, span: SpanId) -> Result<Option<Span>>;

    /// The reconciles that ran at any point of `range`, ordered by start, at most `limit`.
    fn spans(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<Span>>;

    /// The reconciles that this operation (a delivery or a write) triggered.
    fn spans_triggered_by(&self, lineage: &Lineage, seq: Seq) -> Result<Vec<Span>>;

    /// The operations of a reconcile, in order, at most `limit`.
    fn operations_of_span(&self, lineage: &Lineage, span: SpanId, limit: usize) -> Result<Vec<Operation>>;

    fn watch(&self, watch: WatchId) -> Result<Option<Watch>>;

    /// The log lines within `range`, at most `limit`.
    fn log_lines(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<LogLine>>;

    /// The gaps of the lineage, in order, at most `limit`.
    fn gaps(&self, lineage: &Lineage, limit: usize) -> Result<Vec<Gap>>;
}
