//! On systems other than Linux, the owner of a socket is unknown.

use std::net::SocketAddr;
use std::sync::Arc;

use super::recorded_program::RecordedProgram;

pub fn program(_: &RecordedProgram, _: SocketAddr, _: SocketAddr) -> Option<Arc<str>> {
    None
}
