//! A recording process that is killed at any instant leaves a file that opens.

use std::process::Child;
use std::time::{Duration, Instant};

use super::program::Place;

/// How often. Each takes a fraction of a second.
const KILLS: u64 = 30;

/// Waits until the file holds at least `wanted` operations, however long that takes, up to a bound.
fn until_recorded(place: &Place, file: &str, child: &mut Child, wanted: u64) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) {
        assert!(child.try_wait().expect("the child can be asked").is_none(), "the recording process ended by itself");
        let ran = place.run(&["sessions", file, "--format", "json"]);
        if ran.code == Some(0) && ran.json()[0]["operations"].as_u64().is_some_and(|count| count >= wanted) {
            return;
        }
    }
    panic!("nothing was recorded within a minute");
}

#[test]
fn a_file_left_by_kill_9_opens_and_is_sound() {
    for round in 0..KILLS {
        let place = Place::new();
        let mut recording = place.live("tug-of-war");
        until_recorded(&place, "t.db", &mut recording.0, 1 + round);
        // Another instant of its work each time, without waiting for one: as many turns of a busy loop as the round says.
        let until = Instant::now() + Duration::from_micros(round * 3_571);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        recording.kill();
        let json = place.run(&["sessions", "t.db", "--format", "json"]).ok().json();
        assert_eq!(json[0]["state"], "crashed", "round {round}: {json}");
        assert!(json[0]["operations"].as_u64() >= Some(1 + round), "round {round}: {json}");
        let verified = place.run(&["verify", "t.db"]).ok();
        assert!(verified.out.contains("crashed") || verified.out.contains("uncleanly"), "{}", verified.out);
    }
}
