//! The recording proxy: between real clients and real servers on loopback.

mod child;
mod controllers;
mod crash;
mod failures;
mod kubectl;
mod passing;
mod recording;
mod secrets;
mod server;
mod world;
