//! On systems other than Linux, the owner of a socket is unknown.

use std::net::SocketAddr;

use super::client_process::{ClientProcess, ProcessKey};
use super::recorded_program::RecordedProgram;

pub fn process(_: &RecordedProgram, _: SocketAddr, _: SocketAddr) -> Option<ClientProcess> {
    None
}

pub fn is_running(_: &ProcessKey) -> bool {
    false
}
