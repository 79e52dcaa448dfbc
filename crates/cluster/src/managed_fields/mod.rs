//! `metadata.managedFields`, as server-side apply maintains it.
//!
//! Paths are flat lists of elements in the notation of FieldsV1 (`f:spec`, `k:{"name":"c"}`, `v:"x"`), so that sets of them are
//! compared and combined without walking trees. The rules are those of sigs.k8s.io/structured-merge-diff.

mod changes;
mod entry;
mod extract;
mod path;

pub(super) use changes::{Changes, record_update};
pub(super) use entry::{Entry, read_entries, write_entries};
pub(super) use extract::applied_paths;
pub(super) use path::{Path, PathSet, element_of, in_words, remove_at};
