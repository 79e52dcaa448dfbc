//! Makes versions comparable: drops fields that change on every write, and classifies volatile values.
//!
//! Dropped: `metadata.resourceVersion`, `managedFields`, `generation`, `selfLink`, and every `observedGeneration`. Volatile:
//! timestamps, uuids, random suffixes. Lists of objects with a key (`name`, `type`, …) are sets. A text is read in one pass
//! without building a tree, at about a tenth of the cost of parsing.

mod changed_paths;
mod class;
mod content;
mod diff;
mod growth;
mod reorder;
mod scan;

pub(crate) use changed_paths::{PathQuery, leaf_fingerprint};
pub use class::ValueClass;
pub use content::{Content, Leaf, Section};
pub(crate) use content::{is_allocated, visit_pointers};
pub use diff::Change;
pub(crate) use diff::compare as differing;
pub use growth::Growth;
