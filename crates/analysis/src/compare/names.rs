//! Names under which objects and actors of two sessions are the same.

use std::collections::HashMap;
use std::sync::Arc;

use crate::normalise::ValueClass;
use kuberewind_model::{ActorId, History, ObjectId, ObjectKey, Result};

/// An object without what differs between two runs: the random end of a generated name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComparedName(ObjectKey);

impl ComparedName {
    #[must_use]
    pub fn of(key: &ObjectKey) -> ComparedName {
        let class = ValueClass::of(key.name.as_bytes());
        let part = class.comparable_part(key.name.as_bytes());
        let name = match class {
            ValueClass::RandomSuffix => String::from_utf8_lossy(part).into(),
            _ => key.name.clone(),
        };
        ComparedName(ObjectKey { name, ..key.clone() })
    }
}

/// The names of a history, read once.
#[derive(Default)]
pub(super) struct Names {
    objects: HashMap<ObjectId, Option<Arc<ObjectKey>>>,
    actors: HashMap<ActorId, Arc<str>>,
}

impl Names {
    pub(super) fn of_actors(history: &dyn History) -> Result<Names> {
        let actors = history.actors()?.into_iter().map(|actor| (actor.id, actor.name)).collect();
        Ok(Names { objects: HashMap::new(), actors })
    }

    pub(super) fn actor(&self, actor: ActorId) -> Arc<str> {
        self.actors.get(&actor).cloned().unwrap_or_else(|| "?".into())
    }

    pub(super) fn object(&mut self, history: &dyn History, object: ObjectId) -> Result<Option<Arc<ObjectKey>>> {
        if let Some(known) = self.objects.get(&object) {
            return Ok(known.clone());
        }
        let key = history.object(object)?.map(|found| Arc::new(found.key));
        self.objects.insert(object, key.clone());
        Ok(key)
    }
}
