//! The mouse in the lanes.

use kuberewind_tui::headless::Headless;
use kuberewind_tui::layout::Area;
use kuberewind_tui::update::{Msg, Pointer};
use kuberewind_tui::view::Pane;

use crate::recording::{shop, stage};

fn inner(stage: &Headless) -> Area {
    stage.state.layout().inner(Pane::Lanes).unwrap()
}

/// The cells of the lanes that show a write, from left to right.
fn writes(stage: &Headless) -> Vec<(u16, u16)> {
    let (screen, area) = (stage.screen().unwrap(), inner(stage));
    let cells = (area.x..area.x + area.w).flat_map(|x| (area.y..area.y + area.h).map(move |y| (x, y)));
    cells.filter(|place| screen.cell(*place).is_some_and(|cell| cell.symbol() == "◆")).collect()
}

fn press(stage: &mut Headless, (x, y): (u16, u16)) {
    stage.send(Msg::Pointer(Pointer::Press { x, y }));
}

#[test]
fn a_click_goes_to_the_operation_under_the_pointer_and_nothing_moves_away() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("4 0 G V l Z").unwrap();
    let places = writes(&stage);
    assert!(places.len() > 4, "{}", stage.glyphs().unwrap());
    for place in [places[0], places[places.len() - 1], places[2]] {
        press(&mut stage, place);
        let row = stage.state.timeline.row(stage.state.index()).unwrap();
        assert!(row.verb.is_write(), "{row:?}");
        let lanes = stage.state.lanes.shown.clone().unwrap();
        let lane = stage.state.lanes.mark(stage.state.cursor).unwrap().lane;
        assert_eq!(*lanes.names[lane], *row.actor);
        assert_eq!(writes(&stage), places, "the range does not move under the pointer");
    }
    // Jumping back returns; a key lets the lanes follow the cursor again.
    let there = stage.state.cursor;
    stage.keys("ctrl-o").unwrap();
    assert_ne!(stage.state.cursor, there);
    assert_eq!(stage.state.lanes.fixed_middle, None);
}

#[test]
fn dragging_scrubs_through_the_stretch_and_the_wheel_steps() {
    let (_folder, file) = shop();
    let mut stage = stage(&file, (120, 40), "dark");
    stage.keys("4 0 G V l Z").unwrap();
    let (area, shown) = (inner(&stage), stage.state.lanes.shown.clone().unwrap());
    let y = area.y + 1;
    press(&mut stage, (area.x + area.w / 2, y));
    let mut passed = vec![stage.state.cursor];
    for x in area.x + area.w / 2..area.x + area.w {
        stage.send(Msg::Pointer(Pointer::Drag { x, y }));
        passed.push(stage.state.cursor);
    }
    assert!(passed.is_sorted(), "to the right is later: {passed:?}");
    assert_eq!(*passed.last().unwrap(), shown.marks.last().unwrap().seq, "as far as the range goes");
    for x in (area.x..area.x + area.w).rev() {
        stage.send(Msg::Pointer(Pointer::Drag { x, y }));
    }
    assert_eq!(stage.state.cursor, shown.marks.first().unwrap().seq);
    assert_eq!(stage.state.lanes.shown.as_ref().unwrap().time, shown.time, "the range is fixed meanwhile");
    let here = stage.state.cursor.0;
    stage.send(Msg::Pointer(Pointer::Wheel { x: area.x + 5, y, up: false }));
    assert_eq!(stage.state.cursor.0, here + 3);
}
