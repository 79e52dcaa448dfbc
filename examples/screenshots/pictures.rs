//! Which pictures there are.

use kuberewind::demo::{self, DemoOptions, Pace};
use kuberewind::model::{Error, ErrorKind, Result, Timestamp};
use kuberewind::session::OpenRecording;
use kuberewind::store::{OpenOptions, Recording};
use kuberewind::tui::picture::{Paper, svg};
use kuberewind::tui::stage::Stage;
use kuberewind::tui::theme::{Depth, Theme};

/// 2026-01-12T12:04:11Z: when the demos in the pictures begin.
const BEGIN: Timestamp = Timestamp(1_768_219_451_000_000_000);

/// One picture.
struct Picture {
    name: &'static str,
    scenario: &'static str,
    size: (u16, u16),
    theme: &'static str,
    keys: &'static str,
}

const fn picture(
    name: &'static str,
    scenario: &'static str,
    size: (u16, u16),
    theme: &'static str,
    keys: &'static str,
) -> Picture {
    Picture { name, scenario, size, theme, keys }
}

const WIDE: (u16, u16) = (120, 40);
const SMALL: (u16, u16) = (80, 24);

const PICTURES: &[Picture] = &[
    picture("fight-dark", "tug-of-war", WIDE, "dark", "g g 2 0 6 G"),
    picture("fight-light", "tug-of-war", WIDE, "light", "g g 2 0 6 G"),
    picture("fight-small", "tug-of-war", SMALL, "dark", "g g 2 0 6 G"),
    picture("conflicts-dark", "conflict-storm", WIDE, "dark", "g g 3 ] e"),
    picture("rollout-light", "rollout", WIDE, "light", "g g 1 2 0 G"),
    picture("help-dark", "tug-of-war", WIDE, "dark", "g g 2 0 6 G ?"),
];

/// Every picture: its file's name and its content.
///
/// # Errors
/// Where a demo cannot be recorded or opened.
pub fn all() -> Result<Vec<(String, String)>> {
    let folder = tempfile::tempdir().map_err(|error| Error::new(ErrorKind::Io, "no temporary folder").because(error))?;
    PICTURES
        .iter()
        .map(|picture| {
            let file = folder.path().join(format!("{}.db", picture.scenario));
            if !file.exists() {
                let scenario = demo::find(picture.scenario)
                    .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no scenario {}", picture.scenario)))?;
                let options = DemoOptions { output: file.clone(), pace: Pace::Simulated(BEGIN), recording_id: 1 };
                demo::run(scenario, &options, std::future::pending())?;
            }
            let recording = OpenRecording::new(Box::new(Recording::open(&file, &OpenOptions::default())?), None)?;
            let theme = Theme::load(picture.theme, Depth::True)?;
            let mut stage = Stage::open(recording, &format!("{}.db", picture.scenario), picture.size, theme)?;
            stage.keys(picture.keys)?;
            let paper = if picture.theme == "light" { Paper::LIGHT } else { Paper::DARK };
            Ok((format!("{}.svg", picture.name), svg(&stage.screen()?, paper)))
        })
        .collect()
}
