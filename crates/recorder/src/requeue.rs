//! Reads the result of a reconciler without a dependency on its runtime.

use std::fmt::{Debug, Display};
use std::time::Duration;

use super::reconcile::Verdict;

/// Reads a result. kube-runtime's `Action` has no accessor for the requeue delay, so it is parsed from the `Debug` text:
/// `Action { requeue_after: Some(300s) }`.
pub(super) fn verdict<A: Debug, E: Display>(result: &Result<A, E>) -> Verdict {
    match result {
        Ok(action) => Verdict { error: None, requeue_after: requeue_after(&format!("{action:?}")) },
        Err(error) => Verdict { error: Some(error.to_string()), requeue_after: None },
    }
}

fn requeue_after(action: &str) -> Option<Duration> {
    let (_, after) = action.split_once("requeue_after: Some(")?;
    let (duration, _) = after.split_once(')')?;
    let digits = duration.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = duration.split_at(digits);
    let seconds = match unit {
        "s" => 1.0,
        "ms" => 1e-3,
        "µs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    #[allow(dead_code)]
    struct Action {
        requeue_after: Option<Duration>,
    }

    #[test]
    fn the_requeue_delay_is_read_from_an_action() {
        for duration in
            [Duration::from_secs(300), Duration::from_millis(1_500), Duration::from_micros(250), Duration::from_nanos(7)]
        {
            let read = verdict::<_, String>(&Ok(Action { requeue_after: Some(duration) }));
            assert_eq!(read, Verdict { error: None, requeue_after: Some(duration) });
        }
        assert_eq!(verdict::<_, String>(&Ok(Action { requeue_after: None })).requeue_after, None);
        assert_eq!(verdict::<(), _>(&Err("conflict")).error.as_deref(), Some("conflict"));
    }
}
