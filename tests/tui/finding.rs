//! Filters, search, pickers, the command line, folds, zoom, and jumps by object.

use kuberewind_model::{Duration, Event, LogStream, NewLogLine, Seq, Sink, Verb};
use kuberewind_tui::effect::Effect;
use kuberewind_tui::headless::Headless;
use kuberewind_tui::keys::Key;
use kuberewind_tui::protocol::{Request, Target};
use kuberewind_tui::update::{Msg, Pointer, update};

use crate::recording::{OPERATOR, START, Scribe, fight, stage};

fn at(stage: &Headless) -> u64 {
    stage.state.cursor.0
}

fn walk(stage: &mut Headless, steps: &[(&str, u64)]) {
    for (keys, to) in steps {
        stage.keys(keys).unwrap();
        assert_eq!(at(stage), *to, "after {keys}: {:?}\n{}", stage.state.screen.message, stage.glyphs().unwrap());
    }
}

fn filtered(stage: &mut Headless, filter: &str) {
    stage.keys("f ctrl-u").unwrap();
    stage.text(filter);
    stage.keys("Enter").unwrap();
}

fn shows(stage: &Headless, words: &str) {
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains(words), "{words:?} is not on\n{screen}");
}

fn shows_not(stage: &Headless, words: &str) {
    let screen = stage.glyphs().unwrap();
    assert!(!screen.contains(words), "{words:?} is on\n{screen}");
}

#[test]
fn a_filter_hides_other_operations_and_steps_skip_them() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    filtered(&mut stage, "verb==patch");
    shows(&stage, "filter: verb==patch (6/41)");
    shows_not(&stage, "GET ");
    walk(&mut stage, &[("g g", 8), (".", 15), (",", 8), ("2 .", 21), ("G", 41), ("j", 41), ("g g ,", 0)]);
    // The nearest visible operation, with a message.
    walk(&mut stage, &[("1 4 G", 15)]);
    shows(&stage, "#14 is hidden by the filter");
    walk(&mut stage, &[("g g )", 15), (")", 21), ("(", 15), ("g g ] e", 8)]);
    shows(&stage, "there is none after this one");
    walk(&mut stage, &[(">", 15), ("<", 8)]);
}

#[test]
fn a_filter_is_switched_off_and_on_without_being_lost_and_taken_back() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 4 G").unwrap();
    filtered(&mut stage, "verb==patch");
    assert_eq!(at(&stage), 15, "the nearest that passes");
    stage.keys("&").unwrap();
    assert_eq!(at(&stage), 14, "back where the filter found it");
    shows(&stage, "filter: verb==patch off, & turns it on");
    shows(&stage, "GET ");
    stage.keys("&").unwrap();
    shows(&stage, "filter: verb==patch (6/41)");
    stage.keys("Esc").unwrap();
    shows_not(&stage, "filter:");
    stage.keys("u").unwrap();
    shows(&stage, "filter: verb==patch (6/41)");
    stage.keys("u u").unwrap();
    shows(&stage, "(6/41)");
    stage.keys("u").unwrap();
    shows_not(&stage, "filter:");
    stage.keys("u").unwrap();
    shows(&stage, "nothing to undo");
    stage.keys("ctrl-r").unwrap();
    shows(&stage, "(6/41)");
    stage.keys("4 ctrl-r ctrl-r ctrl-r ctrl-r").unwrap();
    shows(&stage, "nothing to redo");
    shows_not(&stage, "filter:");
}

#[test]
fn a_filter_that_nothing_passes_says_so_and_escape_clears_it() {
    let (_folder, file) = fight(6);
    for size in [(80, 24), (40, 10)] {
        let mut stage = stage(&file, size, "dark");
        filtered(&mut stage, "name == nobody");
        shows(&stage, "0 of 41 match. Esc clears");
        stage.keys(". , G g g ) ] e n").unwrap();
        shows(&stage, "0 of 41 match. Esc clears");
        stage.keys("Esc").unwrap();
        shows_not(&stage, "0 of 41");
        assert_eq!(stage.state.timeline.index.len(), 41);
        assert_eq!(at(&stage), 41, "the cursor is where it was");
    }
}

#[test]
fn a_mistake_is_shown_where_it_is_and_the_last_good_filter_stays() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    filtered(&mut stage, "verb==patch");
    stage.keys("f ctrl-u").unwrap();
    stage.text("verb == get and kin == pod");
    let screen = stage.glyphs().unwrap();
    let (line, caret) = (screen.lines().nth(22).unwrap(), screen.lines().nth(23).unwrap());
    let column = |text: &str, what: &str| text.find(what).unwrap();
    assert_eq!(column(line, "kin =="), column(caret, "^ there is no field `kin`"), "{screen}");
    stage.keys("Enter").unwrap();
    assert_eq!(stage.state.dialogs.layers.len(), 1, "the line stays open");
    shows(&stage, "(6/41)");
    stage.keys("Esc").unwrap();
    shows(&stage, "filter: verb==patch (6/41)");
    // The history of the prompt.
    stage.keys("f ctrl-u Up Enter").unwrap();
    shows(&stage, "filter: verb==patch (6/41)");
    stage.keys("f ctrl-u Enter").unwrap();
    shows_not(&stage, "filter:");
}

#[test]
fn tab_completes_from_the_language_and_from_the_recording() {
    let (_folder, file) = fight(2);
    let mut stage = stage(&file, (80, 24), "dark");
    let mut completed = |typed: &str, tabs: &str| {
        stage.keys("f ctrl-u").unwrap();
        stage.text(typed);
        stage.keys(tabs).unwrap();
        let Some(kuberewind_tui::state::Layer::Prompt(prompt)) = stage.state.dialogs.layers.last() else { panic!("no prompt") };
        let line = prompt.input.value().to_owned();
        stage.keys("Esc").unwrap();
        line
    };
    assert_eq!(completed("ki", "Tab"), "kind");
    assert_eq!(completed("n", "Tab Tab"), "name");
    assert_eq!(completed("kind==", "Tab"), "kind==Deployment");
    assert_eq!(completed("verb == get and actor ~ sh", "Tab Tab"), format!("verb == get and actor ~ {OPERATOR}"));
    assert_eq!(completed("ns in (", "Tab"), "ns in (shop");
    assert_eq!(completed("name:che", "Tab"), "name:checkout");
    assert_eq!(completed("has:l", "Tab"), "has:loop");
    assert_eq!(completed("xyz", "Tab"), "xyz");
}

#[test]
fn only_this_and_not_this_come_from_the_row() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 5 G s").unwrap();
    shows(&stage, "Only this");
    stage.keys("v").unwrap();
    shows(&stage, "filter: verb == patch (6/41)");
    stage.keys("S a").unwrap();
    shows(&stage, "0 of 41 match. Esc clears");
    stage.keys("u s v").unwrap();
    assert_eq!(stage.state.filtering.source(), "verb == patch", "the same condition is not added twice");
    stage.keys("s j Enter").unwrap();
    assert_eq!(stage.state.filtering.source(), "verb == patch and actor == shop-operator/checkout");
    shows(&stage, "(6/41)");
    stage.keys("Esc 1 4 G s c").unwrap();
    shows(&stage, "filter: code == 409 (3/41)");
    stage.keys("s a Tab Esc S r").unwrap();
    stage.keys("Esc 1 4 G s Tab").unwrap();
    stage.keys("Enter").unwrap();
    assert_eq!(stage.state.filtering.source(), "object == Deployment/shop/checkout");
    shows(&stage, "(39/41)");
    // The field at the line of the diff.
    stage.keys("Esc 1 5 G V d ] c s").unwrap();
    shows(&stage, "path ==");
    stage.keys("Esc V t 1 0 G v 5 . s l").unwrap();
    shows(&stage, "filter: n >= 10 and n <= 15 (6/41)");
}

#[test]
fn names_with_anything_in_them_can_be_filtered_by() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "hostile");
    for name in ["a \"b\" and\\ \u{1b}[2J", "数🙂e\u{301}", "\u{202e}x"] {
        let sight = scribe.sight(name, "{}");
        scribe.operation("x\u{9b}y or (", Verb::Get, kuberewind_model::Observations::Object(Box::new(sight)), |_| {});
    }
    scribe.writer.flush().unwrap();
    let mut stage = stage(&file, (80, 24), "dark");
    for row in 1..=3 {
        stage.keys(&format!("{row} G s m")).unwrap();
        shows(&stage, "(1/3)");
        let screen = stage.glyphs().unwrap();
        assert!(!screen.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{screen}");
        stage.keys("Esc S a").unwrap();
        shows(&stage, "0 of 3 match");
        stage.keys("Esc").unwrap();
        for keys in ["o", "ctrl-p", "g j", "s", "f n a m e = = Tab", ": f i l t e r Space n s : Tab"] {
            stage.keys(keys).unwrap();
            let screen = stage.glyphs().unwrap();
            assert!(!screen.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{keys}: {screen}");
            stage.keys("Esc").unwrap();
        }
    }
}

#[test]
fn a_key_is_answered_while_a_filter_runs_and_the_title_says_how_far_it_is() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("g g f").unwrap();
    stage.text("verb==patch");
    // The worker does not reply yet.
    let effects = update(&mut stage.state, Msg::Key(Key::parse("Enter").unwrap()));
    let scans = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Ask(Request::Scan(_)))).count();
    assert_eq!(scans(&effects), 1);
    shows(&stage, "none of 41 so far, scanning 0%");
    shows(&stage, "(0/41) scanning 0%");
    let effects = update(&mut stage.state, Msg::Key(Key::parse("?").unwrap()));
    assert_eq!(scans(&effects), 0, "it is asked for once");
    shows(&stage, "type to filter");
    update(&mut stage.state, Msg::Key(Key::parse("Esc").unwrap()));
    let effects = update(&mut stage.state, Msg::Key(Key::parse("Esc").unwrap()));
    assert!(effects.contains(&Effect::Stop(Target::Filter)), "{effects:?}");
    shows_not(&stage, "scanning");
    assert_eq!(at(&stage), 1);
}

#[test]
fn a_search_counts_its_hits_and_marks_them_in_the_minimap() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("g g /").unwrap();
    stage.text("409");
    stage.keys("Enter").unwrap();
    walk(&mut stage, &[("Esc g g", 1)]);
    stage.keys("/").unwrap();
    stage.text("code >= 400");
    stage.keys("Enter").unwrap();
    assert_eq!(at(&stage), 14);
    shows(&stage, "/code >= 400 1/3");
    let view =
        |stage: &Headless| stage.glyphs().unwrap().lines().find(|line| line.starts_with(" view")).unwrap().matches('•').count();
    assert!(view(&stage) > 0, "{}", stage.glyphs().unwrap());
    walk(&mut stage, &[("n", 24), ("n", 40), ("n", 14)]);
    shows(&stage, "went around the end of the recording");
    walk(&mut stage, &[("N", 40), (".", 41)]);
    shows(&stage, "/code >= 400 3");
    stage.keys("Esc").unwrap();
    assert_eq!((at(&stage), view(&stage)), (41, 0), "the cursor stays");
    // With a filter, the search covers only matching operations.
    filtered(&mut stage, "n < 30");
    stage.keys("/ Up Enter").unwrap();
    shows(&stage, "/2");
}

#[test]
fn a_live_session_is_filtered_as_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "live");
    scribe.fight(3);
    let mut stage = stage(&file, (120, 40), "dark");
    filtered(&mut stage, "verb==patch");
    shows(&stage, "(3/");
    stage.keys("g g").unwrap();
    let here = at(&stage);
    scribe.fight(2);
    stage.tick(START);
    assert_eq!(at(&stage), here);
    shows(&stage, "2 new");
    shows(&stage, "(5/");
    stage.keys("F").unwrap();
    shows(&stage, " LIVE");
    let last = at(&stage);
    assert!(stage.state.timeline.row_of(Seq(last)).is_some_and(|row| row.verb == Verb::Patch));
    scribe.fight(1);
    stage.tick(START);
    assert!(at(&stage) > last, "the cursor stays at the last that passes");
    shows(&stage, "(6/");
    stage.keys(",").unwrap();
    shows(&stage, " PAUSED");
}

#[test]
fn a_loop_is_jumped_to_marked_and_folded_to_one_row() {
    let (_folder, file) = fight(30);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("g g , ] l").unwrap();
    let first = at(&stage);
    assert!(first > 1, "{first}");
    shows(&stage, "rounds");
    shows(&stage, "LLLLL");
    let rows = stage.state.timeline.index.len();
    stage.keys("z a").unwrap();
    assert!(stage.state.timeline.index.len() < rows / 2, "{}", stage.glyphs().unwrap());
    shows(&stage, ".spec.replicas");
    shows(&stage, "loop .spec.replicas");
    stage.keys(", .").unwrap();
    assert_eq!(at(&stage), first, "a fold is one step");
    stage.keys("u").unwrap();
    assert_eq!(stage.state.timeline.index.len(), rows);
    stage.keys("ctrl-r z o").unwrap();
    assert_eq!(stage.state.timeline.index.len(), rows);
    stage.keys("z M").unwrap();
    assert!(stage.state.timeline.index.len() < rows / 2);
    stage.keys("z R G [ l").unwrap();
    assert_eq!(stage.state.timeline.index.len(), rows);
    assert!(!stage.state.findings.loops.all().is_empty());
    filtered(&mut stage, "has:loop");
    let passing = stage.state.timeline.index.passing();
    assert!(passing > 0 && passing < rows, "{passing} of {rows}");
}

#[test]
fn moves_that_look_at_an_object() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    // #11 is a write, #12 is its watch event.
    walk(&mut stage, &[("1 1 G", 11), ("%", 12), ("%", 11), ("1 G %", 1)]);
    shows(&stage, "its counterpart was not recorded");
    walk(&mut stage, &[("1 1 G *", 12), ("3 *", 16), ("#", 15)]);
    // The field at the selected line of the diff: replicas.
    stage.keys("1 1 G V d").unwrap();
    stage.state.details[kuberewind_tui::view::DocKind::Diff].line = 0;
    for _ in 0..12 {
        let detail = &stage.state.details[kuberewind_tui::view::DocKind::Diff];
        if detail.line_at(detail.line).is_some_and(|line| &*line.line.path == "/spec/replicas") {
            break;
        }
        stage.keys("] c").unwrap();
    }
    walk(&mut stage, &[("] f", 15), ("[ f", 11)]);
}

#[test]
fn running_to_an_expression_forwards_and_back() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("3 G c").unwrap();
    stage.text("object.spec.replicas ==");
    shows(&stage, "^");
    stage.text(" 5");
    stage.keys("Enter").unwrap();
    assert_eq!(at(&stage), 5);
    shows(&stage, "becomes true at #5");
    walk(&mut stage, &[("c Up Enter", 11), ("C Up", 11)]);
    stage.text("object.spec.replicas == 5");
    walk(&mut stage, &[("Enter", 5)]);
    stage.keys("c").unwrap();
    stage.text("object.spec.replicas > 99");
    stage.keys("Enter").unwrap();
    shows(&stage, "becomes true nowhere after this");
}

#[test]
fn an_object_is_chosen_by_parts_of_its_name_and_looked_at_before() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "objects");
    scribe.fight(2);
    for number in 0..30 {
        let sight = scribe.sight(&format!("web-{number:02}"), r#"{"spec":{"replicas":7}}"#);
        scribe.operation(OPERATOR, Verb::Get, kuberewind_model::Observations::Object(Box::new(sight)), |_| {});
    }
    scribe.writer.flush().unwrap();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("o").unwrap();
    shows(&stage, "Deployment/shop/web-00");
    stage.text("we17");
    shows(&stage, "Deployment/shop/web-17");
    shows(&stage, "replicas: 7");
    shows_not(&stage, "web-18");
    stage.keys("Enter").unwrap();
    let row = stage.state.timeline.row_of(stage.state.cursor).unwrap();
    assert_eq!(&*row.name, "web-17");
    stage.keys("o").unwrap();
    stage.text("nothing like it");
    shows(&stage, "nothing matches");
    stage.keys("Enter Esc").unwrap();
    assert!(stage.state.dialogs.layers.is_empty());
}

#[test]
fn the_palette_has_every_action_and_the_command_line_its_name() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("g g ctrl-p").unwrap();
    stage.text("next write");
    shows(&stage, "next-write: next write");
    stage.keys("Enter").unwrap();
    assert_eq!(at(&stage), 5);
    for (line, to) in
        [("goto #12", 12), ("next-write", 14), ("2 previous-operation", 12), ("filter verb==patch", 15), ("filter", 12)]
    {
        stage.keys(":").unwrap();
        stage.text(line);
        stage.keys("Enter").unwrap();
        assert_eq!(at(&stage), to, "{line}: {}", stage.glyphs().unwrap());
    }
    stage.keys(":").unwrap();
    stage.text("next-wriet");
    stage.keys("Enter").unwrap();
    shows(&stage, "did you mean next-write?");
    stage.keys("ctrl-u").unwrap();
    stage.text("set ti");
    stage.keys("Tab Tab Tab Enter").unwrap();
    assert_eq!(stage.state.timeline.times, kuberewind_tui::state::TimeStyle::Clock, "{}", stage.glyphs().unwrap());
    stage.keys(": Up Esc g j").unwrap();
    shows(&stage, "Jumps");
    stage.keys("Down Down Enter").unwrap();
    assert_eq!(at(&stage), 5);
}

#[test]
fn a_script_has_the_effect_of_typing() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage
        .script(":goto 5; :filter verb==patch\n-- on to the next one\nkeys . ; set-mark a; search 409; set times clock; wait 1s")
        .unwrap();
    assert_eq!(at(&stage), 15);
    assert_eq!(stage.state.navigation.marks.get(&'a'), Some(&Seq(15)));
    stage.script("search; filter; keys / ; type 409; keys Enter").unwrap();
    assert_eq!(at(&stage), 24);
    assert!(stage.script("frobnicate").is_err());
    stage.script("set nothing").unwrap();
    shows(&stage, "there is no option");
    stage.script("filter kin == pod").unwrap();
    shows(&stage, "cannot be read");
}

#[test]
fn the_possible_next_keys_are_listed_after_a_delay() {
    let (_folder, file) = fight(2);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.tick(START);
    stage.keys("]").unwrap();
    shows_not(&stage, "beginning of the next loop");
    assert!(stage.state.tick().is_some(), "ticks run while keys are pending");
    stage.tick(START.plus(Duration::from_millis(399)));
    shows_not(&stage, "beginning of the next loop");
    stage.tick(START.plus(Duration::from_millis(400)));
    shows(&stage, "beginning of the next loop");
    stage.keys("Esc").unwrap();
    shows_not(&stage, "beginning of the next loop");
    assert_eq!(stage.state.tick(), None);
}

#[test]
fn the_minimap_zooms_around_the_cursor_and_is_scrubbed() {
    let (_folder, file) = fight(30);
    let mut stage = stage(&file, (120, 40), "dark");
    let len = stage.state.snapshot.lineage.len();
    stage.keys("9 0 G +").unwrap();
    shows(&stage, "zoom 1:2");
    let window = stage.state.minimap_window();
    assert!(window.contains(&89) && window.end - window.start == len.div_ceil(2), "{window:?}");
    stage.keys("2 + G").unwrap();
    assert!(stage.state.minimap_window().contains(&(len - 1)), "it goes along with the cursor");
    stage.keys("-").unwrap();
    shows(&stage, "1:4");
    stage.keys("=").unwrap();
    assert_eq!(stage.state.minimap_window(), 0..len);
    stage.keys("u").unwrap();
    assert_ne!(stage.state.minimap_window(), 0..len, "zoom is taken back as well");
    stage.keys("= 1 0 G v 2 9 . z v").unwrap();
    assert_eq!(stage.state.minimap_window(), 9..39);
    stage.keys("Esc =").unwrap();
    stage.send(Msg::Pointer(Pointer::Press { x: 9, y: 1 }));
    assert_eq!(at(&stage), 1);
    stage.send(Msg::Pointer(Pointer::Drag { x: 118, y: 2 }));
    assert!(at(&stage) > len - 4);
    stage.send(Msg::Pointer(Pointer::Wheel { x: 60, y: 2, up: true }));
    assert!(stage.state.minimap.zoom.is_some());
    stage.send(Msg::Pointer(Pointer::Wheel { x: 60, y: 2, up: false }));
    assert!(stage.state.minimap.zoom.is_none());
}

#[test]
fn log_lines_stand_between_the_operations() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "logs");
    for number in 0..40 {
        scribe.shows(OPERATOR, Verb::Get, 3, None);
        let text = if number == 20 { "cannot reach \u{1b}[31m the moon".to_owned() } else { format!("line {number}") };
        for level in ["info", "error"] {
            let line =
                NewLogLine { at: START, stream: LogStream::Stderr, level: level.into(), span: None, text: text.as_str().into() };
            scribe.writer.take(Event::Log(line)).unwrap();
        }
    }
    scribe.writer.flush().unwrap();
    let mut stage = stage(&file, (80, 24), "dark");
    shows_not(&stage, "line 39");
    stage.keys("z l").unwrap();
    shows(&stage, "line 38");
    for step in 1..40 {
        stage.keys(",").unwrap();
        let screen = stage.glyphs().unwrap();
        let number = format!("#{} ", 40 - step);
        assert!(screen.lines().any(|line| line.contains('▶') && line.contains(&number)), "the cursor is seen:\n{screen}");
        assert!(!screen.contains('\u{1b}'));
    }
    filtered(&mut stage, "log ~ moon");
    shows(&stage, "(1/40)");
    assert_eq!(at(&stage), 21);
}

#[test]
fn four_time_styles_and_pinned_objects() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("1 2 G t").unwrap();
    shows(&stage, "10:13:20.156");
    stage.keys("t").unwrap();
    shows(&stage, "+0.010s");
    stage.keys("t 1 0 G m a 1 2 G T").unwrap();
    shows(&stage, "times since mark a");
    shows(&stage, "+0.028s");
    stage.keys("T p").unwrap();
    shows(&stage, "is pinned: its rows are marked");
    shows(&stage, "⚑deploy/checkout");
    stage.keys("p").unwrap();
    shows_not(&stage, "⚑");
}

#[test]
fn a_range_is_copied() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("1 0 G v 2 . y y").unwrap();
    assert_eq!(stage.copied[0].lines().count(), 3, "{:?}", stage.copied);
    shows(&stage, "range #10 to #12");
    stage.keys("Esc").unwrap();
    assert_eq!(stage.state.timeline.selection, None);
    filtered(&mut stage, "verb==patch");
    stage.keys("y l").unwrap();
    assert!(stage.copied[1].contains("--filter 'verb==patch'"), "{:?}", stage.copied);
}

#[test]
fn the_rows_of_a_reconcile_have_a_bracket() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("1 4 G").unwrap();
    for part in ["┌#13", "├#14", "└#15"] {
        shows(&stage, part);
    }
    stage.state.screen.ascii = true;
    for part in ["/#13", "+#14", "\\#15"] {
        shows(&stage, part);
    }
}
