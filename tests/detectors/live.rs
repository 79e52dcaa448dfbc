//! Live analysis yields the same findings.

use kuberewind_analysis::Live;
use kuberewind_analysis::settings::Settings;
use kuberewind_file::{NewSession, OpenOptions, Recording, SessionWriter};
use kuberewind_model::{History, SessionNo, Sink};

use crate::story::{START, Story, analyse};

fn live(story: Story, chunk: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut writer = SessionWriter::begin(&file, NewSession::new("story", START, 7)).unwrap();
    let mut live = Live::new(&Settings::default());
    let mut found = Vec::new();
    let recording = Recording::open(&file, &OpenOptions::default()).unwrap();
    for events in story.events.chunks(chunk) {
        for event in events {
            writer.take(event.clone()).unwrap();
        }
        writer.flush().unwrap();
        found.extend(live.feed(&recording, &recording.lineage(SessionNo(0)).unwrap()).unwrap());
    }
    let finished = analyse(story.events);
    let mut growing = live.analysis("story");
    growing.session_id.clone_from(&finished.session_id);
    assert_eq!(growing, finished, "in chunks of {chunk}");
    let early = found.iter().find(|finding| finding.detector == "two-writers").expect("found while it grew");
    assert!(early.rounds < 10 && early.rounds >= 3, "found early: {}", early.sentence);
}

#[test]
fn live_findings_equal_those_of_the_finished_session() {
    for chunk in [1, 7, 50] {
        live(crate::loops::tug_of_war(10), chunk);
    }
}
