//! The power fails while a session is recorded: the file is sound and holds everything up to the last checkpoint.
//!
//! The writes are replayed in subsets. Between two synchronisations the system may have written any of the sectors that changed, in any
//! order, so each image takes a random part of them. SQLite synchronises the log before a checkpoint, the file after it, and the header
//! of a log before its first frame. `KUBEREWIND_POWER_LOSSES` sets the number of images, `KUBEREWIND_SEED` the seed.

use std::path::{Path, PathBuf};

use kuberewind_file::{NewSession, OpenOptions, SessionWriter, verify};
use kuberewind_model::{Event, Sink, Verb};

use crate::events::{START, shows, state};
use crate::kills::from_environment;
use crate::rollout::noise;

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// The header of a log.
const HEADER: usize = 32;

/// An operation with a body that does not compress well, so that the log is written back often.
fn event(number: u64) -> Event {
    let text: String = (0..1_000).map(|word| format!("{:016x}", noise(number, word))).collect();
    let name = format!("checkout-{}", number % 7);
    shows("hpa", Verb::Update, number, state(&name, &name, &number.to_string(), &format!(r#"{{"noise":"{text}"}}"#)))
}

/// The bytes of a file and its log.
#[derive(Clone, Default)]
struct Disk {
    file: Vec<u8>,
    log: Vec<u8>,
    operations: u64,
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn disk(file: &Path, operations: u64) -> Disk {
    Disk { file: std::fs::read(file).unwrap(), log: std::fs::read(beside(file, "-wal")).unwrap_or_default(), operations }
}

/// Some of the sectors of `after`, the others of `before`. Where only the length reached the disk, there are zeros.
fn torn(before: &[u8], after: &[u8], seed: u64) -> Vec<u8> {
    let mut image = before.to_vec();
    // A part that varies: few sectors, most of them, all but the last ones.
    let share = noise(seed, 1) % 101;
    let length = if noise(seed, 2).is_multiple_of(2) { after.len() } else { before.len().max(after.len() / 2) };
    image.resize(length.max(before.len()), 0);
    for (sector, bytes) in after.chunks(SECTOR).enumerate() {
        let at = sector * SECTOR;
        if noise(seed, 10 + sector as u64) % 100 < share && at + bytes.len() <= image.len() {
            image[at..at + bytes.len()].copy_from_slice(bytes);
        }
    }
    image
}

/// What the disk may hold if the power fails between two synchronised states.
fn image(before: &Disk, after: &Disk, seed: u64) -> Disk {
    if before.file != after.file {
        // The log is on the disk, the file is being written.
        return Disk { file: torn(&before.file, &after.file, seed), log: after.log.clone(), operations: 0 };
    }
    let mut log = torn(&before.log, &after.log, seed);
    if let (Some(to), Some(from)) = (log.get_mut(..HEADER), after.log.get(..HEADER)) {
        to.copy_from_slice(from);
    }
    Disk { file: before.file.clone(), log, operations: 0 }
}

fn assert_sound(folder: &Path, image: &Disk, least: u64, most: u64, context: &str) -> u64 {
    let file = folder.join("after.db");
    for ending in ["-shm", "-wal", "-lock"] {
        drop(std::fs::remove_file(beside(&file, ending)));
    }
    std::fs::write(&file, &image.file).unwrap();
    std::fs::write(beside(&file, "-wal"), &image.log).unwrap();
    let report = verify(&file, &OpenOptions::default(), true).unwrap_or_else(|error| panic!("{context}: {}", error.chain()));
    assert!(report.is_fine(), "{context}: {:?}", report.findings);
    assert!((least..=most).contains(&report.operations), "{context}: {} of {least} to {most}", report.operations);
    report.operations
}

#[test]
fn after_a_power_loss_the_file_is_sound_up_to_the_last_checkpoint() {
    let images = from_environment("KUBEREWIND_POWER_LOSSES", 60);
    let seed = from_environment("KUBEREWIND_SEED", 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = SessionWriter::begin(&file, NewSession::new("s1", START, 7)).unwrap();
    let mut synced = disk(&file, 0);
    let (mut made, mut checkpoints, mut operations, mut lost) = (0, 0, 0, 0);
    while made < images || checkpoints < 3 {
        for _ in 0..40 {
            operations += 1;
            writer.take(event(operations)).unwrap();
        }
        writer.flush().unwrap();
        let now = disk(&file, operations);
        let per_step = if synced.file == now.file { 1 } else { 4 };
        for _ in 0..per_step {
            let torn = image(&synced, &now, seed.wrapping_mul(1_000_003).wrapping_add(made));
            let checkpoint = if synced.file == now.file { "log" } else { "checkpoint" };
            let context = format!("seed {seed}, image {made}, {checkpoint} at {operations} operations");
            let least = if synced.file == now.file { synced.operations } else { now.operations };
            lost += now.operations - assert_sound(folder.path(), &torn, least, now.operations, &context);
            made += 1;
        }
        if synced.file != now.file {
            checkpoints += 1;
            synced = now;
        }
    }
    writer.finish().unwrap();
    println!(
        "{made} power losses, seed {seed}: {checkpoints} checkpoints, {operations} operations, {} lost on average",
        lost / made
    );
    assert!(lost > 0, "the images lack something");
}
