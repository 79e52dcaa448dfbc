//! Lists: consistent, paged, at the present or at a given revision.

use std::ops::Bound;
use std::sync::Arc;

use serde_json::json;

use super::scope::Scope;
use super::storage::{Name, Table};
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
    let limit = match query.get("limit") {
        "" => 0,
        // A negative limit is none.
        text => text.parse::<i64>().map_or(0, |limit| usize::try_from(limit).unwrap_or(0)),
    };
    let start = start_of(world, query, cached)?;
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
    let last = last.filter(|_| remaining > 0).map(|name| token(start.revision, name));
    Ok(Listed {
        items,
        revision: start.revision,
        next: last.unwrap_or_default(),
        remaining: (remaining > 0 && !selects_some).then_some(remaining),
    })
}

/// The start of a list.
struct Start {
    revision: u64,
    after: Option<Name>,
}

fn start_of(world: &World, query: &Query, cached: u64) -> Result<Start, Status> {
    let now = world.storage.revision();
    let version = query.get("resourceVersion");
    let matching = query.get("resourceVersionMatch");
    if !query.get("continue").is_empty() {
        if !version.is_empty() && version != "0" {
            return Err(Status::bad_request("specifying resource version is not allowed when using continue"));
        }
        let (revision, after) =
            read_token(query.get("continue")).ok_or_else(|| Status::bad_request("continue key is not valid"))?;
        return Ok(Start { revision: revision.unwrap_or(now), after: Some(after) });
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
    let table = &scope.table;
    if let Some(objects) = world.storage.table_at(table, start.revision) {
        return Ok(objects);
    }
    let Some(after) = &start.after else {
        return Err(Status::expired("The resourceVersion for the provided list is too old."));
    };
    let mut expired = Status::expired(TOKEN_EXPIRED);
    expired.details.insert("continue".to_owned(), json!(inconsistent_token(after)));
    Err(expired)
}

/// Revision, namespace and name, in characters that need no escaping in a URL. Opaque to clients.
fn token(revision: u64, after: &Name) -> String {
    format!("{revision}.{}.{}", hex(&after.namespace), hex(&after.name))
}

/// A token that continues from the same place at the current revision.
fn inconsistent_token(after: &Name) -> String {
    format!("x.{}.{}", hex(&after.namespace), hex(&after.name))
}

fn read_token(token: &str) -> Option<(Option<u64>, Name)> {
    let mut parts = token.split('.');
    let revision = match parts.next()? {
        "x" => None,
        number => Some(number.parse().ok()?),
    };
    let (namespace, name) = (unhex(parts.next()?)?, unhex(parts.next()?)?);
    parts.next().is_none().then(|| (revision, Name::new(&namespace, &name)))
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<String> {
    let bytes = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8(bytes.collect::<Option<Vec<u8>>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_the_journey() {
        let name = Name::new("shop", "check.out");
        assert_eq!(read_token(&token(12, &name)), Some((Some(12), name.clone())));
        assert_eq!(read_token(&inconsistent_token(&name)), Some((None, name)));
        for bad in ["", "x", "1.2.3.4", "1.zz.aa", "q.61.62"] {
            assert_eq!(read_token(bad), None, "{bad}");
        }
    }
}
