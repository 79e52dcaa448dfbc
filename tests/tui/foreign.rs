//! All sessions of KubeStep's sample recording can be stepped through on a small and a large screen.

use std::ops::ControlFlow;
use std::path::PathBuf;

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_formats::open_cached;
use kuberewind_model::History;
use kuberewind_session::OpenRecording;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::theme::{Depth, Theme};

fn sample() -> Option<PathBuf> {
    let folder = std::env::var_os("KUBEREWIND_REAL_INPUTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    Some(folder.join("kubestep/sample_recordings.db")).filter(|file| file.exists())
}

#[test]
fn every_session_of_the_sample_can_be_stepped_through() {
    let Some(file) = sample() else {
        eprintln!("skipped: KUBEREWIND_REAL_INPUTS has no kubestep/sample_recordings.db");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions { cache: Some(folder.path().into()), state: Some(folder.path().into()) };
    let made = open_cached(&file, folder.path(), [7; 32], &mut |_| ControlFlow::Continue(())).unwrap();
    let sessions = Recording::open(&made.recording, &options).unwrap().sessions().unwrap();
    assert_eq!(sessions.len(), 4);
    for session in sessions {
        for size in [(80, 24), (120, 40)] {
            let source = Box::new(Recording::open(&made.recording, &options).unwrap());
            let recording = OpenRecording::new(source, Some(&session.session_id)).unwrap();
            let mut stage = Headless::open(recording, "sample.db", size, Theme::load("dark", Depth::True).unwrap()).unwrap();
            stage.keys("g g").unwrap();
            for step in 1..=session.operations {
                let screen = stage.glyphs().unwrap();
                assert!(screen.contains(&format!("{} of ", stage.state.cursor)), "{screen}");
                assert_eq!(stage.state.index(), step);
                stage.keys(if step % 2 == 0 { ". V y" } else { ". alt-2" }).unwrap();
            }
        }
    }
}
