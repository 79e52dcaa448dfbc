//! Queries of a recording, each bounded by its arguments, never by the recording's length.

use std::ops::RangeInclusive;
use std::sync::Arc;

use kuberewind_model::{
    Actor, ActorId, BodyId, Density, Derived, Direction, Gap, History, Kind, KindId, Lineage, LogLine, Moment, Object, ObjectAt,
    ObjectId, ObjectKey, ObjectQuery, Operation, OperationDetail, Perspective, RecordingInfo, Result, Seq, Session, SessionNo,
    Span, SpanId, StepTarget, Timestamp, Version, VersionId, Viewer, ViewerId, Watch, WatchId, WorldChange,
};

use super::kind_objects::Selection;
use super::recording::Recording;
use super::{
    actors, density, derived, kind_objects, logs_and_gaps, moments, objects, operations, sessions, spans, watches, world_changes,
};
use crate::error::Context;
use crate::{kinds, lineages, server_version, versions};

impl History for Recording {
    fn recording(&self) -> Result<RecordingInfo> {
        Ok(self.info.clone())
    }

    fn sessions(&self) -> Result<Vec<Session>> {
        sessions::all(&self.db, crate::lock::is_being_written(&self.path))
    }

    fn lineage(&self, session: SessionNo) -> Result<Lineage> {
        lineages::lineage_of(&self.db, session)
    }

    fn data_version(&self) -> Result<u64> {
        self.db.query_row("PRAGMA data_version", [], |row| row.get(0)).context("cannot check the recording for changes")
    }

    fn in_one_read(&self, read: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        self.reading(read)
    }

    fn operation(&self, lineage: &Lineage, seq: Seq) -> Result<Option<Operation>> {
        operations::one(&self.db, lineage, seq)
    }

    fn operations(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<Operation>> {
        operations::window(&self.db, &mut self.names.borrow_mut(), lineage, &range, limit)
    }

    fn operation_detail(&self, lineage: &Lineage, seq: Seq) -> Result<Option<OperationDetail>> {
        operations::detail(&self.db, lineage, seq)
    }

    fn operation_details(&self, lineage: &Lineage, seqs: &[Seq]) -> Result<Vec<OperationDetail>> {
        self.names.borrow_mut().details(&self.db, lineage, seqs)
    }

    fn list_items(&self, lineage: &Lineage, seq: Seq, skip: usize, limit: usize) -> Result<Vec<(ObjectId, Option<VersionId>)>> {
        operations::list_items(&self.db, lineage, seq, skip, limit)
    }

    fn step(&self, lineage: &Lineage, from: Seq, direction: Direction, step_target: &StepTarget) -> Result<Option<Seq>> {
        moments::step(&self.db, lineage, from, direction, step_target)
    }

    fn operations_on(
        &self,
        lineage: &Lineage,
        object: ObjectId,
        from: Seq,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Seq>> {
        moments::operations_on(&self.db, lineage, object, (from, direction), limit)
    }

    fn at_time(&self, lineage: &Lineage, at: Timestamp) -> Result<Moment> {
        moments::at_time(&self.db, lineage, at)
    }

    fn at_resource_version(&self, lineage: &Lineage, resource_version: &str) -> Result<Option<Moment>> {
        moments::at_resource_version(&self.db, lineage, resource_version)
    }

    fn density(&self, lineage: &Lineage, range: RangeInclusive<Seq>, buckets: usize) -> Result<Vec<Density>> {
        density::density(&self.db, lineage, &range, buckets)
    }

    fn actors(&self) -> Result<Vec<Actor>> {
        actors::actors(&self.db)
    }

    fn viewers(&self, lineage: &Lineage, actor: ActorId) -> Result<Vec<Viewer>> {
        actors::viewers(&self.db, lineage, actor)
    }

    fn viewer(&self, viewer: ViewerId) -> Result<Option<Viewer>> {
        actors::viewer(&self.db, viewer)
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        kinds::kinds(&self.db)
    }

    fn server_version(&self, session: SessionNo) -> Result<Option<Arc<str>>> {
        server_version::read(&self.db, session)
    }

    fn kind(&self, kind: KindId) -> Result<Option<Kind>> {
        kinds::kind(&self.db, kind)
    }

    fn object(&self, object: ObjectId) -> Result<Option<Object>> {
        objects::one(&self.db, object)
    }

    fn find_objects(&self, query: &ObjectQuery, limit: usize) -> Result<Vec<Object>> {
        objects::find(&self.db, query, limit)
    }

    fn object_at(&self, lineage: &Lineage, at: Moment, from: Perspective, object: ObjectId) -> Result<ObjectAt> {
        objects::at(&self.db, lineage, at, from, object)
    }

    fn key_at(&self, lineage: &Lineage, at: Moment, from: Perspective, key: &ObjectKey) -> Result<ObjectAt> {
        objects::key_at(&self.db, lineage, at, from, key)
    }

    fn objects_at(
        &self,
        lineage: &Lineage,
        at: Moment,
        from: Perspective,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Vec<(ObjectId, VersionId)>> {
        self.reading(|| objects::all_at(&self.db, lineage, at, from, after, limit))
    }

    fn objects_of_kind_at(
        &self,
        lineage: &Lineage,
        at: Moment,
        from: Perspective,
        kind: KindId,
        namespace: Option<&str>,
        after: Option<ObjectId>,
        limit: usize,
    ) -> Result<Vec<(Object, VersionId)>> {
        self.reading(|| kind_objects::at(&self.db, lineage, at, from, &Selection { kind, namespace, after, limit }))
    }

    fn changed_between(&self, lineage: &Lineage, a: Moment, b: Moment, limit: usize) -> Result<Vec<WorldChange>> {
        self.reading(|| world_changes::between(&self.db, lineage, a, b, limit))
    }

    fn highest_resource_version(&self) -> Result<u64> {
        world_changes::highest_resource_version(&self.db)
    }

    fn version(&self, version: VersionId) -> Result<Option<Version>> {
        versions::one(&self.db, version)
    }

    fn versions_of_ids(&self, versions: &[VersionId]) -> Result<Vec<Version>> {
        self.names.borrow_mut().versions(&self.db, versions)
    }

    fn derived(&self, versions: &[VersionId]) -> Result<Vec<Derived>> {
        self.reading(|| derived::of(self, versions))
    }

    fn versions(
        &self,
        lineage: &Lineage,
        object: ObjectId,
        range: RangeInclusive<Seq>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Version>> {
        self.reading(|| versions::within(&self.db, lineage, object, &range, direction, limit))
    }

    fn previous_version(&self, lineage: &Lineage, version: VersionId) -> Result<Option<Version>> {
        versions::previous(&self.db, lineage, version)
    }

    fn body(&self, body: BodyId) -> Result<Option<Arc<str>>> {
        self.bodies.borrow_mut().text(&self.db, body.0)
    }

    fn bodies(&self, bodies: &[BodyId]) -> Result<Vec<(BodyId, Arc<str>)>> {
        self.reading(|| self.bodies.borrow_mut().texts(&self.db, bodies))
    }

    fn span(&self, span: SpanId) -> Result<Option<Span>> {
        spans::one(&self.db, &mut self.names.borrow_mut(), span)
    }

    fn spans(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<Span>> {
        spans::within(&self.db, &mut self.names.borrow_mut(), lineage, &range, limit)
    }

    fn spans_triggered_by(&self, lineage: &Lineage, seq: Seq) -> Result<Vec<Span>> {
        spans::triggered_by(&self.db, &mut self.names.borrow_mut(), lineage, seq)
    }

    fn operations_of_span(&self, lineage: &Lineage, span: SpanId, limit: usize) -> Result<Vec<Operation>> {
        operations::of_span(&self.db, lineage, span, limit)
    }

    fn watch(&self, watch: WatchId) -> Result<Option<Watch>> {
        watches::watch(&self.db, watch)
    }

    fn log_lines(&self, lineage: &Lineage, range: RangeInclusive<Seq>, limit: usize) -> Result<Vec<LogLine>> {
        logs_and_gaps::log_lines(&self.db, lineage, &range, limit)
    }

    fn gaps(&self, lineage: &Lineage, limit: usize) -> Result<Vec<Gap>> {
        logs_and_gaps::gaps(&self.db, lineage, limit)
    }
}
