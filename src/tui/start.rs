//! Starts the debugger.

use std::io::{BufRead, Write};

use crate::session::{OpenRecording, Source};
use kuberewind_model::{Error, ErrorKind, Result};

use super::headless::Headless;
use super::memory::Memory;
use super::options::{Exit, Options};
use super::state::State;
use super::worker::Worker;
use super::{event_loop, plain, theme, update};

/// Opens the debugger on the terminal and runs it until the user leaves. The terminal is given back on every way out.
///
/// # Errors
/// When the session, the moment or the theme is not there, the recording cannot be read, or the terminal is none.
pub fn run(mut options: Options, source: Box<dyn Source>) -> Result<Exit> {
    let theme = theme(&mut options)?;
    let (recording, remembered) = opened(&options, source)?;
    let cursor = recording.cursor();
    let mut worker = Worker::new(recording);
    worker.location.clone_from(&options.location);
    let mut state = State::new(worker.snapshot()?, options.title.clone(), options.command.clone());
    state.cursor = cursor;
    begin(&mut state, &options, &remembered)?;
    // crossterm drops colours by itself under NO_COLOR; what was decided before must hold.
    crossterm::style::force_color_output(options.depth != theme::Depth::None);
    let start = if options.script.is_empty() {
        event_loop::Start::new(state, worker, theme)
    } else {
        scripted(state, worker, theme, &options)?
    };
    event_loop::run(start, &options)
}

/// The state after the script of the start, each of its statements answered before the next.
fn scripted(state: State, worker: Worker, theme: theme::Theme, options: &Options) -> Result<event_loop::Start> {
    let size = crossterm::terminal::size()
        .map_err(|error| Error::new(ErrorKind::Io, "the terminal does not say how large it is").because(error))?;
    let mut headless = Headless::of(state, worker, size, theme).themed(options.themes.clone(), options.depth);
    headless.state.playback.now = options.clock.now();
    for statement in &options.script {
        headless.run(statement.clone());
    }
    Ok(headless.into())
}

/// The debugger without a screen: commands from `input`, a line each, answers to `out`.
///
/// # Errors
/// As [`run`], and where input or output fail.
pub fn run_plain(options: &Options, source: Box<dyn Source>, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<()> {
    let theme = theme::Theme::load("mono", theme::Depth::None)?;
    let (recording, remembered) = opened(options, source)?;
    let mut headless = Headless::open(recording, &options.title, PLAIN, theme)?;
    headless.state.command.clone_from(&options.command);
    if let Some(location) = &options.location {
        headless.set_location(location.clone());
    }
    begin(&mut headless.state, options, &remembered)?;
    // What is remembered is looked up before anything is told of it.
    headless.send(update::Msg::Resize(PLAIN.0, PLAIN.1));
    for statement in &options.script {
        headless.run(statement.clone());
    }
    let headless = plain::run(headless, &*options.clock, input, out)?;
    if let Some(path) = &options.memory {
        // A place that cannot be written costs the memory, not what was asked for.
        let _lost = Memory::of(&headless.state).write(path);
    }
    Ok(())
}

/// The screen that is not there: large enough that nothing is cut.
const PLAIN: (u16, u16) = (160, 60);

/// At the session and the moment where it begins.
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

/// What was asked for at the start goes before what is remembered.
fn begin(state: &mut State, options: &Options, remembered: &Memory) -> Result<()> {
    state.keys.map = options.keymap.clone();
    state.timeline.times = options.time;
    let anywhere = options.at.is_none() && !options.follow;
    remembered.give_back(state, anywhere);
    if anywhere && options.filter.is_none() {
        remembered.give_filter_back(state);
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

/// The theme; `auto` is decided now, by asking the terminal before anything else reads from it.
fn theme(options: &mut Options) -> Result<theme::Theme> {
    if options.theme == "auto" {
        let background = if options.depth == theme::Depth::None { None } else { theme::ask() };
        options.theme = options.pair.on(background).to_owned();
    }
    options.themes.load(&options.theme, options.depth)
}
