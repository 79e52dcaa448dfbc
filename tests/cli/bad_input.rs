//! Files that are not recordings: an error message with a reason, exit code 2, and no file written.

use std::fs;
use std::io::Write;

use super::program::Sandbox;

#[track_caller]
fn refused(sandbox: &Sandbox, file: &str) -> String {
    for arguments in
        [vec!["sessions", file], vec!["verify", file], vec!["replay", file], vec!["sql", file, "select 1"], vec![file]]
    {
        let before = sandbox.files();
        let ran = sandbox.run(&arguments);
        assert!(!ran.err.contains("panicked"), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.starts_with("kuberewind: ") && ran.err.len() > 20, "{}", ran.err);
        assert_eq!(sandbox.files(), before, "no file was written");
    }
    sandbox.run(&["sessions", file]).err
}

#[test]
fn missing_empty_and_other_files_are_refused() {
    let sandbox = Sandbox::new();
    assert!(refused(&sandbox, "gone.db").contains("gone.db"));
    fs::write(sandbox.path("empty.db"), "").unwrap();
    assert!(refused(&sandbox, "empty.db").contains("empty"));
    fs::write(sandbox.path("text.db"), "apiVersion: v1\nkind: ConfigMap\n").unwrap();
    refused(&sandbox, "text.db");
    fs::create_dir(sandbox.path("folder.db")).unwrap();
    assert!(refused(&sandbox, "folder.db").contains("folder"));
    let other = rusqlite::Connection::open(sandbox.path("other.db")).unwrap();
    other.execute_batch("create table people (name text); insert into people values ('x')").unwrap();
    drop(other);
    refused(&sandbox, "other.db");
}

#[test]
fn a_caret_points_at_a_syntax_error_in_a_filter() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    let ran = sandbox.run(&["open", &file, "--filter", "verb == get and kin == pod"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("there is no field `kin`; `kind` is one"), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().collect();
    let caret = lines.iter().position(|line| line.trim_start().starts_with('^')).unwrap();
    assert_eq!(lines[caret].find('^'), lines[caret - 1].find("kin =="), "{}", ran.err);
}

#[test]
fn a_newer_version_is_refused() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    let connection = rusqlite::Connection::open(sandbox.path(&file)).unwrap();
    connection.execute_batch("pragma user_version = 9999").unwrap();
    drop(connection);
    assert!(refused(&sandbox, &file).contains("newer"));
}

#[test]
fn truncated_and_flipped_files_never_panic() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    let whole = fs::read(sandbox.path(&file)).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..40_usize {
        let mut bytes = whole.clone();
        if round % 4 == 0 {
            bytes.truncate(usize::try_from(next()).unwrap() % whole.len());
        } else {
            for _ in 0..=round % 8 {
                let at = usize::try_from(next() % whole.len() as u64).unwrap();
                bytes[at] ^= 1 << (next() % 8);
            }
        }
        fs::File::create(sandbox.path("broken.db")).unwrap().write_all(&bytes).unwrap();
        for arguments in
            [&["verify", "broken.db"][..], &["replay", "broken.db"], &["show", "backup/nightly", "-n", "ops", "-d", "broken.db"]]
        {
            let ran = sandbox.run(arguments);
            assert!(
                matches!(ran.code, Some(0..=2)) && !ran.err.contains("panicked"),
                "round {round}: {arguments:?}: {:?} {}",
                ran.code,
                ran.err
            );
            assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
        }
    }
}

#[test]
fn errors_name_the_wrong_argument() {
    let sandbox = Sandbox::new();
    let file = sandbox.demo("hot-loop");
    for (arguments, word) in [
        (vec!["show", "backup/nightly", "-n", "ops", "-d", &file, "--at", "#12x"], "#12x"),
        (vec!["show", "backup/nightly", "-n", "ops", "-d", &file, "--at", "nowhere"], "nowhere"),
        (vec!["show", "nightly", "-d", &file], "nightly"),
        (vec!["show", "frobs/nightly", "-d", &file], "frobs"),
        (vec!["show", "backup/nightly", "-n", "ops", "-d", &file, "--as-seen-by", "missing"], "missing"),
        (vec!["replay", "no-such-session", "-d", &file], "no-such-session"),
    ] {
        let ran = sandbox.run(&arguments).code(2);
        assert!(ran.err.contains(word), "{arguments:?}: {}", ran.err);
    }
}
