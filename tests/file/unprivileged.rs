//! Tests of permissions. Root ignores permissions, so under root these tests run again in a process of another user.

use std::path::Path;

/// Set in the process that runs the test itself.
const INNER: &str = "KUBEREWIND_TEST_UNPRIVILEGED";

/// Runs the body of the test `name` as a user that permissions restrict.
pub(crate) fn run(name: &str, story: impl FnOnce()) {
    if std::env::var_os(INNER).is_some() || !ignores_permissions() {
        return story();
    }
    // The other user may be unable to read the folder of the test binary.
    let folder = tempfile::tempdir().unwrap();
    permit(folder.path(), 0o777);
    let program = folder.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    permit(&program, 0o755);
    let mut command = std::process::Command::new(&program);
    command.args(["--exact", name, "--nocapture"]).env(INNER, "1").env("TMPDIR", folder.path()).current_dir(folder.path());
    as_other_user(&mut command);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// Returns true if this user may write into protected folders.
fn ignores_permissions() -> bool {
    let folder = tempfile::tempdir().unwrap();
    write_protect(folder.path(), true);
    let could = std::fs::write(folder.path().join("probe"), "").is_ok();
    write_protect(folder.path(), false);
    could
}

/// Removes the write permission of a folder, or restores it.
pub(crate) fn write_protect(folder: &Path, protect: bool) {
    permit(folder, if protect { 0o555 } else { 0o755 });
}

#[cfg(unix)]
fn permit(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn permit(_path: &Path, _mode: u32) {}

#[cfg(unix)]
fn as_other_user(command: &mut std::process::Command) {
    use std::os::unix::process::CommandExt;
    command.uid(65_534).gid(65_534);
}

#[cfg(not(unix))]
fn as_other_user(_command: &mut std::process::Command) {}
