//! The answer to a move of the cursor.

use kuberewind_model::{Moment, Timestamp};
use serde_json::{Value, json};

use super::conflict::Conflict;

/// Where the cursor is after a move, and what the move changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    pub at: Moment,
    /// The time of the operation at the cursor.
    pub time: Timestamp,
    /// How many objects changed for clients.
    pub added: usize,
    pub modified: usize,
    pub deleted: usize,
    pub writes: MovedWrites,
}

/// The result of a move for the objects that clients wrote.
#[derive(Debug, Clone, PartialEq)]
pub enum MovedWrites {
    /// There were none.
    None,
    /// This many objects are again as they were recorded.
    Dropped(usize),
    /// This many objects were merged into the new world.
    Kept { objects: usize, conflicts: Vec<Conflict> },
}

impl Moved {
    /// A move before its changes are counted.
    pub(crate) fn to(at: Moment, time: Timestamp) -> Moved {
        Moved { at, time, added: 0, modified: 0, deleted: 0, writes: MovedWrites::None }
    }

    /// The answer of the cursor's endpoint.
    pub(crate) fn to_json(&self) -> Value {
        let changed = json!({"added": self.added, "modified": self.modified, "deleted": self.deleted});
        let mut answer = json!({"at": self.at.0, "time": self.time.rfc3339(9), "changed": changed});
        match &self.writes {
            MovedWrites::None => {}
            MovedWrites::Dropped(objects) => answer["writes"] = json!({"dropped": objects}),
            MovedWrites::Kept { objects, conflicts } => {
                let conflicts: Vec<Value> = conflicts.iter().map(Conflict::to_json).collect();
                answer["writes"] = json!({"kept": objects, "conflicts": conflicts});
            }
        }
        answer
    }
}
