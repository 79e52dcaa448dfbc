//! Fields that change on every write.

use kuberewind_model::json::paths;

/// Whether a change of this field says nothing: every write makes it.
pub(super) fn changes_on_every_write(path: &str) -> bool {
    paths::is_below(path, "/metadata/managedFields") || path == "/metadata/resourceVersion"
}
