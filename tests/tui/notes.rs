//! Notes on operations: written at a prompt, stored as bookmarks, shown in rows and lists.

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Notes, Verb};
use kuberewind_session::OpenRecording;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::state::{Layer, Purpose};
use kuberewind_tui::theme::{Depth, Theme};

use crate::recording::{OPERATOR, Scribe, fight, stage};

fn write(stage: &mut Headless, note: &str) {
    stage.keys("a ctrl-u").unwrap();
    stage.text(note);
    stage.keys("Enter").unwrap();
}

/// Name, operation and note of every bookmark, read through a second connection.
fn kept(file: &std::path::Path, options: &OpenOptions) -> Vec<(String, u64, String)> {
    let all = Recording::open(file, options).unwrap().bookmarks().unwrap();
    all.into_iter().map(|bookmark| (bookmark.name, bookmark.at.0, bookmark.note)).collect()
}

fn one(name: &str, at: u64, note: &str) -> Vec<(String, u64, String)> {
    vec![(name.to_owned(), at, note.to_owned())]
}

/// The line of the screen with an operation's row.
fn line(stage: &Headless, number: &str) -> String {
    let screen = stage.glyphs().unwrap();
    screen.lines().find(|line| line.contains(number)).unwrap_or_default().to_owned()
}

#[test]
fn a_note_is_kept_shown_in_its_row_listed_changed_and_taken_back() {
    let (_folder, file) = fight(3);
    let here = OpenOptions::default();
    let mut stage = stage(&file, (100, 30), "dark");
    stage.keys("1 1 G").unwrap();
    write(&mut stage, "hpa begins");
    assert_eq!(kept(&file, &here), one("op-11", 11, "hpa begins"));
    assert!(line(&stage, "#11 ").contains("✎ hpa begins"), "{}", stage.glyphs().unwrap());
    stage.keys(", ,").unwrap();
    assert!(line(&stage, "#11 ").contains("✎ #11"), "{}", line(&stage, "#11 "));
    for keys in ["V f Z G", "A"] {
        stage.keys(keys).unwrap();
        assert!(line(&stage, "op-11").contains("hpa begins"), "after {keys}: {}", stage.glyphs().unwrap());
    }
    // From the list to the operation; the prompt contains the note, which is extended.
    stage.keys("Enter Z a").unwrap();
    stage.text(" its fight");
    stage.keys("Enter").unwrap();
    assert_eq!(kept(&file, &here), one("op-11", 11, "hpa begins its fight"));
    write(&mut stage, "");
    assert_eq!(kept(&file, &here), []);
    assert!(!line(&stage, "#11 ").contains('✎'));
}

#[test]
fn a_named_bookmark_keeps_its_name_and_loses_only_its_note() {
    let (_folder, file) = fight(3);
    let here = OpenOptions::default();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("9 G B").unwrap();
    stage.text("stuck here it stops");
    stage.keys("Enter").unwrap();
    write(&mut stage, "here it stops for good");
    assert_eq!(kept(&file, &here), one("stuck", 9, "here it stops for good"));
    write(&mut stage, "");
    assert_eq!(kept(&file, &here), one("stuck", 9, ""));
    // Before the first operation there is nothing to note.
    stage.keys("g g , a").unwrap();
    assert!(stage.state.dialogs.layers.is_empty() && stage.glyphs().unwrap().contains("there is no operation here"));
}

#[test]
fn the_command_line_and_the_palette_lead_to_the_same_prompt() {
    let (_folder, file) = fight(3);
    for keys in ["a", ": n o t e Enter", "ctrl-p n o t e : Enter"] {
        let mut stage = stage(&file, (120, 40), "dark");
        stage.keys("5 G").unwrap();
        stage.keys(keys).unwrap();
        let asked = stage.state.dialogs.layers.last().is_some_and(|layer| match layer {
            Layer::Prompt(prompt) => prompt.purpose == Purpose::Note,
            _ => false,
        });
        assert!(asked, "after {keys}: {}", stage.glyphs().unwrap());
    }
}

#[test]
fn of_a_recording_that_is_being_written_the_note_lies_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "live");
    scribe.fight(2);
    let beside = OpenOptions { state: Some(folder.path().join("state")), cache: None };
    let source = Box::new(Recording::open(&file, &beside).unwrap());
    let theme = Theme::load("dark", Depth::True).unwrap();
    let mut stage = Headless::open(OpenRecording::new(source, None).unwrap(), "run.db", (120, 40), theme).unwrap();
    stage.keys("5 G").unwrap();
    write(&mut stage, "seen while it ran");
    scribe.shows(OPERATOR, Verb::Get, 3, None);
    scribe.writer.finish().unwrap();
    assert_eq!(kept(&file, &OpenOptions::default()), [], "the writer alone writes the recording");
    assert_eq!(kept(&file, &beside), one("op-5", 5, "seen while it ran"));
}

#[test]
fn notes_of_sessions_with_equal_numbers_are_separate() {
    let (_folder, file) = fight(2);
    let mut scribe = Scribe::begin(&file, "second");
    scribe.fight(1);
    scribe.writer.finish().unwrap();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.script("goto tug-of-war:#5").unwrap();
    write(&mut stage, "of the first");
    stage.script("goto second:#5").unwrap();
    write(&mut stage, "of the second");
    let notes: Vec<String> =
        kept(&file, &OpenOptions::default()).into_iter().map(|(name, _, note)| name + ": " + &note).collect();
    assert_eq!(notes, ["op-5: of the first", "op-5-2: of the second"]);
    let here: Vec<_> = stage.state.bookmarked().filter_map(|at| stage.state.bookmark_at(at)).collect();
    assert_eq!(here.iter().map(|bookmark| bookmark.note.as_str()).collect::<Vec<_>>(), ["of the second"]);
}

#[test]
fn a_long_note_is_shown_in_full_at_the_selected_row() {
    let (_folder, file) = fight(3);
    let mut stage = stage(&file, (80, 24), "dark");
    let said = "the autoscaler takes the field here although the shop's owner has set it in an annotation, and both are right";
    stage.keys("1 1 G").unwrap();
    write(&mut stage, said);
    stage.keys("1 2 G").unwrap();
    write(&mut stage, "short");
    let words = |stage: &Headless| {
        let screen = stage.glyphs().unwrap();
        // Without frames and line breaks.
        screen.replace(['│', '▶', '╰', '╮', '╭', '╯', '─'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (keys, shown) in [("A g g", true), ("j", false), ("k", true), ("Esc 1 1 G V f W Z G", true)] {
        stage.keys(keys).unwrap();
        assert_eq!(words(&stage).contains(said), shown, "after {keys}:\n{}", stage.glyphs().unwrap());
    }
}
