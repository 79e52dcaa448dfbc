//! The recording proxy: between real clients and real servers on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Stories pass what they write, such as `json!(…)`, as it is.
#![allow(clippy::needless_pass_by_value)]

mod child;
#[cfg(target_os = "linux")]
mod client_programs;
mod controllers;
mod controllers_of_a_process;
mod crash;
mod ends;
mod examples;
mod exec;
mod failures;
mod identity;
mod kubectl;
mod leaving;
mod limits;
mod logs;
mod passing;
mod program;
mod real_cluster;
mod reconciles;
mod recording;
#[cfg(target_os = "linux")]
mod resources;
mod rotation;
mod secrets;
mod server;
mod simulation;
mod spdy;
mod test_proxy;
mod upgrades;
mod upstream;
