//! Starts the debugger.

use std::io::{BufRead, Write};

use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_session::{OpenRecording, Source, beyond_end};

use super::doc::Tone;
use super::headless::Headless;
use super::memory::Memory;
use super::options::{Exit, Options};
use super::state::State;
use super::worker::Worker;
use super::{event_loop, plain, theme, update};

/// Runs the debugger on the terminal until the user quits. Every way out restores the terminal.
///
/// # Errors
/// If the session, the moment or the theme does not exist, the recording cannot be read, or there is no terminal.
pub fn run(mut options: Options, source: Box<dyn Source>) -> Result<Exit> {
    let asks_background = options.theme == "auto" && options.depth != theme::Depth::None;
    let theme = theme(&mut options)?;
    let (recording, remembered) = opened(&options, source)?;
    let cursor = recording.cursor();
    let mut worker = Worker::new(recording);
    worker.location.clone_from(&options.location);
    let mut state = State::new(worker.snapshot()?, options.title.clone(), options.command.clone());
    state.cursor = cursor;
    begin(&mut state, &options, &remembered)?;
    // crossterm disables colours under NO_COLOR by itself; `options.depth` decides instead.
    crossterm::style::force_color_output(options.depth != theme::Depth::None);
    let mut start = if options.script.is_empty() {
        event_loop::Start::new(state, worker, theme)
    } else {
        scripted(state, worker, theme, &options)?
    };
    start.asks_background = asks_background;
    event_loop::run(start, &options)
}

/// Runs the initial script. Each statement is complete before the next one starts.
fn scripted(state: State, worker: Worker, theme: theme::Theme, options: &Options) -> Result<event_loop::Start> {
    let size = crossterm::terminal::size()
        .map_err(|error| Error::new(ErrorKind::Io, "cannot read the size of the terminal").because(error))?;
    let mut headless = Headless::of(state, worker, size, theme).themed(options.themes.clone(), options.depth);
    headless.state.playback.now = options.clock.now();
    for statement in &options.script {
        headless.run(statement.clone());
    }
    Ok(headless.into())
}

/// Runs the debugger without a screen: reads commands from `input`, one per line, and writes replies to `out`.
///
/// # Errors
/// As [`run`], and if reading or writing fails.
pub fn run_plain(options: &Options, source: Box<dyn Source>, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<()> {
    let theme = theme::Theme::load("mono", theme::Depth::None)?;
    let (recording, remembered) = opened(options, source)?;
    let mut headless = Headless::open(recording, &options.title, PLAIN, theme)?;
    headless.state.command.clone_from(&options.command);
    if let Some(location) = &options.location {
        headless.set_location(location.clone());
    }
    begin(&mut headless.state, options, &remembered)?;
    // Load what the saved position shows before printing it.
    headless.send(update::Msg::Resize(PLAIN.0, PLAIN.1));
    for statement in &options.script {
        headless.run(statement.clone());
    }
    let headless = plain::run(headless, &*options.clock, input, out)?;
    if let Some(path) = &options.memory {
        // A failed write loses only the saved position.
        let _failed = Memory::of(&headless.state).write(path);
    }
    Ok(())
}

/// The size of the virtual screen: large enough that nothing is cut.
const PLAIN: (u16, u16) = (160, 60);

/// Opens the session and moves to the initial moment.
fn opened(options: &Options, source: Box<dyn Source>) -> Result<(OpenRecording, Memory)> {
    let remembered = match &options.memory {
        Some(path) => Memory::read(path),
        None => Memory::default(),
    };
    let session = options.session.clone().or_else(|| remembered.session_of(&*source));
    let mut recording = OpenRecording::new(source, session.as_deref())?;
    if let Some(at) = &options.at {
        let place = recording.find(at, false)?;
        recording.look_at_number(place.session)?;
        recording.move_to(place.at);
    }
    Ok((recording, remembered))
}

/// Applies the saved position, then the options, which override it.
fn begin(state: &mut State, options: &Options, remembered: &Memory) -> Result<()> {
    state.keys.map = options.keymap.clone();
    state.timeline.times = options.time;
    let anywhere = options.at.is_none() && !options.follow;
    remembered.give_back(state, anywhere);
    if anywhere && options.filter.is_none() {
        remembered.give_filter_back(state);
    }
    let (lineage, session) = (&state.snapshot.lineage, &state.snapshot.session.session_id);
    if let Some(words) = options.at.as_ref().and_then(|spec| beyond_end(&spec.at, lineage, session)) {
        state.say(Tone::Notice, words);
    }
    state.playback.follow = options.follow;
    state.timeline.logs |= options.logs;
    state.screen.ascii = options.ascii;
    if let Some(filter) = &options.filter {
        update::begin_filtered(state, filter)?;
    }
    if let Some(pane) = options.pane {
        state.look_at(pane);
    }
    if let Some((first, last)) = options.zoom {
        state.zoom_to(first, last);
    }
    Ok(())
}

/// Loads the theme. For `auto`, it is the one for terminals that do not tell their background, until the terminal tells it.
fn theme(options: &mut Options) -> Result<theme::Theme> {
    if options.theme == "auto" {
        options.theme = options.pair.on(None).to_owned();
    }
    options.themes.load(&options.theme, options.depth)
}
