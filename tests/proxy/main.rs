//! The recording proxy: between real clients and real servers on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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
