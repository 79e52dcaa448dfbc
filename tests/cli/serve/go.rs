//! An informer of client-go, in the Go program of the cluster's tests.

use super::server::{Server, has_kubectl};
use crate::goop_build;
use crate::program::Sandbox;

#[test]
fn an_informer_of_client_go_has_what_the_server_lists() {
    let Some((_folder, program)) = goop_build::manager().filter(|_| has_kubectl()) else { return };
    let sandbox = Sandbox::new();
    let file = sandbox.demo("rollout");
    let server = Server::start(&sandbox, &[&file, "--at", "50%"]);
    let mut informer = server.client(program.to_str().unwrap());
    informer.arg("pods").stdout(std::process::Stdio::piped());
    let mut informer = informer.spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(informer.stdout.take().unwrap()));
    let mut next = || lines.next().unwrap().unwrap();
    let listed = || {
        let names =
            server.kubectl("get pods -A --sort-by=.metadata.name -o custom-columns=N:.metadata.name --no-headers").ok().out;
        names.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(next(), listed());
    for moment in ["start", "end"] {
        server.move_to(moment);
        let expected = listed();
        while next() != expected {}
    }
    informer.kill().unwrap();
    informer.wait().unwrap();
}
