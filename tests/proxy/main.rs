//! The recording proxy: between real clients and real servers on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod child;
mod controllers;
mod crash;
mod examples;
mod exec;
mod failures;
mod kubectl;
mod leaving;
mod limits;
mod logs;
mod passing;
#[cfg(target_os = "linux")]
mod peers;
mod program;
mod reconciles;
mod recording;
mod rotation;
mod secrets;
mod server;
mod spdy;
mod upgrades;
mod upstream;
mod world;
