//! What a reconciler returned, read without depending on the runtime that it was written for.

use std::fmt::{Debug, Display};
use std::time::Duration;

use super::scope::Verdict;

/// What a reconciler's result says. kube-runtime's `Action` shows when it asks to be run again only to those who print
/// it (`Action { requeue_after: Some(300s) }`), so that is where it is read.
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
    fn an_action_says_when_to_run_again() {
        for duration in
            [Duration::from_secs(300), Duration::from_millis(1_500), Duration::from_micros(250), Duration::from_nanos(7)]
        {
            let said = verdict::<_, String>(&Ok(Action { requeue_after: Some(duration) }));
            assert_eq!(said, Verdict { error: None, requeue_after: Some(duration) });
        }
        assert_eq!(verdict::<_, String>(&Ok(Action { requeue_after: None })).requeue_after, None);
        assert_eq!(verdict::<(), _>(&Err("conflict")).error.as_deref(), Some("conflict"));
    }
}
