//! `kuberewind serve`: an API server from a recording.

mod bad_input;
mod battery;
mod controller;
mod debugger;
mod docs;
mod followed;
mod go;
mod incomplete;
mod kubectl;
mod moves;
mod reads;
mod requests;
pub mod server;
mod story;
mod views;
mod writes;
