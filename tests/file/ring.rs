//! A session in a ring buffer: the file stays small, the numbers stay.

use std::path::Path;

use kuberewind_file::{Keep, NewSession, OpenOptions, Recording, SessionWriter, verify};
use kuberewind_model::{
    Derived, Direction, Duration, Event, FindingsCache, History, Perspective, Seq, Sink, StepTarget, Verb, VersionId,
};

use crate::events::{START, says, shows, state};

/// Pods that come and go, each with a different name, and one that stays and is never observed again.
fn event(number: u64) -> Event {
    let name = format!("pod-{}", number / 3);
    let uid = format!("uid-{name}");
    // Incompressible texts, so that bytes count.
    let noise: String = (0..60u64).map(|n| format!("{:016x}", (number * 61 + n).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let body = format!(r#"{{"metadata":{{"name":"{name}"}},"spec":{{"noise":"{noise}"}}}}"#);
    match (number, number % 3) {
        (1, _) => shows("op", Verb::Added, number, state("stays", "u0", "1", &body)),
        (_, 0) => shows("op", Verb::Added, number, state(&name, &uid, &number.to_string(), &body)),
        (_, 1) => shows("op", Verb::Modified, number, state(&name, &uid, &number.to_string(), &body)),
        _ => shows("op", Verb::Deleted, number, says(kuberewind_model::ObservationKind::Gone, &name, &uid, &number.to_string())),
    }
}

fn record(file: &Path, operations: u64, keep: Keep) -> Vec<u64> {
    let mut new = NewSession::new("s1", START, 7);
    (new.limits.keep, new.limits.segment_operations) = (keep, 500);
    let mut writer = SessionWriter::begin(file, new).unwrap();
    let mut sizes = Vec::new();
    for number in 1..=operations {
        writer.take(event(number)).unwrap();
        if number % 1000 == 0 {
            writer.flush().unwrap();
            let pages = rusqlite::Connection::open(file).unwrap();
            sizes.push(
                pages
                    .query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |row| row.get(0))
                    .unwrap(),
            );
        }
    }
    writer.finish().unwrap();
    sizes
}

fn check(file: &Path, operations: u64, at_least: u64, at_most: u64) {
    let recording = Recording::open(file, &OpenOptions::default()).unwrap();
    let session = recording.sessions().unwrap().remove(0);
    let kept = session.operations;
    assert!((at_least..=at_most).contains(&kept), "{kept} kept");
    assert_eq!((session.last, session.first), (Seq(operations), Seq(operations + 1 - kept)), "numbers stay");
    let lineage = recording.lineage(session.no).unwrap();
    assert_eq!(lineage.first(), session.first);
    assert_eq!(recording.operations(&lineage, Seq(1)..=Seq(operations), 10).unwrap()[0].seq, session.first);
    assert!(recording.operation(&lineage, session.first.prev()).unwrap().is_none());
    let first = recording.step(&lineage, Seq::START, Direction::Forward, &StepTarget::Operation).unwrap();
    assert_eq!(first, Some(session.first));
    let parts = recording.density(&lineage, session.first..=session.last, 10).unwrap();
    assert_eq!(parts.iter().map(|part| part.total()).sum::<u64>(), kept);
    // The object that stays was observed long ago, and its body still exists.
    let there = recording.objects_at(&lineage, session.first, Perspective::World, None, 10).unwrap();
    let version = recording.version(there[0].1).unwrap().unwrap();
    assert_eq!(version.first_observed, Seq(1));
    assert!(recording.body(version.body.unwrap()).unwrap().unwrap().contains("noise"));
    let report = verify(file, &OpenOptions::default(), true).unwrap();
    assert!(report.is_fine(), "{:?}", report.findings);
}

#[test]
fn by_operations() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let sizes = record(&file, 12_000, Keep { operations: Some(2_000), ..Keep::default() });
    check(&file, 12_000, 2_000, 2_500);
    let (early, late) = (sizes[3], sizes[11]);
    assert!(late <= early + early / 10, "the file stays as small as it was: {sizes:?}");
}

#[test]
fn by_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    record(&file, 6_000, Keep { time: Some(Duration::from_millis(1_000)), ..Keep::default() });
    check(&file, 6_000, 1_000, 1_501);
}

#[test]
fn by_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let limit = 2 << 20;
    let sizes = record(&file, 12_000, Keep { bytes: Some(limit), ..Keep::default() });
    check(&file, 12_000, 500, 3_000);
    assert!(sizes.iter().all(|size| *size < limit + (1 << 20)), "at most a segment more than {limit}: {sizes:?}");
    assert!(std::fs::metadata(&file).unwrap().len() < limit + (1 << 20));
}

/// Values that an analysis may derive from each version, with unique and with shared sets of paths.
fn derived(file: &Path) -> Vec<Derived> {
    let recording = Recording::open(file, &OpenOptions::default()).unwrap();
    let lineage = recording.lineage(recording.sessions().unwrap()[0].no).unwrap();
    let versions = recording.operations(&lineage, Seq(1)..=Seq::MAX, 100_000).unwrap();
    let of = |version: VersionId| {
        let own = u32::try_from(version.0).unwrap();
        let changed = Some(if own % 2 == 0 { [7, 7_000_000].into() } else { [own].into() });
        Derived { version, base: None, norm_hash: 1, changed }
    };
    versions.iter().filter_map(|operation| operation.version).map(of).collect()
}

/// For the versions up to one: their number, rows about them, sets of paths that these use, and unused sets.
fn counts(file: &Path, until: VersionId) -> [u64; 4] {
    let db = rusqlite::Connection::open(file).unwrap();
    [
        "SELECT count(*) FROM version WHERE id <= ?",
        "SELECT count(*) FROM derived WHERE version <= ?",
        "SELECT count(DISTINCT change_set) FROM derived WHERE version <= ?",
        "SELECT count(*) FROM change_set WHERE ? AND id NOT IN (SELECT change_set FROM derived)",
    ]
    .map(|query| db.query_row(query, [until.0], |row| row.get(0)).unwrap())
}

#[test]
fn derived_values_are_dropped_with_their_versions() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut new = NewSession::new("s1", START, 7);
    (new.limits.keep, new.limits.segment_operations) = (Keep { operations: Some(1_000), ..Keep::default() }, 500);
    let mut writer = SessionWriter::begin(&file, new).unwrap();
    for number in 1..=900 {
        writer.take(event(number)).unwrap();
    }
    writer.flush().unwrap();
    let early = derived(&file);
    {
        let db = rusqlite::Connection::open(&file).unwrap();
        for row in &early {
            let paths: Vec<u8> = row.changed.iter().flat_map(|paths| paths.iter()).flat_map(|path| path.to_le_bytes()).collect();
            db.execute("INSERT OR IGNORE INTO change_set (paths) VALUES (?)", [&paths]).unwrap();
            db.execute(
                "INSERT INTO derived SELECT ?, ?, NULL, 1, id FROM change_set WHERE paths = ?",
                rusqlite::params![row.version.0, Derived::SCHEME, paths],
            )
            .unwrap();
        }
    }
    let (all, until) = (early.len() as u64, early.iter().map(|row| row.version).max().unwrap());
    assert_eq!(counts(&file, until), [all, all, all / 2 + 1, 0], "every other version has a set of its own");
    let mut rows = all;
    for (from, to) in [(901, 1_600), (1_601, 4_000)] {
        for number in from..=to {
            writer.take(event(number)).unwrap();
        }
        writer.flush().unwrap();
        let [versions, about, sets, unnamed] = counts(&file, until);
        assert!(0 < versions && versions < rows, "{versions} of {rows} are left");
        assert_eq!((about, unnamed), (versions, 0), "what is left says nothing of what went");
        assert!(sets <= versions);
        rows = about;
    }
    writer.finish().unwrap();

    // An analysis read the versions before they were dropped, and finishes only now.
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    recording.keep_derived(&early).unwrap();
    assert_eq!(counts(&file, until)[..2], [rows, rows]);
}
