//! A lineage as a stream of items, the same for a finished recording and for one that grows.

mod item;
mod reader;

pub use item::{Item, ListItem, NewText, ObservedVersion, OperationItem};
pub use reader::Reader;
