//! `metadata.managedFields`, as server-side apply maintains it.
//!
//! Versions keep them beside the object, as sets of paths in the notation of FieldsV1 (`f:spec`, `k:{"name":"c"}`, `v:"x"`). A write
//! changes the sets of the managers that it concerns and shares the others. The rules are those of sigs.k8s.io/structured-merge-diff.

mod changes;
mod entry;
mod managers;
mod path;
mod set;
mod walk;

pub(super) use changes::{Changes, after_update, applied_paths};
pub(super) use entry::Entry;
pub(super) use managers::Managers;
pub(super) use path::{element_of, in_words, remove_at};
pub(super) use set::PathSet;
