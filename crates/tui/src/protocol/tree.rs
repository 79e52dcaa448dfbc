//! The tree of objects.

use std::collections::HashMap;
use std::sync::Arc;

use crate::order::Order;
use kuberewind_model::{ObjectId, Presence, Seq, Timestamp};

/// A tree with more objects is always sorted by name: any other order costs a query for each object.
pub const MAX_SORTED: usize = 5_000;

/// An object in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEntry {
    pub id: ObjectId,
    /// '' at cluster scope.
    pub namespace: Arc<str>,
    pub kind: Arc<str>,
    pub name: Arc<str>,
    /// Counts the incarnations of the object's key.
    pub incarnation: u32,
    /// Present or absent. The tree contains no unknown objects.
    pub presence: Presence,
}

/// Properties of an object that change with the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ObjectFacts {
    /// The number of versions up to the moment.
    pub versions: usize,
    /// The operation that first showed the newest version.
    pub since: Option<Seq>,
    /// How many versions the view of the operation's actor is behind.
    pub behind: usize,
}

/// A version of the selected object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The operation that first showed the version.
    pub at: Seq,
    pub time: Timestamp,
    pub resource_version: Arc<str>,
    pub generation: Option<i64>,
    /// True if the object is deleted in this version.
    pub gone: bool,
}

/// The tree as of a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectTree {
    pub at: Seq,
    /// The objects in the order of the request.
    pub entries: Arc<[ObjectEntry]>,
    /// True if objects are left out.
    pub more: bool,
    /// Facts about the objects that the request lists as visible.
    pub facts: HashMap<ObjectId, ObjectFacts>,
    /// Versions of the selected object, oldest first.
    pub versions: Vec<VersionRow>,
    /// The actor whose view is compared with the newest versions.
    pub actor: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeRequest {
    pub at: Seq,
    /// The objects on the screen.
    pub visible: Vec<ObjectId>,
    /// The object whose versions are listed.
    pub selected: Option<ObjectId>,
    pub order: Order,
}
