//! What `record` says when it ends.

use super::limits::blocking;
use super::program::{Program, recordings, until};
use super::server::{Server, config_map, json};

const OBJECT: &str = "/api/v1/namespaces/shop/configmaps/a";

async fn config_maps() -> String {
    let answer =
        |_| async { json(200, config_map("a", 1).replace("\"a\":\"1\"", "\"url\":\"postgres://u:hunter2hunter2@h/d\"")) };
    Server::start(answer).await.address.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_disappears_is_reported_once_and_by_the_exit_code() {
    let server = config_maps().await;
    blocking(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let program = Program::start(folder.path(), &server, &[], &[]);
        let mut client = program.client();
        client.call("GET", OBJECT, "op/1", "").expect("an answer");
        std::fs::remove_file(folder.path().join("r.db")).expect("it was there");
        let said = || std::fs::read_to_string(folder.path().join("stderr")).expect("text");
        // Without another call too.
        until("it notices", || said().contains("was deleted, moved or replaced"));
        assert_eq!(client.call("GET", OBJECT, "op/1", "").expect("the client is still served").0, 200);
        assert_eq!(program.end(), Some(125), "{}", said());
        assert_eq!(said().matches("was deleted, moved or replaced").count(), 1, "{}", said());
        assert!(recordings(folder.path()).is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_values_that_may_be_secrets_is_printed() {
    let server = config_maps().await;
    blocking(move || {
        for (options, said) in [(&["--redact-looks", "none"][..], true), (&[], false)] {
            let folder = tempfile::tempdir().expect("a folder");
            let program = Program::start(folder.path(), &server, options, &[]);
            program.client().call("GET", OBJECT, "op/1", "").expect("an answer");
            assert_eq!(program.end(), Some(0));
            let text = std::fs::read_to_string(folder.path().join("stderr")).expect("text");
            assert_eq!(text.contains("1 value may be secrets; list them with: kuberewind scan r.db"), said, "{text}");
            assert!(text.contains("recorded 1 operation,"), "{text}");
        }
    })
    .await;
}
