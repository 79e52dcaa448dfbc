//! Writes the steps of a path.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::document::{Effect, Hash, Key, Known, Objects, Step};
use crate::import_session::{CallDetail, ImportSession, Request, Response};
use crate::kamera::{Access, Accessed, Op, TypedKind};
use kuberewind_capture::{ResponseBody, SpanEnded, SpanObject, SpanStarted};
use kuberewind_model::{Result, SpanKey, SpanResult, Timestamp};

/// The actor of the objects that exist before the first step.
pub(super) const INITIAL: &str = "initial-state";

/// The state of one session while its steps are written.
pub(super) struct Steps<'a> {
    pub(super) objects: &'a Objects<'a>,
    /// The last state of each object, for deletions.
    pub(super) last: HashMap<Key, Hash>,
    /// Calls whose object is not in the dump.
    pub(super) missing: u64,
}

impl Steps<'_> {
    /// Records the objects that exist before the first step.
    pub(super) fn initial(&mut self, known: &[Known], at: Timestamp, session: &mut ImportSession) -> Result<()> {
        for known in known {
            let effect =
                Effect { op_type: "INIT".into(), key: known.key.clone(), version: known.hash.clone(), precondition: None };
            self.call(&effect, INITIAL, (at, None), session)?;
        }
        Ok(())
    }

    /// Follows the steps that another session has written.
    pub(super) fn follow(&mut self, step: &Step<'_>) {
        for effect in step.changes.effects.iter().flatten() {
            self.last.insert(effect.key.clone(), effect.version.clone());
        }
    }

    /// Writes a step: a reconcile with its reads and its writes.
    pub(super) fn step(&mut self, step: &Step<'_>, at: Timestamp, session: &mut ImportSession) -> Result<()> {
        let calls = || step.changes.observations.iter().flatten().chain(step.changes.effects.iter().flatten());
        let about = calls().next();
        let span = session.span_started(SpanStarted {
            // The session assigns the key.
            span: SpanKey(0),
            at,
            actor: Some(step.controller_id.as_str().into()),
            label: step.frame_id.as_str().into(),
            object: about.map(|effect| self.span_object(effect)).unwrap_or_default(),
            reason: "".into(),
        })?;
        for effect in calls() {
            self.call(effect, &step.controller_id, (at, Some(span)), session)?;
        }
        let error = step.error.clone().unwrap_or_default();
        let result = if error.is_empty() { SpanResult::Ok } else { SpanResult::Error };
        session.span_ended(SpanEnded { span, at, result, error, requeue_after: None })
    }

    fn span_object(&self, effect: &Effect) -> SpanObject {
        let typed = typed(&effect.key, &self.object(effect).unwrap_or_default());
        SpanObject {
            group: typed.group.into(),
            version: typed.version.into(),
            kind: typed.kind.into(),
            resource: typed.plural.into(),
            namespace: effect.key.namespace.as_str().into(),
            name: effect.key.name.as_str().into(),
            joined: false,
        }
    }

    /// The object after a call; for a deletion, its last state.
    fn object(&self, effect: &Effect) -> Option<Value> {
        let last = || self.last.get(&effect.key).and_then(|hash| self.objects.get(hash));
        let object = self.objects.get(&effect.version).or_else(last)?;
        serde_json::from_str(object.get()).ok()
    }

    fn call(
        &mut self,
        effect: &Effect,
        actor: &str,
        (at, span): (Timestamp, Option<SpanKey>),
        session: &mut ImportSession,
    ) -> Result<()> {
        let op = serde_json::from_value::<Op>(Value::from(effect.op_type.to_ascii_uppercase())).ok();
        let object = self.object(effect).or_else(|| bare(&effect.key));
        let access = op.zip(object).and_then(|(op, mut object)| {
            if object["metadata"]["name"].as_str().is_none_or(str::is_empty) {
                object["metadata"]["name"] = effect.key.name.as_str().into();
            }
            let typed = typed(&effect.key, &object);
            Access::to_one(Accessed { op, uid: &effect.key.object_id }, &object, &typed)
        });
        let Some(access) = access else {
            self.missing += 1;
            session.unreadable(0);
            return Ok(());
        };
        self.last.insert(effect.key.clone(), effect.version.clone());
        let Access { method, uri, media_type, request: body, status, response, answer } = access;
        let call = session.request(Request {
            at,
            actor: actor.into(),
            method,
            uri,
            user_agent: None,
            media_type: media_type.into(),
            body,
            span,
        })?;
        let precondition = effect.precondition.as_ref().and_then(|precondition| precondition.resource_version.clone());
        if answer == ResponseBody::NotKept || precondition.is_some() {
            let precondition = precondition.unwrap_or_default().into();
            session.detail(call, CallDetail { name: "".into(), precondition, answer, remarks: Vec::new() })?;
        }
        session.response(
            call,
            Response { at, status, audit_id: None, body: if response.is_empty() { Bytes::new() } else { response } },
        )
    }
}

fn typed(key: &Key, object: &Value) -> TypedKind {
    let kind = object["kind"].as_str().unwrap_or(&key.resource_kind);
    TypedKind::of(kind, object, None, Some(&key.resource_group), None)
}

/// The facts that the key has about an object that the dump lacks.
fn bare(key: &Key) -> Option<Value> {
    (!key.resource_kind.is_empty()).then(|| json!({"metadata": {"name": key.name, "namespace": key.namespace}}))
}
