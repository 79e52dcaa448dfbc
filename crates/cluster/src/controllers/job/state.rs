//! Reads a Job's conditions.

use serde_json::Value;

use crate::controllers::condition;

/// True once a Job has the condition `Complete` or `Failed`.
pub(crate) fn is_finished(job: &Value) -> bool {
    condition::is_true(job, "Complete") || condition::is_true(job, "Failed")
}
