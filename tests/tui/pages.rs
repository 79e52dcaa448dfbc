//! The views besides timeline and object: keys in, screen out.

use kuberewind_file::OpenOptions;
use kuberewind_model::{Presence, Verb};
use kuberewind_tui::headless::Headless;
use kuberewind_tui::view::Pane;
use kuberewind_tui::worker::RecordingLocation;

use crate::recording::{Scribe, fight, shop, stage};

fn shows(stage: &Headless, words: &[&str]) {
    let screen = stage.glyphs().unwrap();
    for word in words {
        assert!(screen.contains(word), "{word:?} is missing:\n{screen}");
    }
}

#[test]
fn findings_are_cards_that_lead_to_their_operations() {
    let (_folder, file) = fight(12);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("V f Z").unwrap();
    shows(&stage, &["Findings", ".spec.replicas", "rounds", "bookmarks, notes and marks", "operations"]);
    let found = stage.state.findings.found.first().unwrap().finding.clone();
    stage.keys("g g Enter").unwrap();
    assert_eq!(stage.state.cursor.0, found.first, "Enter goes to the first operation");
    // The operations under the first finding: facts, then the head of the list.
    stage.keys("g g 2 j z o j Enter").unwrap();
    assert!(found.operations.contains(&stage.state.cursor.0), "{}", stage.glyphs().unwrap());
    stage.keys("m q").unwrap();
    shows(&stage, &["'q"]);
}

#[test]
fn an_operation_is_shown_as_it_went_over_the_wire() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 60), "dark");
    stage.keys("g g i Z").unwrap();
    for _ in 0..60 {
        if stage.state.timeline.row(stage.state.index()).is_some_and(|row| row.verb.as_str() == "patch" && row.seq.0 > 25) {
            break;
        }
        stage.keys(")").unwrap();
    }
    shows(
        &stage,
        &[
            "PATCH /apis/apps/v1/namespaces/shop/deployments/checkout",
            "user agent    shop-operator/v1.8.2",
            "field manager shop-operator",
            "audit id      6f0c2a4e",
            "traceparent   00-4bf9",
            "\"replicas\": 4,",
            "answer 200",
        ],
    );
    stage.keys("G").unwrap();
    shows(&stage, &["log of reconcile", "replicas are not what the spec wants"]);
    assert!(!stage.glyphs().unwrap().contains('\u{1b}'));
}

#[test]
fn logs_move_with_the_cursor_and_the_cursor_with_them() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("g g V g Z G").unwrap();
    let last = stage.state.cursor;
    shows(&stage, &["ERROR", "WARN", "round 5"]);
    stage.keys("k k k k").unwrap();
    assert!(stage.state.cursor < last, "the cursor goes with the line");
    shows(&stage, &["round 4"]);
    let (_folder, file) = fight(2);
    let mut silent = crate::recording::stage(&file, (80, 24), "dark");
    silent.keys("V g").unwrap();
    shows(&silent, &["no log lines were kept"]);
}

#[test]
fn the_log_opens_at_the_cursor_and_shows_the_messages() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "chatty");
    for round in 0..40 {
        scribe.round_with_log(round);
        scribe.log("info", &format!("2026-11-27T17:44:03.548831Z  INFO hpa::hpa: what round {round} was for"), None);
    }
    scribe.writer.finish().unwrap();
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("V g").unwrap();
    shows(&stage, &["INFO        hpa::hpa: what round 39 was for"]);
    stage.keys("x").unwrap();
    shows(&stage, &["2026-11-27T17:44:03.548831Z  INFO hpa::hpa: wh"]);
    stage.keys("x alt-1 z l").unwrap();
    shows(&stage, &["· hpa::hpa: what round 39 was for"]);
}

#[test]
fn the_log_of_a_program_without_calls_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "broken");
    scribe.log("error", "the configuration cannot be read", None);
    scribe.writer.finish().unwrap();
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("V g").unwrap();
    shows(&stage, &["ERROR", "the configuration cannot be read"]);
}

#[test]
fn a_text_is_looked_for_in_the_document_that_has_the_focus() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("g g V g Z g g /").unwrap();
    stage.text("ROUND 3");
    stage.keys("Enter").unwrap();
    shows(&stage, &["match 1 of 1", "round 3"]);
    let found = stage.state.cursor;
    stage.keys("/").unwrap();
    stage.text("reconciling");
    stage.keys("Enter n N").unwrap();
    assert!(stage.state.cursor >= found, "the cursor goes along: {:?}", stage.state.screen.message);
    stage.keys("Esc /").unwrap();
    stage.text("nowhere");
    stage.keys("Enter").unwrap();
    shows(&stage, &["no visible line contains"]);
}

#[test]
fn sessions_are_listed_and_opened() {
    let (_folder, file) = fight(2);
    let mut scribe = crate::recording::Scribe::begin(&file, "second");
    scribe.fight(1);
    scribe.writer.finish().unwrap();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("V s Z").unwrap();
    shows(&stage, &["tug-of-war", "second", "ended"]);
    let now = stage.state.snapshot.session.session_id.clone();
    stage.keys(if now == "second" { "k" } else { "j" }).unwrap();
    stage.keys("Enter").unwrap();
    assert_ne!(stage.state.snapshot.session.session_id, now);
}

/// Runs a query and presses Enter on its first row.
fn enter_first_row(stage: &mut Headless, query: &str) {
    stage.keys(";").unwrap();
    stage.text(query);
    stage.keys("Enter Enter").unwrap();
}

#[test]
fn a_row_of_a_query_leads_to_its_own_session_or_says_why_not() {
    let (_folder, file) = fight(2);
    let mut scribe = crate::recording::Scribe::begin(&file, "second");
    scribe.shows(crate::recording::SCALER, Verb::Get, 3, None);
    scribe.writer.finish().unwrap();
    let mut stage = stage(&file, (160, 40), "dark");
    stage.set_location(RecordingLocation { path: file.clone(), options: OpenOptions::default() });
    stage.keys("V s k Enter").unwrap();
    stage.script("goto tug-of-war:#3").unwrap();
    shows(&stage, &["2 actors"]);
    enter_first_row(&mut stage, "SELECT sequence_number FROM operations WHERE session_id = 'second'");
    assert_eq!((stage.state.cursor.0, &*stage.state.snapshot.session.session_id), (3, "tug-of-war"));
    shows(&stage, &["cannot go there: the row does not say which session it is of. Add session_id to the query"]);
    enter_first_row(&mut stage, "SELECT 9999 AS sequence_number, 'tug-of-war' AS session_id");
    shows(&stage, &["cannot go there: session tug-of-war has no operation #9999"]);
    enter_first_row(&mut stage, "SELECT 2 AS sequence_number, 'nowhere' AS session_id");
    shows(&stage, &["there is no session \"nowhere\""]);
    assert_eq!(stage.state.cursor.0, 3);
    enter_first_row(&mut stage, "SELECT sequence_number, session_id FROM operations WHERE session_id = 'second'");
    assert_eq!((stage.state.cursor.0, &*stage.state.snapshot.session.session_id), (1, "second"));
    // The header counts the actors of the session that is open.
    shows(&stage, &["1 actor "]);
}

#[test]
fn a_number_beyond_the_end_is_the_end_and_says_so() {
    let (_folder, file) = fight(2);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("g g").unwrap();
    stage.script("goto #9999").unwrap();
    let last = stage.state.snapshot.lineage.last();
    assert_eq!(stage.state.cursor, last);
    shows(&stage, &[&format!("#9999 is beyond the end: the last operation of session tug-of-war is {last}")]);
}

#[test]
fn sql_is_asked_read_only_and_rows_lead_to_operations() {
    let (_folder, file) = fight(4);
    let mut stage = stage(&file, (100, 40), "dark");
    stage.set_location(RecordingLocation { path: file.clone(), options: OpenOptions::default() });
    stage.keys("V q").unwrap();
    shows(&stage, &["; runs a SQL query, read-only"]);
    stage.keys(";").unwrap();
    stage.text("SELECT sequence_number, verb, status FROM operations WHERE status >= 400");
    stage.keys("Enter").unwrap();
    shows(&stage, &["sequence_number  verb", "14               update  409", "rows"]);
    stage.keys("Enter").unwrap();
    assert_eq!(stage.state.cursor.0, 14);
    stage.keys(";").unwrap();
    stage.text("DELETE FROM operations");
    stage.keys("Enter").unwrap();
    shows(&stage, &["cannot modify operations because it is a view"]);
}

#[test]
fn the_tree_of_objects_follows_the_cursor() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (200, 60), "dark");
    stage.keys("G").unwrap();
    shows(&stage, &["0[Objects]", "ConfigMap", "web-cfg", "gone", "versions of Deployment/ch"]);
    let presences = |stage: &Headless| stage.state.objects.entries.iter().map(|entry| entry.presence).collect::<Vec<_>>();
    assert!(presences(&stage).contains(&Presence::Absent));
    // Steps and a jump lead to the same tree.
    stage.keys("g g").unwrap();
    let jumped = stage.state.objects.entries.clone();
    stage.keys("G").unwrap();
    while stage.state.cursor.0 > 1 {
        stage.keys(",").unwrap();
    }
    assert_eq!(stage.state.objects.entries, jumped);
    stage.keys("G V o g g z M").unwrap();
    assert_eq!(stage.state.objects.rows.len(), 3, "a namespace and two kinds: {}", stage.glyphs().unwrap());
    stage.keys("j l j Enter").unwrap();
    assert!(stage.state.panes.focus == Pane::Objects && stage.state.cursor < stage.state.snapshot.lineage.last());
}

#[test]
fn the_tree_opens_at_the_object_of_the_cursor() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (80, 24), "dark");
    for seq in [1, 5, 12, 20] {
        stage.keys(&format!("{} G V o", seq.to_string().chars().map(|c| format!("{c} ")).collect::<String>().trim())).unwrap();
        let of_cursor = stage.state.timeline.row_of(stage.state.cursor).and_then(|row| row.object);
        let objects = &stage.state.objects;
        assert!(of_cursor.is_none() || objects.object() == of_cursor, "#{seq}: {}", stage.glyphs().unwrap());
        // A row that the user selected stays selected.
        let row = objects.row;
        stage.keys("k").unwrap();
        assert_eq!(stage.state.objects.row, row.saturating_sub(1));
        stage.keys("alt-1").unwrap();
    }
}

#[test]
fn lanes_show_actors_operations_and_causes() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("g g 1 2 G V l Z").unwrap();
    shows(&stage, &["checkout", "hpa", "a column", "◆"]);
    let before = stage.state.cursor;
    stage.keys("l").unwrap();
    assert!(stage.state.cursor > before);
    stage.keys("h j").unwrap();
    stage.keys("k V l").unwrap();
    shows(&stage, &["Deployment/shop/checkout", "objects, "]);
}

#[test]
fn causes_are_shown_with_their_evidence() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 2 G V w Z").unwrap();
    shows(&stage, &["because", "← #11", "the same uid and resourceVersion 104", "exact", "leads to", "■ "]);
}

#[test]
fn panes_are_reached_by_number_and_by_direction() {
    let (_folder, file) = fight(3);
    let mut stage = stage(&file, (200, 60), "dark");
    for (keys, pane) in [
        ("alt-0", "Objects"),
        ("alt-3", "Why"),
        ("alt-4", "Findings"),
        ("alt-5", "Raw"),
        ("alt-1", "Timeline"),
        ("ctrl-w l", "Diff"),
        ("ctrl-w j", "Raw"),
        ("ctrl-w h", "Findings"),
        ("ctrl-w h", "Why"),
        ("ctrl-w h", "Objects"),
        ("ctrl-w w", "Timeline"),
        ("ctrl-w k", "Timeline"),
    ] {
        stage.keys(keys).unwrap();
        assert_eq!(stage.state.panes.focus.name(), pane, "after {keys}");
    }
}

/// The keys that open each view.
const EVERYWHERE: [&str; 14] = ["V d", "d s", "W", "d s", "W", "V y", "g b", "V w", "V f", "i", "V g", "V l", "V l", "V o"];

#[test]
fn no_view_interprets_recorded_control_characters() {
    use kuberewind_model::{Observations, Sink, Verb};

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = crate::recording::Scribe::begin(&file, "hostile");
    for round in 0..3 {
        // Escape sequences, bidirectional controls, wide and combining characters in names, keys, values and logs.
        let body = format!(
            r#"{{"metadata":{{"name":"\u001b[31mred","שלום":"\u202e{round}"}},"spec":{{"漢字":["e\u0301\u0301 {round}","🙂🏳️‍🌈"],"\u0007":{{"a\u009b":"x\n\u001b]0;t\u0007 {round}\nz"}}}}}}"#
        );
        let sight = scribe.sight("a\u{1b}[2Jb\u{202e}c数🙂e\u{301}", &body);
        scribe.operation("x\u{9b}y/ב", Verb::Update, Observations::Object(Box::new(sight)), |operation| {
            operation.detail.uri = "/apis/\u{1b}[3J".into();
            operation.detail.user_agent = "ua\u{7}\u{202e}".into();
        });
        scribe.log("err\u{1b}or", "line\u{1b}[31m\u{85} 漢字", None);
    }
    scribe.writer.flush().unwrap();
    for size in [(40, 10), (80, 24), (120, 40), (200, 60)] {
        let mut stage = stage(&file, size, "dark");
        for keys in EVERYWHERE {
            stage.keys(keys).unwrap();
            let screen = stage.glyphs().unwrap();
            let obeyed = screen.chars().find(|c| *c != '\n' && (c.is_control() || matches!(c, '\u{202e}' | '\u{9b}')));
            assert_eq!(obeyed, None, "after {keys}:\n{screen}");
        }
    }
}
