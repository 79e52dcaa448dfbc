//! The debugger's screen.
//!
//! One thread draws. Keys, answers of the [`worker`] and ticks arrive in one channel; the loop takes all that wait,
//! gives each to [`update`], carries out the effects, and draws once. The state is plain data; [`draw`] is a pure
//! function of it.

pub mod action;
pub mod actors;
pub mod bookmarks;
pub mod clipboard;
pub mod config;
mod desks;
pub mod doc;
pub mod draw;
pub mod effect;
mod event_loop;
pub mod export;
pub mod fuzzy;
pub mod input;
pub mod keys;
pub mod layout;
pub mod memory;
pub mod motion;
mod options;
pub mod picture;
pub mod plain;
pub mod row;
pub mod script;
mod shot;
pub mod stage;
pub mod state;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod worker;
pub mod wrap;

use std::io::{BufRead, Write};

use crate::session::{OpenRecording, Source};
use kuberewind_model::{Error, ErrorKind, Result};

use memory::Memory;
use state::State;

pub use options::{ColorChoice, ColorWish, Exit, Options};

/// Opens the debugger on the terminal and runs it until the user leaves. The terminal is given back on every way out.
///
/// # Errors
/// When the session, the moment or the theme is not there, the recording cannot be read, or the terminal is none.
pub fn run(mut options: Options, source: Box<dyn Source>) -> Result<Exit> {
    let theme = theme(&mut options)?;
    let (recording, remembered) = opened(&options, source)?;
    let cursor = recording.cursor();
    let mut worker = worker::Worker::new(recording);
    worker.whereabouts.clone_from(&options.whereabouts);
    let mut state = state::State::new(worker.snapshot()?, options.title.clone(), options.command.clone());
    state.cursor = cursor;
    begin(&mut state, &options, &remembered)?;
    // crossterm drops colours by itself under NO_COLOR; what was decided before must hold.
    crossterm::style::force_color_output(options.depth != theme::Depth::None);
    let begun = if options.script.is_empty() {
        event_loop::Begun::new(state, worker, theme)
    } else {
        scripted(state, worker, theme, &options)?
    };
    event_loop::run(begun, &options)
}

/// The state after the script of the start, each of its statements answered before the next.
fn scripted(state: State, worker: worker::Worker, theme: theme::Theme, options: &Options) -> Result<event_loop::Begun> {
    let size = crossterm::terminal::size()
        .map_err(|error| Error::new(ErrorKind::Io, "the terminal does not say how large it is").because(error))?;
    let mut stage = stage::Stage::of(state, worker, size, theme).themed(options.themes.clone(), options.depth);
    stage.state.now = options.clock.now();
    for statement in &options.script {
        stage.run(statement.clone());
    }
    Ok(stage.into())
}

/// The debugger without a screen: commands from `input`, a line each, answers to `out`.
///
/// # Errors
/// As [`run`], and where input or output fail.
pub fn run_plain(options: &Options, source: Box<dyn Source>, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<()> {
    let theme = theme::Theme::load("mono", theme::Depth::None)?;
    let (recording, remembered) = opened(options, source)?;
    let mut stage = stage::Stage::open(recording, &options.title, PLAIN, theme)?;
    stage.state.command.clone_from(&options.command);
    if let Some(whereabouts) = &options.whereabouts {
        stage.lies_at(whereabouts.clone());
    }
    begin(&mut stage.state, options, &remembered)?;
    // What is remembered is looked up before anything is told of it.
    stage.send(update::Msg::Resize(PLAIN.0, PLAIN.1));
    for statement in &options.script {
        stage.run(statement.clone());
    }
    let stage = plain::run(stage, &*options.clock, input, out)?;
    if let Some(path) = &options.memory {
        // A place that cannot be written costs the memory, not what was asked for.
        let _lost = Memory::of(&stage.state).write(path);
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
    state.keymap = options.keymap.clone();
    state.timeline.times = options.time;
    let anywhere = options.at.is_none() && !options.follow;
    remembered.give_back(state, anywhere);
    if anywhere && options.filter.is_none() {
        remembered.give_filter_back(state);
    }
    state.follow = options.follow;
    state.timeline.logs |= options.logs;
    state.ascii = options.ascii;
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
        let background = if options.depth == theme::Depth::None { None } else { theme::detect() };
        options.theme = options.pair.on(background).to_owned();
    }
    options.themes.load(&options.theme, options.depth)
}
