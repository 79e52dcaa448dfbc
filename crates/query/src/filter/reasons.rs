//! The reason of a failure: as recorded, or else as its HTTP status implies.

/// Returns the reason of a failed call. Without a recorded one, the status decides where Kubernetes has one reason for it.
#[must_use]
pub fn reason_of<'a>(recorded: &'a str, status: u16, error: &str) -> &'a str {
    if !recorded.is_empty() {
        return recorded;
    }
    match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        409 if error.contains("already exists") => "AlreadyExists",
        409 => "Conflict",
        413 => "RequestEntityTooLarge",
        415 => "UnsupportedMediaType",
        422 => "Invalid",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        _ => "",
    }
}

/// Returns true if `sought`, in lower case, is part of the name that HTTP gives this status: 409 is a conflict, whatever its reason.
#[must_use]
pub fn is_conflict(status: u16, sought: &str) -> bool {
    status == 409 && !sought.is_empty() && "conflict".contains(sought)
}
