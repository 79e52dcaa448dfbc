//! Versions made comparable: what differs on every write for no reason of anybody's is left out or becomes a class.
//!
//! Left out: `metadata.resourceVersion`, `managedFields`, `generation`, `selfLink`, and `observedGeneration` wherever it
//! stands. Classes: timestamps, uuids, random suffixes. Lists of objects that carry a key (`name`, `type`, …) are sets.
//! A text is read in one pass without building a tree: about a tenth of what parsing costs.

mod changed_paths;
mod class;
mod content;
mod diff;
mod scan;

pub(crate) use changed_paths::{PathQuery, leaf_fingerprint};
pub use class::ValueClass;
pub(crate) use content::visit_pointers;
pub use content::{Content, Leaf, Section};
pub use diff::Change;
