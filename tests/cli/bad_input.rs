//! What is no recording: a sentence that says what is wrong and what to do, exit code 2, nothing written.

use std::fs;
use std::io::Write;

use super::program::Place;

#[track_caller]
fn refused(place: &Place, file: &str) -> String {
    for arguments in
        [vec!["sessions", file], vec!["verify", file], vec!["replay", file], vec!["sql", file, "select 1"], vec![file]]
    {
        let before = place.files();
        let ran = place.run(&arguments);
        assert!(!ran.err.contains("panicked"), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.starts_with("kuberewind: ") && ran.err.len() > 20, "{}", ran.err);
        assert_eq!(place.files(), before, "nothing is written beside it");
    }
    place.run(&["sessions", file]).err
}

#[test]
fn what_is_not_there_empty_or_something_else() {
    let place = Place::new();
    assert!(refused(&place, "gone.db").contains("gone.db"));
    fs::write(place.path("empty.db"), "").unwrap();
    assert!(refused(&place, "empty.db").contains("empty"));
    fs::write(place.path("text.db"), "apiVersion: v1\nkind: ConfigMap\n").unwrap();
    refused(&place, "text.db");
    fs::create_dir(place.path("folder.db")).unwrap();
    assert!(refused(&place, "folder.db").contains("folder"));
    let other = rusqlite::Connection::open(place.path("other.db")).unwrap();
    other.execute_batch("create table people (name text); insert into people values ('x')").unwrap();
    drop(other);
    refused(&place, "other.db");
}

#[test]
fn a_filter_that_cannot_be_read_is_shown_with_a_caret() {
    let place = Place::new();
    let file = place.demo("hot-loop");
    let ran = place.run(&["open", &file, "--filter", "verb == get and kin == pod"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("there is no field `kin`; `kind` is one"), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().collect();
    let caret = lines.iter().position(|line| line.trim_start().starts_with('^')).unwrap();
    assert_eq!(lines[caret].find('^'), lines[caret - 1].find("kin =="), "{}", ran.err);
}

#[test]
fn a_newer_version_is_refused_with_a_sentence() {
    let place = Place::new();
    let file = place.demo("hot-loop");
    let connection = rusqlite::Connection::open(place.path(&file)).unwrap();
    connection.execute_batch("pragma user_version = 9999").unwrap();
    drop(connection);
    assert!(refused(&place, &file).contains("newer"));
}

#[test]
fn truncated_and_flipped_files_never_panic() {
    let place = Place::new();
    let file = place.demo("hot-loop");
    let whole = fs::read(place.path(&file)).unwrap();
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
        fs::File::create(place.path("broken.db")).unwrap().write_all(&bytes).unwrap();
        for arguments in
            [&["verify", "broken.db"][..], &["replay", "broken.db"], &["show", "backup/nightly", "-n", "ops", "-d", "broken.db"]]
        {
            let ran = place.run(arguments);
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
fn wrong_words_are_told() {
    let place = Place::new();
    let file = place.demo("hot-loop");
    for (arguments, word) in [
        (vec!["show", "backup/nightly", "-n", "ops", "-d", &file, "--at", "#12x"], "#12x"),
        (vec!["show", "backup/nightly", "-n", "ops", "-d", &file, "--at", "nowhere"], "nowhere"),
        (vec!["show", "nightly", "-d", &file], "nightly"),
        (vec!["show", "frobs/nightly", "-d", &file], "frobs"),
        (vec!["show", "backup/nightly", "-n", "ops", "-d", &file, "--as-seen-by", "nobody"], "nobody"),
        (vec!["replay", "no-such-session", "-d", &file], "no-such-session"),
    ] {
        let ran = place.run(&arguments).code(2);
        assert!(ran.err.contains(word), "{arguments:?}: {}", ran.err);
    }
}
