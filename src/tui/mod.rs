//! The debugger's screen.
//!
//! One thread draws. Keys, answers of the [`worker`] and ticks arrive in one channel; the loop takes all that wait,
//! gives each to [`update`], carries out the effects, and draws once. The state is plain data; [`draw`] is a pure
//! function of it.

pub mod action;
mod desks;
pub mod doc;
pub mod draw;
pub mod effect;
mod event_loop;
pub mod fuzzy;
pub mod input;
pub mod keys;
pub mod layout;
mod options;
pub mod picture;
pub mod row;
pub mod script;
pub mod stage;
pub mod state;
mod terminal;
pub mod theme;
pub mod update;
pub mod view;
pub mod worker;
pub mod wrap;

use crate::model::Result;
use crate::session::{OpenRecording, Source};

pub use options::{ColorChoice, ColorWish, Exit, Options};

/// Opens the debugger on the terminal and runs it until the user leaves. The terminal is given back on every way out.
///
/// # Errors
/// When the session, the moment or the theme is not there, the recording cannot be read, or the terminal is none.
pub fn run(options: Options, source: Box<dyn Source>) -> Result<Exit> {
    let theme = theme::Theme::load(&options.theme, options.depth)?;
    let mut recording = OpenRecording::new(source, options.session.as_deref())?;
    if let Some(at) = &options.at {
        let place = recording.find(at, false)?;
        recording.look_at_number(place.session)?;
        recording.move_to(place.at);
    }
    let cursor = recording.cursor();
    let worker = worker::Worker::new(recording);
    let mut state = state::State::new(worker.snapshot()?, options.title, options.command);
    state.cursor = cursor;
    state.follow = options.follow;
    state.ascii = options.ascii;
    if let Some(filter) = &options.filter {
        update::begin_filtered(&mut state, filter)?;
    }
    state.look_at(options.pane);
    // crossterm drops colours by itself under NO_COLOR; what was decided before must hold.
    crossterm::style::force_color_output(options.depth != theme::Depth::None);
    event_loop::run(state, &theme, worker, options.whereabouts, options.clock, options.mouse)
}
