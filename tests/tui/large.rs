//! Objects of many megabytes: documents are bounded, and truncation is visible.

use std::fmt::Write as _;

use kuberewind_model::json::scalar::MAX_CHARS;
use kuberewind_model::{Observations, Text, Verb};
use kuberewind_render::document::MAX_LINES;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::view::DocKind;

use crate::recording::{OPERATOR, SCALER, Scribe, stage};

/// Returns an object of more than 10 MiB: a text of 4 MiB in one line, a text of 40,000 lines that all differ between versions, and
/// a list of 60,000 items of which the second to last changes.
fn large(replicas: u64, rv: u64) -> String {
    // Writing into a `String` cannot fail.
    let log = (0..40_000).fold(String::new(), |mut log, line| {
        let _written = write!(log, "line {line} as of {rv}\\n");
        log
    });
    let mut body = format!(
        r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"huge","namespace":"shop","resourceVersion":"{rv}","uid":"uid-4"}},"spec":{{"replicas":{replicas},"items":["#,
    );
    for item in 0..60_000 {
        let weight = if item == 59_998 { rv } else { 1 };
        let _written = write!(
            body,
            r#"{{"name":"item-{item}","weight":{weight},"text":"the item with the number {item}, in a list too long for anybody"}},"#,
        );
    }
    let blob = "0123456789abcdef".repeat(4 << 16);
    let _written = write!(body, r#"{{"name":"last"}}],"blob":"begin {blob}{rv}","log":"{log}"}}}}"#);
    assert!(body.len() > 10 << 20, "{}", body.len());
    body
}

/// Records two versions of the object, with request and response bodies.
fn recording() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "huge");
    for (actor, replicas, rv) in [(OPERATOR, 3, 201), (SCALER, 5, 202)] {
        let body = large(replicas, rv);
        let mut sight = scribe.sight("huge", &body);
        sight.resource_version = rv.to_string().into();
        scribe.operation(actor, Verb::Update, Observations::Object(Box::new(sight)), |operation| {
            operation.request = Some(Text { bytes: body.into_bytes().into(), cut: false });
        });
    }
    scribe.writer.finish().unwrap();
    (folder, file)
}

fn shows(stage: &Headless, words: &str) {
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains(words), "{words:?} is not on\n{screen}");
}

/// Asserts that all documents are within the limits.
fn is_bounded(stage: &Headless) {
    for kind in DocKind::ALL {
        let Some(doc) = &stage.state.details[kind].doc else { continue };
        // A raw document has two bodies: request and response.
        assert!(doc.lines.len() < 2 * MAX_LINES + 100, "{kind:?}: {} lines", doc.lines.len());
        let longest = doc.lines.iter().map(|line| line.line.text.chars().count()).max();
        assert!(longest < Some(2 * MAX_CHARS), "{kind:?}: a line of {longest:?} characters");
    }
}

#[test]
fn an_object_of_ten_megabytes_can_be_viewed_and_exported() {
    let (folder, file) = recording();
    for size in [(80, 24), (200, 60)] {
        let mut stage = stage(&file, size, "dark");
        stage.keys("G V d Z").unwrap();
        shows(&stage, "replicas: 3 → 5");
        shows(&stage, "item-0, item-1, item-2");
        // The changed item comes after 59,998 unchanged ones, of which the first are in a closed fold.
        shows(&stage, "weight: 201 → 202");
        let doc = stage.state.details[DocKind::Diff].doc.clone().unwrap();
        assert!(doc.lines.iter().any(|line| line.line.text.ends_with("further lines, unchanged, are not shown")));
        is_bounded(&stage);
        for keys in ["d s", "G", "g g", "W", "G", "W d s", "z R", "z M", "G"] {
            stage.keys(keys).unwrap();
            stage.glyphs().unwrap();
            is_bounded(&stage);
        }
        stage.keys("V y g g").unwrap();
        shows(&stage, "120,013 further lines are not shown");
        stage.keys("/ n u m b e r Space 2 9 9 9 9 , Enter").unwrap();
        shows(&stage, "the item with the number 29999,");
        stage.keys("/ n o t Space t h e r e Enter").unwrap();
        shows(&stage, "more lines are not shown");
        for keys in ["z M", "z R", "g b", "G", "g b", "V w", "V f", "i", "G", "g g"] {
            stage.keys(keys).unwrap();
            stage.glyphs().unwrap();
            is_bounded(&stage);
        }
        stage.keys("V y").unwrap();
        let extensions: &[&str] = if size.0 == 80 { &["txt", "yaml", "json", "csv"] } else { &["svg"] };
        for extension in extensions {
            let path = folder.path().join(format!("huge.{extension}"));
            stage.keys("e ctrl-u").unwrap();
            stage.text(path.to_str().unwrap());
            stage.keys("Enter").unwrap();
            let (_, message) = stage.state.screen.message.clone().unwrap();
            assert_eq!(message.contains("further lines beyond the limit"), *extension != "svg", "{message}");
            assert!(path.metadata().unwrap().len() < 64 << 20, "{extension}");
        }
    }
}
