//! Recordings and options that cannot be served, and the program's messages.

use super::server::Server;
use crate::program::Sandbox;

#[test]
fn what_cannot_be_served_is_said() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("tug-of-war");
    std::fs::write(sandbox.path("kc"), "mine").unwrap();
    std::fs::write(sandbox.path("text"), "no recording").unwrap();
    let used = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let used = used.local_addr().unwrap().to_string();
    for (arguments, part) in [
        (vec![file.as_str(), "--at", "#x"], "names no moment"),
        (vec![&file, "--at", "nowhere"], "there is no bookmark"),
        (vec!["text"], "text"),
        (vec!["nosuch.db"], "nosuch.db"),
        (vec![&file, "--session", "nosuch"], "no session"),
        (vec![&file, "--listen", "0.0.0.0:0"], "is not an address of this machine alone"),
        (vec![&file, "--listen", &used], "cannot listen on"),
        (vec![&file, "--kubeconfig-out", "kc"], "cannot write a kubeconfig to kc: it exists"),
        (vec![&file, "--force"], "--kubeconfig-out"),
        (vec![&file, "--play", "0x"], "write a speed"),
        (vec![&file, "--as-seen-by", "nobody"], "the recording has no actor \"nobody\""),
    ] {
        let err = sandbox.run(&[&["serve"], arguments.as_slice()].concat()).code(2).err;
        assert!(err.contains(part), "serve {arguments:?}: {err}");
    }
    assert_eq!(std::fs::read_to_string(sandbox.path("kc")).unwrap(), "mine");
    let server = Server::start(&sandbox, &[&file, "--kubeconfig-out", "kc", "--force"]);
    assert_eq!(server.kubeconfig(), std::fs::canonicalize(sandbox.path("kc")).unwrap());
    assert!(std::fs::read_to_string(sandbox.path("kc")).unwrap().contains("token"));
    server.interrupt();
    assert!(!sandbox.path("kc").exists(), "the kubeconfig is removed at the end");
}

#[test]
fn sessions_of_two_clusters_are_served_apart() {
    let sandbox = Sandbox::new();
    for (name, start) in [("one", 0), ("two", 1)] {
        let mut new = kuberewind_file::NewSession::new(name, crate::events::START, 1 + start);
        new.cluster = format!("https://{name}.example");
        let mut writer = kuberewind_file::SessionWriter::begin(&sandbox.path("run.db"), new).unwrap();
        let object = crate::events::state(name, name, "7", super::story::WEB);
        kuberewind_model::Sink::take(&mut writer, crate::events::shows("a", kuberewind_model::Verb::Added, 1, object)).unwrap();
        writer.finish().unwrap();
    }
    let err = sandbox.run(&["serve", "run.db"]).code(2).err;
    assert!(err.contains("cannot choose a session: run.db has 2") && err.contains("one, two"), "{err}");
    Server::start(&sandbox, &["run.db", "--session", "two"]).interrupt();
    Server::start(&sandbox, &["run.db", "--at", "one:end"]).interrupt();
}
