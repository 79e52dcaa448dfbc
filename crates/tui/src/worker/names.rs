//! A cache of names for rows.

use std::collections::HashMap;
use std::sync::Arc;

use crate::row::RowSpan;
use kuberewind_model::{ActorId, History, Kind, KindId, Result, Span, SpanId};

/// The most entries of each kind. A full cache is cleared.
const MAX: usize = 8_192;

#[derive(Default)]
pub(super) struct Names {
    actors: HashMap<ActorId, Arc<str>>,
    kinds: HashMap<KindId, Arc<str>>,
    short_kinds: HashMap<KindId, Arc<str>>,
    spans: HashMap<SpanId, Option<Arc<RowSpan>>>,
}

impl Names {
    pub(super) fn actor(&mut self, history: &dyn History, id: ActorId) -> Result<Arc<str>> {
        if !self.actors.contains_key(&id) {
            self.actors = history.actors()?.into_iter().take(MAX).map(|actor| (actor.id, actor.name)).collect();
        }
        Ok(self.actors.get(&id).cloned().unwrap_or_else(|| Arc::from("?")))
    }

    pub(super) fn kind(&mut self, history: &dyn History, id: KindId) -> Result<Arc<str>> {
        if let Some(name) = self.kinds.get(&id) {
            return Ok(name.clone());
        }
        let name: Arc<str> = history.kind(id)?.map_or_else(|| Arc::from("?"), |kind| Arc::from(kind.display_name()));
        room(&mut self.kinds);
        self.kinds.insert(id, name.clone());
        Ok(name)
    }

    /// The short name of a kind, such as `deploy`: as discovery or the built-in kinds have it, else the display name.
    pub(super) fn short_kind(&mut self, history: &dyn History, id: KindId) -> Result<Arc<str>> {
        if let Some(name) = self.short_kinds.get(&id) {
            return Ok(name.clone());
        }
        let name = match history.kind(id)? {
            Some(kind) => match kind.short_names.first() {
                Some(short) => short.clone(),
                None => Arc::from(builtin_short_name(&kind).unwrap_or_else(|| kind.display_name())),
            },
            None => Arc::from("?"),
        };
        room(&mut self.short_kinds);
        self.short_kinds.insert(id, name.clone());
        Ok(name)
    }

    pub(super) fn span(&mut self, history: &dyn History, id: SpanId) -> Result<Option<Arc<RowSpan>>> {
        if let Some(span) = self.spans.get(&id) {
            return Ok(span.clone());
        }
        let span = history.span(id)?.map(|span| {
            Arc::new(RowSpan {
                id,
                name: Arc::from(short(&span)),
                started_after: span.started_after,
                ended_after: span.ended_after,
            })
        });
        // A running reconcile is looked up again, because its end is not known yet.
        if span.as_ref().is_none_or(|span| span.ended_after.is_some()) {
            room(&mut self.spans);
            self.spans.insert(id, span.clone());
        }
        Ok(span)
    }
}

fn builtin_short_name(kind: &Kind) -> Option<&'static str> {
    let version = kind.versions.last()?;
    let found = kuberewind_kinds::table().kind(&kind.group, version, &kind.kind)?;
    found.resource()?.short_names().first().copied()
}

fn room<K, V>(map: &mut HashMap<K, V>) {
    if map.len() >= MAX {
        map.clear();
    }
}

/// The short name of a reconcile: `R88`, or the beginning of its uuid.
pub(super) fn short(span: &Span) -> String {
    kuberewind_query::filter::short_name(&span.label)
}
