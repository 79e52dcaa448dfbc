//! Actor names of the form `PROCESS/CONTROLLER`.

use std::sync::Arc;

/// Replaces the process: `sh/web` with the program `manager` becomes `manager/web`.
pub(super) fn with_process(actor: &str, program: &Arc<str>) -> Arc<str> {
    match actor.split_once('/') {
        Some((_, controller)) => format!("{program}/{controller}").into(),
        None => program.clone(),
    }
}
