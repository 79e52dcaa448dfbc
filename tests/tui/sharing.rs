//! Copying, exporting and piping; the saved position.

use kuberewind_tui::headless::Headless;
use kuberewind_tui::memory::Memory;

use crate::recording::{Scribe, fight, stage};

fn said(stage: &Headless) -> &str {
    stage.state.screen.message.as_ref().map_or("", |(_, text)| text)
}

#[test]
fn a_copied_command_opens_the_same_view() {
    let (_folder, file) = fight(3);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("1 1 G V d y l").unwrap();
    assert_eq!(stage.copied, ["kuberewind run.db --at '#11' --pane diff --id 000000000000"]);
    assert!(said(&stage).starts_with("sent to the terminal, which may copy it (58 bytes): kuberewind"), "{}", said(&stage));
    assert!(!stage.glyphs().unwrap().contains("copied"), "no message claims that the terminal copied it");
}

#[test]
fn the_link_contains_the_zoom() {
    let (_folder, file) = fight(12);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("1 1 G v 4 0 G z v Esc y l").unwrap();
    assert_eq!(stage.copied, ["kuberewind run.db --at '#40' --zoom '#11..#40' --id 000000000000"]);
    let mut opened = crate::recording::stage(&file, (80, 24), "dark");
    opened.keys("4 0 G").unwrap();
    opened.state.zoom_to(kuberewind_model::Seq(11), kuberewind_model::Seq(40));
    opened.keys("ctrl-l").unwrap();
    assert_eq!(opened.state.minimap_window(), stage.state.minimap_window());
    assert_eq!(opened.state.zoom_text(), "1:3");
    // The whole recording needs no option.
    stage.keys("= y l").unwrap();
    assert!(!stage.copied[1].contains("--zoom"), "{:?}", stage.copied);
    for (first, last) in [(0, 9_999), (9_998, 9_999), (0, 0)] {
        opened.state.zoom_to(kuberewind_model::Seq(first), kuberewind_model::Seq(last));
        opened.keys("ctrl-l").unwrap();
        let window = opened.state.minimap_window();
        assert!(window.start < window.end && window.end <= opened.state.snapshot.lineage.len(), "{first}..{last}: {window:?}");
    }
}

#[test]
fn folded_loops_are_folded_again() {
    let (folder, file) = fight(12);
    let path = folder.path().join("state/recordings/7.json");
    let mut left = stage(&file, (120, 40), "dark");
    left.keys("2 0 G z a").unwrap();
    let rows = left.state.timeline.index.len();
    assert!(rows < left.state.snapshot.lineage.len());
    Memory::of(&left.state).write(&path).unwrap();
    let mut again = stage(&file, (120, 40), "dark");
    let remembered = Memory::read(&path);
    remembered.give_back(&mut again.state, true);
    remembered.give_filter_back(&mut again.state);
    again.keys("ctrl-l").unwrap();
    left.keys("ctrl-l").unwrap();
    assert_eq!(again.state.timeline.index.len(), rows);
    assert_eq!(again.glyphs().unwrap(), left.glyphs().unwrap());
    again.keys("z a").unwrap();
    assert_eq!(again.state.timeline.index.len(), again.state.snapshot.lineage.len(), "the fold opens as any other");
    // Loops outside the recording are ignored.
    std::fs::write(&path, r#"{"session":"tug-of-war","cursor":[3,82],"loops":[[70,900],[5,2],[0,4]]}"#).unwrap();
    let mut odd = stage(&file, (80, 24), "dark");
    let remembered = Memory::read(&path);
    remembered.give_back(&mut odd.state, true);
    remembered.give_filter_back(&mut odd.state);
    assert_eq!(odd.state.timeline.index.folds(), []);
}

#[test]
fn line_path_value_diff_and_kubectl_command_are_copied() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 1 G V d").unwrap();
    while !said_line(&stage).contains("replicas") {
        stage.keys("] c").unwrap();
    }
    stage.keys("y y y p y v y d y k").unwrap();
    let copied: Vec<&str> = stage.copied.iter().map(String::as_str).collect();
    assert_eq!(copied[..3], ["replicas: 3 → 5", ".spec.replicas", "5"]);
    assert!(
        copied[3].starts_with("# Diff of Deployment/shop/checkout at #11") && copied[3].contains("~   replicas: 3 → 5\n"),
        "{}",
        copied[3]
    );
    assert_eq!(copied[4], "kubectl get Deployment checkout -n shop -o yaml");
    // A string without quotes, and a map without its key.
    stage.keys("V y g g").unwrap();
    while !said_line(&stage).contains("maxSurge") {
        stage.keys("j").unwrap();
    }
    stage.keys("y v k y v").unwrap();
    assert_eq!(stage.copied[5..], ["25%", "maxSurge: 25%\nmaxUnavailable: 25%\n"]);
    stage.keys("V t 1 2 G y y").unwrap();
    assert!(stage.copied[7].starts_with("#12 2026-02-04T10:13:20"), "{:?}", stage.copied);
}

/// The text of the selected line in the focused document.
fn said_line(stage: &Headless) -> String {
    let detail = &stage.state.details[stage.state.near_detail()];
    detail.line_at(detail.line).map_or_else(String::new, |line| line.line.text.clone())
}

#[test]
fn a_command_receives_the_focused_pane() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("1 1 G V y |").unwrap();
    stage.text("grep replicas | sort");
    stage.keys("Enter").unwrap();
    let (command, input) = &stage.piped[0];
    assert_eq!(command, "grep replicas | sort");
    assert!(input.starts_with("apiVersion: apps/v1\nkind: Deployment\n") && input.contains("  replicas: 5\n"), "{input}");
}

#[test]
fn every_form_of_file_is_written_and_none_is_written_over() {
    let (folder, file) = fight(6);
    let mut stage = stage(&file, (100, 30), "light");
    stage.keys("1 1 G").unwrap();
    let export = |stage: &mut Headless, name: &str| {
        stage.keys("e").unwrap();
        stage.text(folder.path().join(name).to_str().unwrap());
        stage.keys("Enter").unwrap();
        std::fs::read_to_string(folder.path().join(name)).unwrap_or_default()
    };
    let rows = export(&mut stage, "rows.csv");
    assert!(rows.starts_with("operation,time,duration_ms,actor,verb,kind"), "{rows}");
    assert!(rows.contains("\r\n11,2026-02-04T10:13:20.146"), "{rows}");
    assert!(said(&stage).contains("rows.csv written") && said(&stage).contains("no redacted values"), "{}", said(&stage));
    let json: serde_json::Value = serde_json::from_str(&export(&mut stage, "rows.json")).unwrap();
    assert!(json["operations"].as_array().unwrap().iter().any(|row| row["operation"] == 11 && row["verb"] == "update"));
    stage.keys("V d").unwrap();
    assert!(export(&mut stage, "diff.txt").contains("~   replicas: 3 → 5\n"));
    let json: serde_json::Value = serde_json::from_str(&export(&mut stage, "diff.json")).unwrap();
    let changed = json["lines"].as_array().unwrap().iter().find(|line| line["path"] == "/spec/replicas").unwrap();
    assert_eq!((changed["sign"].as_str(), changed["text"].as_str()), (Some("~"), Some("replicas: 3 → 5")));
    assert!(export(&mut stage, "diff.yaml").contains("view: diff"));
    stage.keys("V y").unwrap();
    let object: serde_json::Value = serde_saphyr::from_str(&export(&mut stage, "state.yaml")).unwrap();
    assert_eq!(
        (&object["spec"]["replicas"], &object["spec"]["strategy"]["rollingUpdate"]["maxSurge"]),
        (&5.into(), &"25%".into())
    );
    let svg = export(&mut stage, "screen.svg");
    assert!(svg.starts_with("<svg ") && svg.contains("apiVersion"), "{svg}");
    let html = export(&mut stage, "screen.html");
    assert!(html.starts_with("<!doctype html>") && html.contains("apiVersion") && html.contains("background: #fbfbf9"), "{html}");
    export(&mut stage, "screen.html");
    assert!(said(&stage).contains("already exists"), "{}", said(&stage));
    export(&mut stage, "screen.png");
    assert!(stage.glyphs().unwrap().contains("unknown file extension"), "{}", stage.glyphs().unwrap());
}

#[test]
fn exports_count_redacted_values() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "secret");
    let body =
        r#"{"kind":"Secret","metadata":{"name":"db"},"data":{"password":"cmVkYWN0ZWQ6MTIzNDU2Nzg="},"note":"redacted:12345678"}"#;
    let sight = scribe.sight("db", body);
    scribe.operation("a", kuberewind_model::Verb::Get, kuberewind_model::Observations::Object(Box::new(sight)), |_| {});
    kuberewind_model::Sink::flush(&mut scribe.writer).unwrap();
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("G V y e").unwrap();
    stage.text(folder.path().join("secret.yaml").to_str().unwrap());
    stage.keys("Enter").unwrap();
    assert!(said(&stage).contains("2 values were redacted during recording"), "{}", said(&stage));
    let text = std::fs::read_to_string(folder.path().join("secret.yaml")).unwrap();
    assert!(text.ends_with("# 2 redacted: a keyed hash replaces the value\n"), "{text}");
}

#[test]
fn a_recording_opens_where_it_was_left() {
    let (folder, file) = fight(6);
    let path = folder.path().join("state/recordings/7.json");
    let mut left = stage(&file, (120, 40), "dark");
    left.keys("1 1 G m q 2 0 G V y x t Z").unwrap();
    Memory::of(&left.state).write(&path).unwrap();
    let mut again = stage(&file, (120, 40), "dark");
    Memory::read(&path).give_back(&mut again.state, true);
    again.keys("ctrl-l").unwrap();
    assert_eq!(again.state.cursor.0, 20);
    left.keys("ctrl-l").unwrap();
    assert_eq!(again.glyphs().unwrap(), left.glyphs().unwrap());
    again.keys("' q").unwrap();
    assert_eq!(again.state.cursor.0, 11);
    // An explicit moment overrides the saved one; the marks are restored.
    let mut asked = stage(&file, (120, 40), "dark");
    Memory::read(&path).give_back(&mut asked.state, false);
    assert_eq!((asked.state.cursor.0, asked.state.navigation.marks.len()), (41, 1));
    // An invalid file is ignored.
    for text in ["", "[]", "{\"cursor\": [99999, 1]}", "{\"marks\": {\"a\": 18446744073709551615}, \"pane\": \"nope\"}"] {
        std::fs::write(&path, text).unwrap();
        let mut fresh = stage(&file, (80, 24), "dark");
        Memory::read(&path).give_back(&mut fresh.state, true);
        fresh.keys("ctrl-l").unwrap();
        assert_eq!(fresh.state.cursor.0, 41, "{text}");
    }
}
