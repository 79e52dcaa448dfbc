//! Playing: the cursor moves by recorded time, and follows a recording that grows.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use kuberewind_model::{Moment, Result, SessionState, Timestamp};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::past::Past;
use super::served::Served;

/// The time between two moves.
const TICK: Duration = Duration::from_millis(50);

/// How many seconds of the recording pass in one second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Speed(f64);

/// The fastest speed.
const FASTEST: f64 = 1_000_000.0;

impl FromStr for Speed {
    type Err = String;

    /// Reads `10x`, `0.5x` or `10`.
    fn from_str(text: &str) -> std::result::Result<Speed, String> {
        let number = text.strip_suffix('x').unwrap_or(text);
        match number.parse::<f64>() {
            Ok(times) if times > 0.0 && times <= FASTEST => Ok(Speed(times)),
            _ => Err(format!("write a speed such as 1x, 10x or 0.5x, up to {FASTEST}x")),
        }
    }
}

/// Where playing is: the cursor, and a recorded time at it or after it.
#[derive(Debug, Clone, Copy)]
struct Position {
    at: Moment,
    time: Timestamp,
}

/// Moves the cursor by recorded time until the end of a session that is no longer recorded. A cursor that something else moves goes
/// on from there.
///
/// # Errors
/// Read errors.
pub async fn play(served: Arc<Served>, speed: Speed) -> Result<()> {
    let (at, time) = served.cursor();
    let mut position = Position { at, time };
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut last = Instant::now();
    loop {
        let now = ticks.tick().await;
        let passed = now.saturating_duration_since(last).mul_f64(speed.0);
        last = now;
        if served.act(|past| advance(past, &mut position, passed))? {
            return Ok(());
        }
    }
}

/// Plays a part of the recording. Returns true at its end.
fn advance(past: &mut Past, position: &mut Position, passed: Duration) -> Result<bool> {
    let was_at_end = past.at >= past.recording.lineage().last();
    past.refresh()?;
    if past.at != position.at {
        *position = Position { at: past.at, time: past.time };
    }
    let nanos = u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX);
    position.time = position.time.plus(kuberewind_model::Duration(nanos));
    let lineage = past.recording.lineage();
    let is_live = past.recording.session().state == SessionState::Open;
    // At the end of a recording that grows, whatever comes is shown at once.
    let target = if was_at_end && is_live { lineage.last() } else { past.recording.source().at_time(lineage, position.time)? };
    if target > past.at {
        past.move_to(target)?;
    }
    position.at = past.at;
    Ok(!is_live && past.at >= past.recording.lineage().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_positive_numbers() {
        assert_eq!("10x".parse(), Ok(Speed(10.0)));
        assert_eq!("0.5".parse(), Ok(Speed(0.5)));
        for bad in ["", "x", "0x", "-1x", "nanx", "infx", "1e9x", "10y"] {
            assert!(bad.parse::<Speed>().is_err(), "{bad}");
        }
    }
}
