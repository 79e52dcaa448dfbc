//! Keys in, screen out.

use kuberewind_file::{OpenOptions, Recording};
use kuberewind_model::{Duration, Notes, Seq, Sink};
use kuberewind_tui::headless::Headless;
use kuberewind_tui::view::DocKind;

use crate::recording::{OPERATOR, START, Scribe, fight, open, stage};

fn at(stage: &Headless) -> u64 {
    stage.state.cursor.0
}

/// Keys and the operation at which the cursor arrives.
fn walk(stage: &mut Headless, steps: &[(&str, u64)]) {
    for (keys, to) in steps {
        stage.keys(keys).unwrap();
        assert_eq!(at(stage), *to, "after {keys}: {:?}", stage.state.screen.message);
    }
}

#[test]
fn the_cursor_goes_where_the_keys_say() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    walk(
        &mut stage,
        &[
            ("g g", 1),
            (".", 2),
            ("j", 3),
            ("1 0 .", 13),
            (",", 12),
            ("k", 11),
            ("1 2 G", 12),
            (")", 14),
            ("(", 11),
            ("g g 2 ]  e", 24),
            ("[ e", 14),
            ("}", 17),
            ("{", 13),
            ("> >", 16),
            ("<", 15),
            ("G", 41),
            (".", 41),
            ("Home ,", 0),
            ("] g", 0),
            ("End", 41),
            ("ctrl-u", 37),
            ("ctrl-d", 41),
            ("PgUp", 34),
            ("PgDn", 41),
            ("Down", 41),
            ("Up", 40),
        ],
    );
}

#[test]
fn keys_that_need_the_recording_come_out_in_the_order_they_were_typed() {
    use kuberewind_tui::effect::Effect;
    use kuberewind_tui::keys::Key;
    use kuberewind_tui::protocol::{Reply, Request};
    use kuberewind_tui::update::{Msg, update};

    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("g g").unwrap();
    // Keys typed faster than the worker replies: no move before the reply, then all moves in order.
    let mut asked = Vec::new();
    for key in [")", ")", ".", ")"] {
        asked.extend(update(&mut stage.state, Msg::Key(Key::parse(key).unwrap())));
    }
    let steps = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::Ask(Request::Step { .. }))).count();
    assert_eq!((steps(&asked), at(&stage)), (1, 1));
    let generation = stage.state.requests.awaited.unwrap();
    stage.send(Msg::Reply(Box::new(Reply::Moved { generation, to: Some(Seq(5)) })));
    assert_eq!(at(&stage), 11, ") to #5, ) to #8, . to #9, ) to #11");
    stage.send(Msg::Reply(Box::new(Reply::Moved { generation, to: Some(Seq(5)) })));
    assert_eq!(at(&stage), 11, "an outdated reply does not move the cursor");
}

#[test]
fn from_a_delivery_to_its_cause_and_back_by_the_list_of_jumps() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 40), "dark");
    walk(
        &mut stage,
        &[("1 2 G", 12), ("g d", 11), ("g d", 9), ("g e", 10), ("ctrl-o", 9), ("alt-Left", 11), ("alt-Right", 9), ("' '", 11)],
    );
    // #11 hpa UPDATE: last saw …, a reconcile, its evidence, and the watch event #9.
    stage.keys("V w 4 j Enter").unwrap();
    assert_eq!(at(&stage), 9, "Enter on a line of the causes goes there: {}", stage.glyphs().unwrap());
}

#[test]
fn a_diff_shows_changes_and_counts_hidden_ones() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (120, 80), "dark");
    stage.keys("1 1 G").unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("replicas: 3 → 5") && screen.contains("2 hidden"), "{screen}");
    assert!(!screen.contains("managedFields:"), "{screen}");
    stage.keys("x").unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("managedFields:") && !screen.contains("2 hidden"), "{screen}");
}

#[test]
fn a_refused_write_says_so_in_words() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "mono");
    stage.keys("g g ] e").unwrap();
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("refused with 409: the object has been modified"), "{screen}");
    assert!(screen.contains("✖├#14"), "{screen}");
}

#[test]
fn folds_open_and_close() {
    let (_folder, file) = fight(2);
    let mut stage = stage(&file, (80, 40), "dark");
    stage.keys("8 G V y").unwrap();
    let lines = |stage: &Headless| stage.state.details[DocKind::State].visible.len();
    let whole = lines(&stage);
    stage.keys("z M").unwrap();
    assert_eq!(lines(&stage), 5, "apiVersion, kind, metadata, spec, status: {}", stage.glyphs().unwrap());
    stage.keys("g g 3 j z a").unwrap();
    assert!(lines(&stage) > 5);
    stage.keys("z c").unwrap();
    assert_eq!(lines(&stage), 5);
    stage.keys("z o z R").unwrap();
    assert!(lines(&stage) >= whole);
}

#[test]
fn bookmarks_are_kept_with_the_recording_and_listed() {
    let (_folder, file) = fight(3);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("5 G b 1 0 G B").unwrap();
    stage.text("stuck the first conflict");
    stage.keys("Enter").unwrap();
    let kept = Recording::open(&file, &OpenOptions::default()).unwrap().bookmarks().unwrap();
    let bookmarks: Vec<_> = kept.iter().map(|bookmark| (bookmark.name.as_str(), bookmark.at.0, bookmark.note.as_str())).collect();
    assert_eq!(bookmarks, [("op-5", 5, ""), ("stuck", 10, "the first conflict")]);
    walk(&mut stage, &[("g g ] b", 5), ("] b", 10), ("[ b", 5), ("m z G ' z", 5), ("M j Enter", 10)]);
    stage.keys("5 G b").unwrap();
    assert_eq!(stage.state.snapshot.bookmarks.len(), 1, "b on a bookmark removes it");
    stage.keys("B").unwrap();
    stage.text("50%");
    stage.keys("Enter").unwrap();
    assert!(stage.glyphs().unwrap().contains("reads as another form of moment"));
}

#[test]
fn a_search_wraps_and_reports_no_match() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("g g /").unwrap();
    stage.text("CONFLICT|409");
    stage.keys("Enter").unwrap();
    assert!(stage.glyphs().unwrap().contains("nothing matches"), "{}", stage.glyphs().unwrap());
    stage.keys("/").unwrap();
    stage.text(" 409 ");
    stage.keys("Enter").unwrap();
    walk(&mut stage, &[("g g n", 14), ("n", 24), ("n", 40), ("n", 14), ("N", 40)]);
    stage.keys("/ Up Up Enter").unwrap();
    assert_eq!(stage.state.search.pattern, "CONFLICT|409");
}

#[test]
fn every_form_of_moment_is_gone_to() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    for (moment, to) in [("#12", 12), ("50%", 21), ("start", 0), ("rv:104", 11), ("10:13:20.2", 15), ("end", 41), ("-0.1s", 32)] {
        stage.keys("g t").unwrap();
        stage.text(moment);
        stage.keys("Enter").unwrap();
        assert_eq!(at(&stage), to, "{moment}");
    }
    stage.keys("g t").unwrap();
    stage.text("#4x");
    stage.keys("Enter").unwrap();
    assert!(stage.glyphs().unwrap().contains("names no moment"));
    stage.keys("Esc").unwrap();
    assert!(stage.state.dialogs.layers.is_empty());
}

#[test]
fn a_tail_follows_and_says_how_much_is_new_while_one_looks_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "live");
    scribe.fight(2);
    let mut stage = stage(&file, (80, 24), "dark");
    let end = at(&stage);
    stage.keys("F").unwrap();
    assert!(stage.glyphs().unwrap().contains(" LIVE\n"));
    scribe.fight(1);
    stage.tick(START);
    assert!(at(&stage) > end, "the cursor stays at the end");
    stage.keys(",").unwrap();
    assert!(stage.glyphs().unwrap().contains(" PAUSED\n"));
    let here = at(&stage);
    scribe.shows(OPERATOR, kuberewind_model::Verb::Get, 3, None);
    kuberewind_model::Sink::flush(&mut scribe.writer).unwrap();
    stage.tick(START);
    assert_eq!(at(&stage), here);
    assert!(stage.glyphs().unwrap().contains("1 new"), "{}", stage.glyphs().unwrap());
    stage.keys("F").unwrap();
    assert_eq!((at(&stage), stage.state.playback.unseen), (here + 2, 0));
}

#[test]
fn a_session_that_ends_while_it_is_followed_is_live_no_more() {
    for (clean, said) in [(true, "the session has ended"), (false, "ended uncleanly: its recorder is gone")] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.db");
        let mut scribe = Scribe::begin(&file, "live");
        scribe.fight(2);
        let mut stage = stage(&file, (80, 24), "dark");
        stage.keys("F").unwrap();
        assert!(stage.glyphs().unwrap().contains(" LIVE\n"));
        scribe.fight(1);
        let last = scribe.writer.last();
        // A killed process does not write the end of its session.
        if clean {
            scribe.writer.finish().unwrap();
        } else {
            drop(scribe);
        }
        stage.tick(START);
        let screen = stage.glyphs().unwrap();
        assert!(screen.contains(" REPLAY\n") && screen.contains(said), "{screen}");
        assert_eq!(at(&stage), last.0, "operations from before the crash are there");
        assert!(!stage.state.playback.follow);
    }
}

#[test]
fn a_finding_appears_in_pane_and_badge_while_the_session_grows() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "live");
    scribe.fight(1);
    let mut stage = stage(&file, (120, 40), "dark");
    // The badge is right of the frame and the cursor.
    let badges = |stage: &Headless| stage.glyphs().unwrap().lines().filter(|line| line.chars().nth(2) == Some('L')).count();
    stage.keys("F V f").unwrap();
    assert!(stage.glyphs().unwrap().contains(" 0 findings"), "{}", stage.glyphs().unwrap());
    assert_eq!(badges(&stage), 0);
    let mut rounds = 1;
    while stage.state.findings.loops.all().is_empty() {
        scribe.fight(1);
        rounds += 1;
        assert!(rounds < 30, "thirty rounds are a loop");
        stage.tick(START);
        assert_eq!(at(&stage), scribe.writer.last().0, "the cursor follows");
    }
    let screen = stage.glyphs().unwrap();
    assert!(screen.contains("Vf lists") && screen.contains(".spec.replicas") && screen.contains("two-writers"), "{screen}");
    assert!(badges(&stage) > 0, "{screen}");
    // The session continues, and new operations belong to the loop.
    let last = stage.state.findings.loops.all()[0].last;
    scribe.fight(3);
    stage.tick(START);
    assert!(stage.state.findings.loops.all()[0].last > last);
    assert_eq!(stage.state.findings.until, Some(scribe.writer.last()));
}

#[test]
fn every_row_of_a_loop_has_its_badge_not_only_those_that_prove_it() {
    let (_folder, file) = fight(200);
    let mut stage = stage(&file, (120, 40), "dark");
    let middle = stage.state.snapshot.lineage.len() / 2;
    stage.keys(&format!("{} G", middle.to_string().chars().map(|c| format!("{c} ")).collect::<String>())).unwrap();
    let screen = stage.glyphs().unwrap();
    let rows: Vec<&str> = screen.lines().filter(|line| line.contains("deploy/checkout") && line.contains(" #")).collect();
    assert!(rows.len() > 5, "{screen}");
    let proven = |number: u64| stage.state.findings.loops.is_evidence(Seq(number));
    assert!(!(middle - 3..middle + 3).any(proven), "a long loop rests on its first and last operations");
    let row = |number: u64| stage.state.timeline.row_of(Seq(number)).unwrap();
    for number in middle - 3..middle + 3 {
        assert!(stage.state.findings.loops.holds(row(number)), "#{number}:\n{screen}");
        let line = screen.lines().find(|line| line.contains(&format!("#{number} "))).unwrap();
        assert!(matches!(line.chars().nth(2), Some('L' | '✖')), "{line}");
    }
    let foreign = kuberewind_tui::row::Row { actor: "kubectl".into(), ..row(middle).clone() };
    assert!(!stage.state.findings.loops.holds(&foreign), "who takes no part in it has no badge");
}

#[test]
fn the_order_of_lists_without_a_key_is_ignored_on_demand_and_it_says_so() {
    use kuberewind_model::{Observations, Verb};

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "lists");
    for args in [r#"["-v","-a","-x"]"#, r#"["-x","-v","-a"]"#, r#"["-a","-v"]"#] {
        let body = format!(r#"{{"spec":{{"args":{args},"hosts":[["a","b"]]}}}}"#);
        let sight = scribe.sight("web", &body);
        scribe.operation(OPERATOR, Verb::Update, Observations::Object(Box::new(sight)), |_| {});
        // A different version each time.
        scribe.config_map("beside", Verb::Update, kuberewind_model::ObservationKind::State);
    }
    kuberewind_model::Sink::flush(&mut scribe.writer).unwrap();
    let mut stage = stage(&file, (100, 40), "dark");
    let shows = |stage: &Headless, words: &str| {
        let screen = stage.glyphs().unwrap();
        assert!(screen.contains(words), "{words:?} is not on\n{screen}");
    };
    stage.keys("3 G V d Z").unwrap();
    assert_eq!(stage.state.details[DocKind::Diff].doc.as_ref().unwrap().changes, 2, "one went, one came");
    stage.keys("d i").unwrap();
    shows(&stage, "the order of lists without a merge key is ignored: 1 list has another one");
    shows(&stage, "no change but the order of lists");
    stage.keys("5 G").unwrap();
    shows(&stage, "-   - -x");
    assert_eq!(stage.state.details[DocKind::Diff].doc.as_ref().unwrap().changes, 1);
    stage.script("ignore-order").unwrap();
    shows(&stage, "a different order of a list is a change");
    assert!(!stage.glyphs().unwrap().contains("is ignored"));
}

#[test]
fn time_plays_at_the_pace_of_the_recording() {
    let (_folder, file) = fight(6);
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys("g g Space").unwrap();
    // #2 is 14 ms after #1, #3 is 15 ms after #2.
    for (millis, to) in [(0, 1), (13, 1), (14, 2), (28, 2), (29, 3)] {
        stage.tick(START.plus(Duration::from_millis(millis)).minus(START.since(kuberewind_model::Timestamp(0))));
        assert_eq!(at(&stage), to, "after {millis} ms");
    }
    stage.keys("Space").unwrap();
    assert!(stage.state.playback.play.is_none());
}

#[test]
fn names_that_a_terminal_would_obey_are_shown_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "hostile");
    let sight =
        scribe.sight("a\u{1b}[2Jb\u{202e}c数🙂e\u{301}", r#"{"metadata":{"name":"\u001b[31mred"},"\u0007":[["\u202e"]]}"#);
    scribe.operation("x\u{9b}y", kuberewind_model::Verb::Get, kuberewind_model::Observations::Object(Box::new(sight)), |_| {});
    kuberewind_model::Sink::flush(&mut scribe.writer).unwrap();
    for size in [(80, 24), (120, 40), (41, 11)] {
        let mut stage = stage(&file, size, "dark");
        for keys in ["G", "V y", "V w", "Z"] {
            stage.keys(keys).unwrap();
            let screen = stage.glyphs().unwrap();
            assert!(!screen.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')), "{screen}");
        }
    }
}

#[test]
fn a_deeply_nested_or_invalid_body_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let mut scribe = Scribe::begin(&file, "odd");
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    for (name, body) in [("deep", deep.as_str()), ("broken", "{\"a\":")] {
        let sight = scribe.sight(name, body);
        scribe.operation(OPERATOR, kuberewind_model::Verb::Get, kuberewind_model::Observations::Object(Box::new(sight)), |_| {});
    }
    kuberewind_model::Sink::flush(&mut scribe.writer).unwrap();
    let mut stage = stage(&file, (100, 30), "dark");
    stage.keys("g g V y").unwrap();
    assert!(stage.glyphs().unwrap().contains("deeper than 127"), "{}", stage.glyphs().unwrap());
    stage.keys(".").unwrap();
    assert!(stage.glyphs().unwrap().contains("not JSON"), "{}", stage.glyphs().unwrap());
}

#[test]
fn an_empty_session_opens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    Scribe::begin(&file, "empty").writer.finish().unwrap();
    assert_eq!(open(&file).cursor(), Seq(0));
    let mut stage = stage(&file, (80, 24), "dark");
    stage.keys(". , G g g ) / n ] b b J K z a Z").unwrap();
    assert!(stage.glyphs().unwrap().contains("before the first operation") || stage.state.dialogs.layers.len() == 1);
}
