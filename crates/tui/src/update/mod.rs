//! Computes the next state from a message, and the effects that the event loop runs.

mod actions;
mod clock;
mod completion;
mod copy;
mod dispatch;
mod doc_requests;
mod doc_search;
mod field_author;
mod filter;
mod findings_page;
mod lanes;
mod menu;
mod message;
mod moves;
mod notes;
mod pages;
mod picker;
mod pointer;
mod prompt;
mod prompt_history;
mod range_export;
mod replies;
mod run;
mod search;
mod server;
mod settings;
mod settle;
mod tree;

use super::effect::Effect;
use super::protocol::Request;
use super::state::State;

pub use copy::copy_message;
pub use message::{Msg, Pointer};

/// Applies the filter of the command line. The first frame requests the scan.
///
/// # Errors
/// If the filter cannot be parsed; the message has a caret at the mistake.
pub fn begin_filtered(state: &mut State, source: &str) -> kuberewind_model::Result<()> {
    filter::apply(state, source)?;
    Ok(())
}

/// Updates the state with a message and returns the effects to run.
pub fn update(state: &mut State, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Key(key) => dispatch::key_typed(state, key),
        Msg::Paste(text) => prompt::paste(state, &text),
        Msg::Pointer(pointer) => pointer::act(state, pointer),
        Msg::Resize(w, h) => {
            state.screen.size = (w, h);
            Vec::new()
        }
        Msg::Tick(now) => clock::tick(state, now),
        Msg::Reply(reply) => replies::take(state, *reply),
        Msg::Run(statement) => {
            state.screen.message = None;
            dispatch::run_or_say(state, &statement)
        }
        Msg::Show(tone, words) => {
            state.say(tone, words);
            Vec::new()
        }
        Msg::Server(no, news) => server::take(state, no, news),
        // The recording may have grown in the meantime, even if the cursor does not follow.
        Msg::Focused => vec![Effect::Ask(Request::Poll)],
    };
    effects.extend(settle::settle(state));
    effects
}
