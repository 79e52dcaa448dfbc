//! The variables of an expression.

/// The variables that hold the object.
pub const OBJECT: &[&str] = &["object", "self"];
/// The variable that holds the object in the previous version; null in the first version.
pub const OLD_OBJECT: &str = "oldObject";
