//! Playing a recording, and following one that grows.

use super::server::{Server, has_kubectl};
use crate::program::Sandbox;

#[test]
fn playing_ends_at_the_end() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("rollout");
    let mut server = Server::start(&sandbox, &[&file, "--at", "start", "--play", "1000x"]);
    let sessions = sandbox.run(&["sessions", &file, "--format", "json"]).ok().json();
    assert_eq!(server.line(), format!("kuberewind: played to the end: #{}\n", sessions[0]["operations"]));
}

#[test]
fn a_recording_that_grows_is_followed() {
    if !has_kubectl() {
        return;
    }
    let sandbox = Sandbox::new();
    let live = sandbox.live("tug-of-war").until_there(&sandbox);
    let server = Server::start(&sandbox, &["t.db", "--at", "now", "--play", "1x"]);
    let cursor = || server.kubectl("get --raw /kuberewind/cursor").ok().json()["at"].as_u64().unwrap();
    let first = cursor();
    while cursor() < first + 20 {}
    // A cursor that was moved back goes on from there.
    let back = server.move_to("1")["at"].as_u64().unwrap();
    assert_eq!(back, 1);
    while cursor() == 1 {}
    drop(live);
    server.interrupt();
}
