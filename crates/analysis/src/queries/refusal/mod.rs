//! A refused write beside the versions of its object: what it was made on, what it sent, what had been written before it arrived, and
//! its retry.

mod base;
mod refused_write;
mod retry;
mod sent;

use serde_json::Value;

use super::context::QueryContext;
use super::history::{HistoryEntry, entry};
use super::one_read::in_one_read;
use super::transition::{VersionContent, write_of_version};
use kuberewind_model::{Direction, Error, ErrorKind, History, Lineage, ObjectId, Operation, Outcome, Result, Seq, Verb, Version};

pub use refused_write::{RefusedWrite, Retry, WriteBase};
pub(super) use retry::retry_of;

/// Versions before the refused write that are searched for its base.
const MAX_SEARCHED: usize = 256;
/// The most versions between the base and the arrival that are returned. The newest are.
const MAX_BETWEEN: usize = 8;
/// The most changed fields, of the refused write and of each version.
const MAX_FIELDS: usize = 100;

/// A refused write beside the versions of its object.
///
/// # Errors
/// The operation does not exist or is no refused write, or the recording cannot be read.
pub fn refused_write(history: &dyn History, lineage: &Lineage, seq: Seq) -> Result<RefusedWrite> {
    in_one_read(history, || refused_write_of(&QueryContext::new(history, lineage), seq))
}

/// True for a write that the server refused.
#[must_use]
pub fn is_refused_write(operation: &Operation) -> bool {
    operation.verb.is_write() && operation.outcome == Outcome::Refused
}

fn refused_write_of(context: &QueryContext<'_>, seq: Seq) -> Result<RefusedWrite> {
    let operation = context.operation(seq)?;
    let operation = operation.ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no operation {seq}")))?;
    if !is_refused_write(&operation) {
        return Err(Error::new(ErrorKind::Invalid, format!("{seq} is no refused write")));
    }
    let detail = context.history.operation_detail(context.lineage, seq)?.map(|found| found.detail).unwrap_or_default();
    let mut refused = RefusedWrite {
        operation: seq,
        status: operation.status,
        reason: detail.reason.to_string(),
        error: operation.error.to_string(),
        object: String::new(),
        base: None,
        sent: Vec::new(),
        more_sent: 0,
        sent_remark: String::new(),
        meanwhile: Vec::new(),
        more_meanwhile: 0,
        retry: None,
    };
    let Some(object) = operation.object else {
        "the object is not known".clone_into(&mut refused.sent_remark);
        return Ok(refused);
    };
    refused.object = context.object(object)?.to_string();
    let versions = context.history.versions(context.lineage, object, Seq(1)..=seq, Direction::Backward, MAX_SEARCHED)?;
    let base = base::base_of(context, &operation, &detail, &versions)?;
    let content = base.as_ref().and_then(|(_, version)| version.clone()).map(|version| with_content(context, version));
    let content = content.transpose()?.flatten();
    let sent = sent::sent(context, &operation, &detail, content.as_ref().map(|content| &content.value))?;
    refused.more_sent = sent.fields.len().saturating_sub(MAX_FIELDS);
    refused.sent = sent.fields.into_iter().take(MAX_FIELDS).collect();
    refused.sent_remark = sent.remark;
    let newer = newer_versions(context, &operation, base.as_ref().and_then(|(_, version)| version.as_ref()), versions)?;
    refused.more_meanwhile = newer.len().saturating_sub(MAX_BETWEEN);
    refused.meanwhile = entries(context, content, newer)?;
    refused.base = base.map(|(base, _)| base);
    refused.retry = retry_of(context, &operation)?;
    Ok(refused)
}

fn with_content(context: &QueryContext<'_>, version: Version) -> Result<Option<VersionContent>> {
    let value = context.content(&version)?;
    Ok(value.map(|value| VersionContent { version, value }))
}

/// The versions that existed when the write arrived and are newer than its base, oldest first. `known` are the versions that were known
/// when it was refused, newest first.
fn newer_versions(
    context: &QueryContext<'_>,
    operation: &Operation,
    base: Option<&Version>,
    known: Vec<Version>,
) -> Result<Vec<Version>> {
    let Some(base) = base else {
        // Without a base only the version that is in the way of a create is certainly about this write: the first of its incarnation.
        let first = known.into_iter().last().filter(|_| operation.verb == Verb::Create);
        return Ok(first.into_iter().collect());
    };
    let object = base.object;
    let mut newer: Vec<Version> = known.into_iter().take_while(|version| version.rank > base.rank).collect();
    newer.reverse();
    if newer.is_empty()
        && let Some(late) = recorded_later(context, operation, object)?
    {
        newer.push(late);
    }
    Ok(newer)
}

/// The version that was first observed after the refusal, if its write began before the refusal: the response to the faster write may
/// arrive after the one to the slower write.
fn recorded_later(context: &QueryContext<'_>, operation: &Operation, object: ObjectId) -> Result<Option<Version>> {
    let after = operation.seq.next()..=Seq::MAX;
    let next = context.history.versions(context.lineage, object, after, Direction::Forward, 1)?.pop();
    let Some(next) = next else { return Ok(None) };
    let write = write_of_version(context, &next)?;
    Ok(write.is_some_and(|write| write.started_after < operation.seq && write.viewer != operation.viewer).then_some(next))
}

/// The newest of these versions, with their authors and changes.
fn entries(context: &QueryContext<'_>, base: Option<VersionContent>, versions: Vec<Version>) -> Result<Vec<HistoryEntry>> {
    let left_out = versions.len().saturating_sub(MAX_BETWEEN);
    let mut before = base;
    let mut found = Vec::new();
    for (index, version) in versions.into_iter().enumerate() {
        let state = with_content(context, version.clone())?;
        if index >= left_out {
            found.push(entry(context, &version, before.as_ref(), state.as_ref(), MAX_FIELDS)?);
        }
        before = state.filter(|state| !state.version.gone && state.value != Value::Null).or(before);
    }
    Ok(found)
}
