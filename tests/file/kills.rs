//! A recorder that is killed at any time leaves a file that opens and is sound, or no file.
//!
//! `KUBEREWIND_KILLS` sets the number of kills (a nightly run: 1,000), `KUBEREWIND_SEED` the seed of their times. Half of the kills
//! fall into the first 500 ms.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter, verify};
use kuberewind_model::{History, Sink};

use crate::events::START;
use crate::rollout::{Rollout, noise};

/// The variable that makes the test below a recorder, which writes to this file until it is killed.
const FILE: &str = "KUBEREWIND_KILL_TEST_FILE";

/// The recorder of the test below. Without its variable it does nothing.
#[test]
fn recorder_until_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let mut new = NewSession::new("killed", START, 7);
    new.limits.segment_operations = 500;
    let mut writer = SessionWriter::begin(Path::new(&file), new).unwrap();
    let mut rollout = Rollout::default();
    // Bounded, should the one who kills be gone.
    let begun = Instant::now();
    for n in 0.. {
        rollout.deployment(n);
        for (number, event) in rollout.take().enumerate() {
            writer.take(event).unwrap();
            if number % 10 == 0 {
                writer.flush().unwrap();
            }
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "this process was not killed");
    }
}

pub fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} takes a number")))
}

#[test]
fn after_a_kill_the_file_opens_or_never_existed() {
    let kills = from_environment("KUBEREWIND_KILLS", 16);
    let seed = from_environment("KUBEREWIND_SEED", 1);
    let program = std::env::current_exe().unwrap();
    let (mut opened, mut never, mut operations) = (0, 0, 0);
    for kill in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let micros = if kill % 2 == 0 { noise(seed, kill) % 500_000 } else { 500_000 + noise(seed, kill) % 400_000 };
        let mut recorder = Command::new(&program)
            .args(["--exact", "kills::recorder_until_killed", "--nocapture"])
            .env(FILE, &file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_micros(micros);
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            park_timeout(left);
        }
        recorder.kill().unwrap();
        recorder.wait().unwrap();
        if !file.exists() {
            never += 1;
            continue;
        }
        let context = format!("seed {seed}, kill {kill} after {micros} µs");
        let report = verify(&file, &OpenOptions::default(), true).unwrap_or_else(|error| panic!("{context}: {}", error.chain()));
        assert!(report.is_fine(), "{context}: {:?}", report.findings);
        operations += report.operations;
        assert_eq!(Recording::open(&file, &OpenOptions::default()).unwrap().sessions().unwrap().len(), 1, "{context}");
        // The next recorder continues in the same file.
        SessionWriter::begin(&file, NewSession::new("next", START, 7)).unwrap().finish().unwrap();
        let report = verify(&file, &OpenOptions::default(), true).unwrap();
        assert!(report.is_fine(), "{context}, the next session: {:?}", report.findings);
        opened += 1;
    }
    println!("{kills} kills, seed {seed}: {opened} files opened with {operations} operations, {never} never existed");
    assert!(opened > 0, "every recorder was killed before it created its file");
}
