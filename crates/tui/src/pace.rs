//! Limits how often something moves. The last wish is always fulfilled.

use std::time::{Duration, Instant};

use kuberewind_model::Moment;

/// The time between two moves: 20 moves a second.
const BETWEEN: Duration = Duration::from_millis(50);

/// The moves of a server: when the last one was, and which one waits.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<Instant>,
    waiting: Option<Moment>,
}

impl Pace {
    /// Wishes a move. It replaces one that waits.
    pub fn wish(&mut self, to: Moment) {
        self.waiting = Some(to);
    }

    /// Takes the move that is due.
    pub fn due(&mut self, now: Instant) -> Option<Moment> {
        if self.wait(now)? > Duration::ZERO {
            return None;
        }
        self.last = Some(now);
        self.waiting.take()
    }

    /// The time until the next move; `None` if none waits.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        self.waiting?;
        let passed = self.last.map_or(BETWEEN, |last| now.saturating_duration_since(last));
        Some(BETWEEN.saturating_sub(passed))
    }
}

#[cfg(test)]
mod tests {
    use kuberewind_model::Seq;

    use super::*;

    #[test]
    fn a_thousand_wishes_a_second_are_twenty_moves_and_the_last_one_comes() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::default();
        assert_eq!((pace.due(start), pace.wait(start)), (None, None));
        let mut moves = Vec::new();
        for millis in 0..1_000 {
            pace.wish(Seq(millis));
            moves.extend(pace.due(at(millis)));
        }
        let expected: Vec<Seq> = (0..20).map(|number| Seq(number * 50)).collect();
        assert_eq!(moves, expected);
        assert_eq!(pace.wait(at(999)), Some(Duration::from_millis(1)));
        assert_eq!((pace.due(at(1_000)), pace.due(at(2_000))), (Some(Seq(999)), None));
    }
}
