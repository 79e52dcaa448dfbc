//! Lists: consistent, paged, at the present or at a given revision.

use std::ops::Bound;
use std::sync::Arc;

use serde_json::json;

use super::scope::Scope;
use super::source::Source;
use super::storage::{Name, Table};
use super::token::Token;
use super::version::Version;
use super::world::World;
use kuberewind_model::k8s::request::Query;
use kuberewind_model::k8s::status::Status;

/// The selected objects of one kind at one revision.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) items: Vec<Arc<Version>>,
    pub(super) revision: u64,
    /// The token for the next page, '' on the last one.
    pub(super) next: String,
    /// The number of objects after this page; absent with a selector.
    pub(super) remaining: Option<usize>,
}

/// A real server's message when the snapshot of a page is gone.
const TOKEN_EXPIRED: &str = "The provided continue parameter is too old to display a consistent list result. You can start a new list \
     without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. \
     Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted \
     between the time the first chunk was returned and now may show up in the list.";

/// Lists a scope as the query asks. `cached` is the revision that the watch cache has reached.
pub(super) fn list(world: &World, scope: &Scope, query: &Query, cached: u64) -> Result<Listed, Status> {
    let limit = limit_of(query);
    let start = start_of(world.storage.revision(), scope, query, cached)?;
    let table = snapshot(world, scope, &start)?;
    let from = match &start.after {
        Some(after) => Bound::Excluded(after.clone()),
        None => Bound::Included(scope.first()),
    };
    let mut rest = table.range((from, Bound::Unbounded)).take_while(|(name, _)| scope.contains(name));
    let selects = |(name, object): &(&Name, &Arc<Version>)| scope.selects(&scope.table, name, object);
    let selects_some = query.has("labelSelector") || query.has("fieldSelector");
    let mut items = Vec::new();
    let mut last = None;
    while limit == 0 || items.len() < limit {
        let Some((name, object)) = rest.by_ref().find(selects) else { break };
        items.push(object.clone());
        last = Some(name);
    }
    let full = limit > 0 && items.len() == limit;
    let remaining = match full {
        // A selector leaves open how many objects follow.
        true if selects_some => usize::from(rest.any(|one| selects(&one))),
        true => rest.filter(selects).count(),
        false => 0,
    };
    let next = last.filter(|_| remaining > 0).map_or_else(String::new, |name| start.next(scope, name));
    let remaining = (remaining > 0 && !selects_some).then_some(remaining);
    Ok(Listed { items, revision: start.revision, next, remaining })
}

/// The most objects of a source that a list with a selector reads at once.
const BATCH: usize = 256;

/// Lists a scope of a source as the query asks.
pub(super) fn of_source<S: Source>(source: &S, scope: &Scope, query: &Query) -> Result<Listed, Status> {
    let limit = match limit_of(query) {
        0 => usize::MAX,
        limit => limit,
    };
    let start = start_of(source.revision(), scope, query, source.revision())?;
    let states = source.states_at(&scope.table, scope.namespace(), start.revision)?;
    let states = states.ok_or_else(|| start.expired(scope))?;
    let from = start.after.as_ref().map_or(0, |after| states.partition_point(|(name, _)| name <= after));
    let rest = states.get(from..).unwrap_or_default();
    let selects_some = query.has("labelSelector") || query.has("fieldSelector");
    let (mut items, mut read) = (Vec::new(), 0);
    let mut last = None;
    while items.len() < limit && read < rest.len() {
        let room = if selects_some { BATCH } else { limit.saturating_sub(items.len()) };
        let batch = rest.get(read..read.saturating_add(room).min(rest.len())).unwrap_or_default();
        for ((name, _), object) in batch.iter().zip(source.load(&scope.table, batch)?) {
            if items.len() == limit {
                break;
            }
            read = read.saturating_add(1);
            if !selects_some || scope.selects(&scope.table, name, &object) {
                items.push(object);
                last = Some(name);
            }
        }
    }
    let full = items.len() == limit;
    // A selector leaves open whether any of the objects after the page is selected.
    let remaining = if full { rest.len().saturating_sub(read) } else { 0 };
    let next = last.filter(|_| remaining > 0).map_or_else(String::new, |name| start.next(scope, name));
    let remaining = (remaining > 0 && !selects_some).then_some(remaining);
    Ok(Listed { items, revision: start.revision, next, remaining })
}

/// The most objects of a page, 0 for all.
fn limit_of(query: &Query) -> usize {
    match query.get("limit") {
        "" => 0,
        // A negative limit is none.
        text => text.parse::<i64>().map_or(0, |limit| usize::try_from(limit).unwrap_or(0)),
    }
}

/// The start of a list.
struct Start {
    revision: u64,
    after: Option<Name>,
}

impl Start {
    /// The token for the page after this object.
    fn next(&self, scope: &Scope, last: &Name) -> String {
        Token { revision: Some(self.revision), after: last.clone() }.text(&scope.first().namespace)
    }

    /// The 410 for a revision that is gone. For a page, with a token that goes on in the present.
    fn expired(&self, scope: &Scope) -> Status {
        let Some(after) = &self.after else {
            return Status::expired("The resourceVersion for the provided list is too old.");
        };
        let mut expired = Status::expired(TOKEN_EXPIRED);
        let token = Token { revision: None, after: after.clone() }.text(&scope.first().namespace);
        expired.details.insert("continue".to_owned(), json!(token));
        expired
    }
}

/// Reads where a list starts. `now` is the last revision, `cached` the one that the watch cache has reached.
fn start_of(now: u64, scope: &Scope, query: &Query, cached: u64) -> Result<Start, Status> {
    let version = query.get("resourceVersion");
    let matching = query.get("resourceVersionMatch");
    if !query.get("continue").is_empty() {
        let refuse = |why: String| Status::bad_request(format!("invalid continue token: {why}"));
        let token = Token::read(query.get("continue"), scope.first().namespace).map_err(refuse)?;
        if !version.is_empty() && version != "0" {
            return Err(refuse("specifying resource version is not allowed when using continue".to_owned()));
        }
        return Ok(Start { revision: token.revision.unwrap_or(now), after: Some(token.after) });
    }
    if version.is_empty() {
        return Ok(Start { revision: now, after: None });
    }
    if version == "0" {
        return Ok(Start { revision: cached, after: None });
    }
    let asked: u64 = version.parse().map_err(|_| {
        let why = format!("resourceVersion: Invalid value: {version:?}: strconv.ParseUint: parsing {version:?}: invalid syntax");
        Status::bad_request(format!("invalid resource version: {why}"))
    })?;
    if asked > now {
        return Err(too_large(asked, now));
    }
    Ok(Start { revision: if matching == "Exact" { asked } else { now }, after: None })
}

/// The 504 for a revision in the future.
pub(super) fn too_large(asked: u64, now: u64) -> Status {
    let cause = kuberewind_model::k8s::status::Cause {
        reason: "ResourceVersionTooLarge",
        message: "Too large resource version".to_owned(),
        field: String::new(),
    };
    let message = format!("Timeout: Too large resource version: {asked}, current: {now}");
    Status::new(504, "Timeout", message).with_causes(&[cause]).retry_after(1)
}

fn snapshot(world: &World, scope: &Scope, start: &Start) -> Result<Table, Status> {
    world.storage.table_at(&scope.table, start.revision).ok_or_else(|| start.expired(scope))
}
