//! Diff and state documents: their bases, display options, and authors.

use kuberewind_tui::view::DocKind;

use crate::recording::{fight, stage};

#[test]
fn old_and_new_stand_side_by_side_and_back() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 2 G alt-2 Z d s").unwrap();
    let screen = stage.glyphs().unwrap();
    let row = screen.lines().find(|line| line.contains("replicas: 3")).unwrap();
    assert!(row.contains("-   replicas: 3 ") && row.contains("│+   replicas: 5"), "{screen}");
    let value = screen.lines().find(|line| line.contains("round-103")).unwrap();
    assert!(value.contains("round-104"), "old and new values are side by side: {screen}");
    stage.keys("d s").unwrap();
    assert!(stage.glyphs().unwrap().contains("replicas: 3 → 5"), "{}", stage.glyphs().unwrap());
}

#[test]
fn a_diff_against_a_mark_and_against_the_view_of_the_actor() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("8 G m a 1 8 G d m a Z").unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("'a #8: rv 103 → 106"), "{screen}");
    assert!(screen.contains("replicas: 3 → 5"), "{screen}");
    // #14 was refused: the checkout operator knew rv 104, which was the newest version.
    stage.keys("1 1 G d v").unwrap();
    assert!(stage.glyphs().unwrap().contains("as hpa saw it: rv 103 → 104"), "{}", stage.glyphs().unwrap());
    stage.keys("d d").unwrap();
    assert!(!stage.glyphs().unwrap().contains("saw it"), "{}", stage.glyphs().unwrap());
    stage.keys("d m z").unwrap();
    assert!(stage.glyphs().unwrap().contains("there is no such mark"), "{}", stage.glyphs().unwrap());
}

#[test]
fn long_lines_go_on_below_and_the_line_stays_on_the_screen() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (60, 24), "dark");
    stage.keys("1 2 G V d W ] c ] c").unwrap();
    for beside in [false, true] {
        let screen = stage.glyphs().unwrap();
        let detail: String = screen.lines().skip_while(|line| !line.contains("[Diff]")).collect();
        let letters: String = detail.chars().filter(|c| c.is_alphanumeric()).collect();
        let wanted = if beside { "value: round-103 value: round-104" } else { "round104ofthelongfightoverreplicas" };
        let wanted: String = wanted.chars().filter(|c| c.is_alphanumeric()).collect();
        assert!(letters.contains(&wanted), "beside {beside}: {screen}");
        stage.keys("d s").unwrap();
    }
}

#[test]
fn each_line_names_its_writer_and_leads_to_it() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 2 G g b").unwrap();
    let screen = stage.glyphs().unwrap();
    let row = screen.lines().find(|line| line.contains("replicas: 3 → 5")).unwrap();
    assert!(row.contains("hpa #11 guess"), "{screen}");
    stage.keys("V d ] c").unwrap();
    while !stage.state.details[DocKind::Diff].here().unwrap().line.text.contains("replicas: 3") {
        stage.keys("k").unwrap();
    }
    stage.keys("Enter").unwrap();
    assert_eq!(stage.state.cursor.0, 11, "{:?}", stage.state.screen.message);
    assert!(stage.state.screen.message.as_ref().unwrap().1.contains("guess"), "{:?}", stage.state.screen.message);
}

#[test]
fn parents_stay_visible_and_the_path_is_shown() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 2 G V y z R G k k k").unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains(" .status."), "the path at the line: {screen}");
    let rows: Vec<&str> = screen.lines().skip_while(|line| !line.contains("[State]")).skip(1).take(3).collect();
    let stay = ["- name: web", "ports:", "- containerPort"];
    assert!(stay.iter().zip(&rows).all(|(parent, row)| row.contains(parent)), "the parents stay: {screen}");
}
