//! The list of pictures and their scripts.

use std::path::{Path, PathBuf};

use kuberewind_demo::{DemoOptions, Pace};
use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Duration, Error, ErrorKind, Result, Timestamp};
use kuberewind_session::OpenRecording;
use kuberewind_tui::animation::{Frame, animated};
use kuberewind_tui::headless::Headless;
use kuberewind_tui::moment_server::{ServerClients, ServerNews, ServerRequest};
use kuberewind_tui::picture::{Paper, svg};
use kuberewind_tui::script::{Statement, parse};
use kuberewind_tui::theme::{Depth, Theme};
use kuberewind_tui::update::Msg;
use kuberewind_tui::worker::RecordingLocation;

#[path = "fonts.rs"]
mod fonts;

/// The start of the demos: 2026-01-12T12:04:11Z.
const BEGIN: Timestamp = Timestamp(1_768_219_451_000_000_000);
/// The default duration of a screen of the tour.
const HOLD: Duration = Duration(2_200_000_000);

/// A picture, generated in a dark and a light theme.
struct Picture {
    name: &'static str,
    scenario: &'static str,
    size: (u16, u16),
    script: &'static str,
}

const fn picture(name: &'static str, scenario: &'static str, size: (u16, u16), script: &'static str) -> Picture {
    Picture { name, scenario, size, script }
}

const WIDE: (u16, u16) = (112, 34);
const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (200, 60);

const PICTURES: &[Picture] = &[
    picture("fight", "tug-of-war", WIDE, "goto 206"),
    picture("fight-small", "tug-of-war", SMALL, "goto 206"),
    picture("state", "tug-of-war", WIDE, "goto 206; view-state; close-all-folds; keys g g 3 j z a"),
    picture("why", "tug-of-war", SMALL, "goto 206; view-why"),
    picture("findings", "tug-of-war", SMALL, "goto 206; view-findings"),
    picture("blame", "tug-of-war", WIDE, "goto 206; blame; view-state"),
    picture("raw", "rollout", SMALL, "goto 120; view-raw"),
    picture("lanes", "rollout", WIDE, "goto 120; view-lanes; maximise"),
    picture("objects", "rollout", SMALL, "goto 120; view-objects"),
    picture("sessions", "rollout", SMALL, "goto 120; view-sessions"),
    picture("large", "tug-of-war", LARGE, "goto 206"),
    picture("diff", "rollout", WIDE, "goto 102; view-diff; maximise; side-by-side"),
    picture("notes", "tug-of-war", WIDE, "goto 206; note; type hpa writes what checkout owns; keys Enter; bookmarks"),
    picture("logs", "tug-of-war", WIDE, "goto 206; view-logs; maximise"),
    picture(
        "sql",
        "tug-of-war",
        SMALL,
        "goto 206; sql; type select actor_id, verb, count(*) from operations group by 1, 2; keys Enter",
    ),
    picture("conflicts", "conflict-storm", WIDE, "goto start; next-error 3"),
    picture("rollout", "rollout", WIDE, "goto 120"),
    picture("filter", "rollout", WIDE, "goto 120; filter kind=pod and verb!=get; keys f"),
    picture("picker", "rollout", WIDE, "goto 120; keys o; type web"),
    picture("palette", "tug-of-war", SMALL, "goto 206; palette; type next"),
    picture("help", "tug-of-war", WIDE, "goto 206; help"),
    picture("serve", "rollout", WIDE, "goto 187; serve"),
];

/// The script of the animated tour.
const TOUR: &str = include_str!("../../screenshots/tour.script");

/// Returns the file names and contents of all pictures.
///
/// # Errors
/// When recording or opening a demo or running a script fails.
pub fn all() -> Result<Vec<(String, String)>> {
    let folder =
        tempfile::tempdir().map_err(|error| Error::new(ErrorKind::Io, "cannot create a temporary folder").because(error))?;
    let font = fonts::fonts()?;
    let mut made = Vec::new();
    for picture in PICTURES {
        for (theme, paper) in [("dark", Paper::DARK.with_outlines(font)), ("light", Paper::LIGHT.with_outlines(font))] {
            let mut stage = stage(folder.path(), picture.scenario, picture.size, theme)?;
            stage.script(picture.script)?;
            answer_as_server(&mut stage);
            made.push((format!("{}-{theme}.svg", picture.name), svg(&stage.screen()?, paper)));
        }
    }
    let stage = stage(folder.path(), "tug-of-war", SMALL, "dark")?;
    made.push(("tour.svg".to_owned(), animated(&tour(stage, TOUR)?, Paper::DARK.with_outlines(font))));
    Ok(made)
}

/// Answers a request for a server as one with a client does.
fn answer_as_server(stage: &mut Headless) {
    let start = |request: &ServerRequest| match request {
        ServerRequest::Start { no, .. } => Some(*no),
        _ => None,
    };
    let Some(no) = stage.served.iter().find_map(start) else { return };
    let last = "kubectl GET /api/v1/namespaces/shop/pods".to_owned();
    for news in [
        ServerNews::Started { kubeconfig: "/run/user/1000/kuberewind-a1b2c3/config".to_owned() },
        ServerNews::Clients(ServerClients { count: 1, last }),
    ] {
        stage.send(Msg::Server(no, news));
    }
}

/// Opens the debugger on a copy of a demo. Each picture needs a copy, because bookmarks are stored with the recording.
fn stage(folder: &Path, scenario: &str, size: (u16, u16), theme: &str) -> Result<Headless> {
    let copied = |error| Error::new(ErrorKind::Io, "cannot copy the demo").because(error);
    let copy = folder.join("shown.db");
    std::fs::copy(recorded(folder, scenario)?, &copy).map_err(copied)?;
    let recording = OpenRecording::new(Box::new(Recording::open(&copy, &OpenOptions::default())?), None)?;
    let mut stage = Headless::open(recording, &format!("{scenario}.db"), size, Theme::load(theme, Depth::True)?)?;
    stage.set_location(RecordingLocation { path: copy, options: OpenOptions::default() });
    Ok(stage)
}

/// Returns the recording of a demo. It is recorded once.
fn recorded(folder: &Path, scenario: &str) -> Result<PathBuf> {
    let file = folder.join(format!("{scenario}.db"));
    if !file.exists() {
        let found = kuberewind_demo::find(scenario)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no scenario {scenario}")))?;
        let options = DemoOptions { output: file.clone(), pace: Pace::Simulated(BEGIN), recording_id: 1 };
        kuberewind_demo::run(found, &options, std::future::pending())?;
    }
    Ok(file)
}

/// Returns the screens of a script, one for each statement. A comment is the caption of the screens after it, and `wait` sets the
/// duration of the screen before it.
fn tour(mut stage: Headless, script: &str) -> Result<Vec<Frame>> {
    let mut frames = vec![Frame { screen: stage.screen()?, hold: HOLD, caption: String::new() }];
    let mut caption = String::new();
    for line in script.lines() {
        if let Some(words) = line.trim().strip_prefix("--") {
            words.trim().clone_into(&mut caption);
            continue;
        }
        for statement in parse(line)? {
            match (&statement, frames.last_mut()) {
                (Statement::Wait(length), Some(last)) => last.hold = *length,
                _ => {
                    stage.run(statement);
                    frames.push(Frame { screen: stage.screen()?, hold: HOLD, caption: caption.clone() });
                }
            }
        }
    }
    Ok(frames)
}
