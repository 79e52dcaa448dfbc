//! `kuberewind serve`: an API server from a recording.

mod bad_input;
mod controller;
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
