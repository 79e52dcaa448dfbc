//! Orders of views: chosen from a menu, shown, and restored.

use kuberewind_tui::headless::Headless;
use kuberewind_tui::memory::Memory;
use kuberewind_tui::view::DocKind;

use crate::recording::{Scribe, fight, shop, stage};

fn shows(stage: &Headless, words: &str) {
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains(words), "{words:?} is not on\n{screen}");
}

/// The kinds and objects of the tree, from the top.
fn tree(stage: &Headless) -> Vec<String> {
    stage.state.objects.entries.iter().map(|entry| format!("{}/{}", entry.kind, entry.name)).collect()
}

#[test]
fn objects_stand_by_name_by_versions_and_by_their_last_change() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("G V o Z").unwrap();
    let names = ["ConfigMap/old-cfg", "ConfigMap/web-cfg", "Deployment/checkout"];
    assert_eq!(tree(&stage), names);
    stage.keys("O v").unwrap();
    assert_eq!(tree(&stage), ["Deployment/checkout", "ConfigMap/old-cfg", "ConfigMap/web-cfg"]);
    shows(&stage, "by versions");
    // At the end, old-cfg has the last change and is first; one step back, web-cfg is first.
    let gone = (1..).find(|number| {
        stage.script(&format!("goto #{number}")).unwrap();
        let row = stage.state.timeline.row(stage.state.index()).unwrap();
        row.verb.as_str() == "delete" || *number > 500
    });
    assert!(gone.is_some_and(|number| number <= 500));
    stage.keys("O c").unwrap();
    assert_eq!(tree(&stage)[0], "ConfigMap/old-cfg");
    stage.keys(",").unwrap();
    assert_eq!(tree(&stage), ["ConfigMap/web-cfg", "ConfigMap/old-cfg", "Deployment/checkout"]);
    stage.keys(".").unwrap();
    assert_eq!(tree(&stage)[0], "ConfigMap/old-cfg", "by steps as by jumps");
    stage.keys("O n").unwrap();
    assert_eq!(tree(&stage), names);
}

#[test]
fn findings_stand_by_severity_by_time_and_by_detector() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("V f Z").unwrap();
    let heads = |stage: &Headless| -> Vec<u64> {
        let doc = stage.state.details[DocKind::Findings].doc.clone().unwrap();
        let cards = doc.lines.iter().filter(|line| line.line.depth == 0 && line.line.fold > 0);
        cards.filter_map(|line| line.kind.target()).map(|seq| seq.0).collect()
    };
    let mut found: Vec<_> = stage.state.findings.found.iter().map(|found| found.finding.clone()).collect();
    let firsts = |found: &[kuberewind_analysis::finding::Finding]| found.iter().map(|one| one.first).collect::<Vec<_>>();
    let worst = firsts(&found);
    assert_eq!(heads(&stage), worst);
    stage.keys("O d").unwrap();
    shows(&stage, "by detector");
    found.sort_by(|one, other| one.detector.cmp(&other.detector));
    assert_eq!(heads(&stage), firsts(&found));
    assert_ne!(worst, firsts(&found), "there is something to order");
    stage.keys("O t").unwrap();
    assert!(heads(&stage).is_sorted());
    // The menu selects the current order.
    stage.keys("O k Enter").unwrap();
    assert_eq!(heads(&stage), worst);
}

#[test]
fn sessions_and_lanes_have_orders_and_the_timeline_has_none() {
    let (_folder, file) = fight(4);
    let mut scribe = Scribe::begin(&file, "a-short-one");
    scribe.fight(1);
    scribe.writer.finish().unwrap();
    let mut stage = stage(&file, (120, 40), "dark");
    let first = |stage: &Headless| stage.state.details[DocKind::Sessions].doc.clone().unwrap().lines[1].line.path.to_string();
    stage.keys("V s").unwrap();
    assert_eq!(first(&stage), "tug-of-war");
    stage.keys("O n").unwrap();
    assert_eq!(first(&stage), "a-short-one");
    stage.keys("O p").unwrap();
    assert_eq!(first(&stage), "tug-of-war");
    stage.script("goto tug-of-war:#20").unwrap();
    stage.keys("V l").unwrap();
    let lanes =
        |stage: &Headless| stage.state.lanes.shown.as_ref().unwrap().names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(lanes(&stage), ["autoscaler/hpa", "shop-operator/checkout"]);
    stage.keys("O t").unwrap();
    assert_eq!(lanes(&stage), ["shop-operator/checkout", "autoscaler/hpa"], "the operator lists first");
    shows(&stage, "actors by time");
    stage.keys("V t O").unwrap();
    shows(&stage, "Timeline has one order only");
    assert!(stage.state.dialogs.layers.is_empty());
}

#[test]
fn an_order_is_found_again_with_the_recording() {
    let (folder, file) = shop();
    let path = folder.path().join("state/recordings/7.json");
    let mut left = stage(&file, (120, 40), "dark");
    left.script("maximise; view-objects; order; keys v; view-findings; order; keys t").unwrap();
    Memory::of(&left.state).write(&path).unwrap();
    let mut again = stage(&file, (120, 40), "dark");
    Memory::read(&path).give_back(&mut again.state, true);
    again.keys("ctrl-l").unwrap();
    assert_eq!(again.state.panes.orders, left.state.panes.orders);
    assert_eq!(again.state.panes.orders.len(), 2);
    shows(&again, "by time");
}

#[test]
fn an_order_is_named_in_a_script_at_the_prompt_and_in_the_palette() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    let names = ["ConfigMap/old-cfg", "ConfigMap/web-cfg", "Deployment/checkout"];
    let versions = ["Deployment/checkout", "ConfigMap/old-cfg", "ConfigMap/web-cfg"];
    stage.script("goto end; view-objects; order versions").unwrap();
    assert_eq!(tree(&stage), versions);
    shows(&stage, "Objects: the most versions first");
    // The command names another view.
    stage.script("view-findings; order objects name; order time").unwrap();
    shows(&stage, "Findings: by their first operation");
    stage.script("view-timeline; order time").unwrap();
    shows(&stage, "Timeline has one order only");
    stage.script("view-objects; order detector").unwrap();
    assert_eq!(tree(&stage), names);
    shows(&stage, "Objects has no order \"detector\"; there are name, change, versions");
    // Tab offers the orders of the focused view first.
    stage.keys(":").unwrap();
    stage.text("order v");
    stage.keys("Tab Enter").unwrap();
    assert_eq!(tree(&stage), versions);
    stage.keys("ctrl-p").unwrap();
    stage.text("order objects name");
    stage.keys("Enter").unwrap();
    assert_eq!(tree(&stage), names);
}
