//! A recorder that is killed leaves a valid file.

use std::process::Child;
use std::time::{Duration, Instant};

use super::program::Sandbox;

const KILLS: u64 = 30;

/// Waits until the file contains at least `wanted` operations, at most a minute.
fn until_recorded(sandbox: &Sandbox, file: &str, child: &mut Child, wanted: u64) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) {
        assert!(child.try_wait().expect("the status of the child is known").is_none(), "the recorder ended by itself");
        let ran = sandbox.run(&["sessions", file, "--format", "json"]);
        if ran.code == Some(0) && ran.json()[0]["operations"].as_u64().is_some_and(|count| count >= wanted) {
            return;
        }
    }
    panic!("nothing was recorded within a minute");
}

#[test]
fn a_file_is_valid_after_kill_9() {
    for round in 0..KILLS {
        let sandbox = Sandbox::new();
        let mut recording = sandbox.live("tug-of-war");
        until_recorded(&sandbox, "t.db", &mut recording.0, 1 + round);
        // Each round kills the recorder after another delay, by a busy loop.
        let until = Instant::now() + Duration::from_micros(round * 3_571);
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        recording.kill();
        let json = sandbox.run(&["sessions", "t.db", "--format", "json"]).ok().json();
        assert_eq!(json[0]["state"], "crashed", "round {round}: {json}");
        assert!(json[0]["operations"].as_u64() >= Some(1 + round), "round {round}: {json}");
        let verified = sandbox.run(&["verify", "t.db"]).ok();
        assert!(verified.out.contains("crashed") || verified.out.contains("uncleanly"), "{}", verified.out);
    }
}
