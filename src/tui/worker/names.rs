//! Names that rows need, remembered.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::{ActorId, History, KindId, Result, Span, SpanId};

/// The most that is remembered of each sort; then it is forgotten as a whole.
const MAX: usize = 8_192;

/// Actors, kinds and short names of spans.
#[derive(Default)]
pub(super) struct Names {
    actors: HashMap<ActorId, Arc<str>>,
    kinds: HashMap<KindId, Arc<str>>,
    spans: HashMap<SpanId, Arc<str>>,
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

    pub(super) fn span(&mut self, history: &dyn History, id: SpanId) -> Result<Arc<str>> {
        if let Some(name) = self.spans.get(&id) {
            return Ok(name.clone());
        }
        let name: Arc<str> = Arc::from(history.span(id)?.map_or_else(String::new, |span| short(&span)));
        room(&mut self.spans);
        self.spans.insert(id, name.clone());
        Ok(name)
    }
}

fn room<K, V>(map: &mut HashMap<K, V>) {
    if map.len() >= MAX {
        map.clear();
    }
}

/// A reconcile in one short word: `R88`, or the beginning of its uuid.
pub(super) fn short(span: &Span) -> String {
    let label: String = if span.label.bytes().all(|b| b.is_ascii_digit()) {
        span.label.to_string()
    } else {
        span.label.chars().filter(|c| c.is_alphanumeric()).take(4).collect()
    };
    format!("R{label}")
}
