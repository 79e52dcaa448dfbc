//! Names from a log, made fit for display.

/// Longer names are cut, because they come from a file.
const MAX_CHARS: usize = 128;

/// Removes control characters and cuts the name; `None` if nothing is left.
pub(super) fn clean_name(name: &str) -> Option<String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect();
    (!name.is_empty()).then_some(name)
}
