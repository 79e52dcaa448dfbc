use kuberewind_model::Error;

/// An error with its causes and its hint, in one line.
#[must_use]
pub fn error_text(error: &Error) -> String {
    error.hint_text().map_or_else(|| error.chain(), |hint| format!("{}; {hint}", error.chain()))
}
