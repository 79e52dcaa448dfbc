//! The program at the client end of a connection.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use kuberewind_proxy::client_programs::{ClientPrograms, RecordedProgram};

/// A shell with two descendants that connect to `address` and wait; `None` without bash to copy.
fn shell(folder: &Path, address: SocketAddr) -> Option<Child> {
    let Some(bash) = ["/bin/bash", "/usr/bin/bash"].into_iter().find(|file| Path::new(file).exists()) else {
        eprintln!("skipped: bash is not installed");
        return None;
    };
    for name in ["checkout", "autoscaler-of-the-shop"] {
        std::fs::copy(bash, folder.join(name)).expect("copied");
    }
    let connect = format!("exec 3<>/dev/tcp/{}/{}; read -r line <&3", address.ip(), address.port());
    let script = format!("./checkout -c '{connect}' & (./autoscaler-of-the-shop -c '{connect}'; true) & wait");
    let shell = Command::new("sh").args(["-c", &script]).current_dir(folder).process_group(0).stdin(Stdio::null()).spawn();
    Some(shell.expect("it runs"))
}

#[tokio::test]
async fn each_connection_is_traced_to_its_program() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let proxy = listener.local_addr().expect("an address");
    let folder = tempfile::tempdir().expect("a folder");
    let Some(mut shell) = shell(folder.path(), proxy) else { return };
    let recorded = RecordedProgram { process: shell.id(), name: "sh".into(), file: "/bin/sh".into() };
    let programs = ClientPrograms::new(Some(recorded));
    // Closed at the end, which ends both programs.
    let mut connections = Vec::new();
    let mut names = Vec::new();
    for _ in 0..2 {
        let (connection, client) = listener.accept().expect("it connects");
        names.push(programs.program(client, proxy, None).await);
        connections.push(connection);
    }
    names.sort();
    assert_eq!(names, [Some(Arc::from("autoscaler-of-the-shop")), Some("checkout".into())]);
    let _own = TcpStream::connect(proxy).expect("a connection");
    let (_, stranger) = listener.accept().expect("accepted");
    assert_eq!(programs.program(stranger, proxy, None).await, None, "not below the shell");
    assert!(ClientPrograms::new(None).lookup(stranger, proxy, None).is_none(), "no program is recorded");
    drop(connections);
    assert!(shell.wait().expect("it ends").success());
}
