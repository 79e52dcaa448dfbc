//! The debugger without a screen: lines in, text out.

use kuberewind::tui::plain;

use crate::recording::{START, fight, stage};

/// A fixed clock.
struct Still;

impl kuberewind_model::Clock for Still {
    fn now(&self) -> kuberewind_model::Timestamp {
        START
    }
}

fn session(lines: &str) -> String {
    let (_folder, file) = fight(6);
    let mut out = Vec::new();
    plain::run(stage(&file, (160, 60), "mono"), &Still, &mut lines.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn stepping_says_what_happened_and_what_changed() {
    let said = session("1 1 G\n,\n\ngd\nq\n");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "run.db, session tug-of-war: 41 operations, replay.");
    assert!(lines[1].starts_with("One command to a line."), "{said}");
    assert!(
        said.contains(
            "#11 10:13:20.146 autoscaler/hpa update Deployment/checkout in shop, status 200, reconcile 3, rv 104 (of 41)"
        ),
        "{said}"
    );
    assert!(said.contains("Diff of Deployment/shop/checkout rv 103 to 104\n"), "{said}");
    assert!(said.contains("\nchanged .spec.replicas 3 to 5\n"), "{said}");
    assert!(said.contains("more changes are hidden: managedFields, resourceVersion; x shows them"), "{said}");
    // A comma, the same again with an empty line, and from there to the cause.
    let places: Vec<&str> = lines.iter().filter(|line| line.ends_with("(of 41)")).map(|line| &line[..3]).collect();
    assert_eq!(places, ["#41", "#11", "#10", "#9 ", "#8 "], "{said}");
}

#[test]
fn nothing_comes_out_that_is_not_words() {
    let said = session("V w\nview\nrows\n?\nV y\nview\nM\nEsc\nnext-error\n2]e\n");
    for c in said.chars().filter(|c| !c.is_ascii()) {
        assert!(c.is_alphanumeric(), "{c:?} in\n{said}");
    }
    assert!(!said.contains('\u{1b}'));
    assert!(said.contains("here: #41") && said.contains("Why of ") && said.contains("apiVersion: apps/v1"), "{said}");
    assert!(said.contains(".: next operation, whatever pane has the focus"), "{said}");
    assert!(said.contains("failed"), "{said}");
}

#[test]
fn prompts_take_the_next_line_and_mistakes_are_told() {
    let said = session("/\n409\ngt\n#4x\n#12\nnext-wriet\nalt-x\n5 G\n");
    assert!(said.contains("search for:\n"), "{said}");
    assert!(said.contains("status 409, failed"), "{said}");
    assert!(said.contains("names no moment") && said.contains("Once more: go to"), "{said}");
    assert!(said.contains("\n#12 ") && said.contains("did you mean next-write?"), "{said}");
    assert!(said.contains("alt-x does nothing here") && said.contains("\n#5 "), "{said}");
}

#[test]
fn a_note_is_written_by_a_line_and_read_out_with_its_operation() {
    let said = session("1 1 G\na\nhpa begins\n,\n.\nd i\nO\nV f\nO\nt\nview\n");
    assert!(said.contains("note on this operation:\n") && said.contains("bookmark op-11 set at #11: hpa begins"), "{said}");
    assert!(said.contains("rv 104, note: hpa begins (of 41)"), "{said}");
    assert!(said.contains("lists without a merge key are compared in any order"), "{said}");
    assert!(said.contains("by their first operation"), "the menu is read out: {said}");
    assert!(said.contains("Findings: by their first operation"), "{said}");
}
