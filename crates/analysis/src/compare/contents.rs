//! Contents of versions, read many at once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::normalise::Content;
use kuberewind_model::{BodyId, History, Result};

/// Two bodies, either of which may be missing.
pub(super) type BodyPair = (Option<BodyId>, Option<BodyId>);

/// Receives the index of a pair and its contents.
pub(super) type EachPair<'a> = &'a mut dyn FnMut(usize, Option<&Content>, Option<&Content>) -> Result<()>;

/// Pairs of bodies that are read together.
const BATCH: usize = 256;

/// Visits the contents of pairs of bodies, in their order. A body that cannot be read, or is not a JSON object, is `None`. Neighbours
/// that share a body read it once.
pub(super) fn visit_pairs(history: &dyn History, pairs: &[BodyPair], each: EachPair<'_>) -> Result<()> {
    let mut last: Option<(BodyId, Option<Arc<Content>>)> = None;
    for (batch, chunk) in pairs.chunks(BATCH).enumerate() {
        let mut ids: Vec<BodyId> = chunk.iter().flat_map(|(one, other)| [*one, *other]).flatten().collect();
        ids.sort_unstable();
        ids.dedup();
        let texts: HashMap<BodyId, Arc<str>> = history.bodies(&ids)?.into_iter().collect();
        for (at, (one, other)) in chunk.iter().enumerate() {
            let read = |id: Option<BodyId>, known: &Option<(BodyId, Option<Arc<Content>>)>| {
                let id = id?;
                match known {
                    Some((same, content)) if *same == id => content.clone(),
                    _ => texts.get(&id).cloned().and_then(Content::read).map(Arc::new),
                }
            };
            let (before, after) = (read(*one, &last), read(*other, &last));
            each(batch * BATCH + at, before.as_deref(), after.as_deref())?;
            last = other.map(|id| (id, after));
        }
    }
    Ok(())
}
