//! Fields that change on every write.

use kuberewind_model::json::paths;

/// True for fields that every write changes.
pub(super) fn changes_on_every_write(path: &str) -> bool {
    paths::is_below(path, "/metadata/managedFields") || path == "/metadata/resourceVersion"
}
