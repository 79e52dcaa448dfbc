//! The debugger as a dialogue in plain text.

use kuberewind_tui::plain;

use crate::recording::{START, fight, stage};

struct FixedClock;

impl kuberewind_model::Clock for FixedClock {
    fn now(&self) -> kuberewind_model::Timestamp {
        START
    }
}

/// Runs the input lines and returns the output.
fn session(lines: &str) -> String {
    let (_folder, file) = fight(6);
    let mut out = Vec::new();
    plain::run(stage(&file, (160, 60), "mono"), &FixedClock, &mut lines.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn steps_print_the_operation_and_its_changes() {
    let output = session("1 1 G\n,\n\ngd\nq\n");
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines[0], "run.db, session tug-of-war: 41 operations, replay.");
    assert!(lines[1].starts_with("One command per line."), "{output}");
    assert!(
        output.contains(
            "#11 10:13:20.146 autoscaler/hpa update Deployment/checkout in shop, status 200, reconcile 3, rv 104 (of 41)"
        ),
        "{output}"
    );
    assert!(output.contains("Diff of Deployment/shop/checkout rv 103 to 104\n"), "{output}");
    assert!(output.contains("\nchanged .spec.replicas 3 to 5\n"), "{output}");
    assert!(output.contains("more changes are hidden: managedFields, resourceVersion; x shows them"), "{output}");
    // A comma, the same command again by an empty line, then the cause.
    let numbers: Vec<&str> = lines.iter().filter(|line| line.ends_with("(of 41)")).map(|line| &line[..3]).collect();
    assert_eq!(numbers, ["#41", "#11", "#10", "#9 ", "#8 "], "{output}");
}

#[test]
fn the_output_has_no_signs_and_no_escape_sequences() {
    let output = session("V w\nview\nrows\n?\nV y\nview\nM\nEsc\nnext-error\n2]e\n");
    for c in output.chars().filter(|c| !c.is_ascii()) {
        assert!(c.is_alphanumeric(), "{c:?} in\n{output}");
    }
    assert!(!output.contains('\u{1b}'));
    assert!(output.contains("here: #41") && output.contains("Why of ") && output.contains("apiVersion: apps/v1"), "{output}");
    assert!(output.contains(".: next operation, whatever pane has the focus"), "{output}");
    assert!(output.contains("failed"), "{output}");
}

#[test]
fn a_prompt_reads_the_next_line_and_errors_are_printed() {
    let output = session("/\n409\ngt\n#4x\n#12\nnext-wriet\nalt-x\n5 G\n");
    assert!(output.contains("search for:\n"), "{output}");
    assert!(output.contains("status 409, failed"), "{output}");
    assert!(output.contains("names no moment") && output.contains("Try again: go to"), "{output}");
    assert!(output.contains("\n#12 ") && output.contains("did you mean next-write?"), "{output}");
    assert!(output.contains("alt-x does nothing here") && output.contains("\n#5 "), "{output}");
}

#[test]
fn a_note_is_printed_with_its_operation() {
    let output = session("1 1 G\na\nhpa begins\n,\n.\nd i\nO\nV f\nO\nt\nview\n");
    assert!(output.contains("note on this operation:\n") && output.contains("bookmark op-11 set at #11: hpa begins"), "{output}");
    assert!(output.contains("rv 104, note: hpa begins (of 41)"), "{output}");
    assert!(output.contains("lists without a merge key are compared in any order"), "{output}");
    assert!(output.contains("by their first operation"), "the menu is printed: {output}");
    assert!(output.contains("Findings: by their first operation"), "{output}");
}
