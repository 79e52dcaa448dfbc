//! The limit of requests in each second.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use kuberewind_model::Timestamp;

const SECOND: i64 = 1_000_000_000;

/// The requests of the current second.
#[derive(Debug, Default)]
pub(super) struct Rate(Mutex<(i64, u32)>);

impl Rate {
    /// Counts a request and returns true if it is within the limit.
    pub(super) fn admits(&self, now: Timestamp, limit: NonZeroU32) -> bool {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.0.div_euclid(SECOND);
        if current.0 != second {
            *current = (second, 0);
        }
        current.1 = current.1.saturating_add(1);
        current.1 <= limit.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_second_admits_its_number_of_requests() {
        let (rate, two) = (Rate::default(), NonZeroU32::new(2).unwrap());
        let admitted = [0, 1, 2, SECOND, SECOND + 1, SECOND + 2].map(|now| rate.admits(Timestamp(now), two));
        assert_eq!(admitted, [true, true, false, true, true, false]);
    }
}
