//! Where everything stands. From the size and the focus alone, so that keys, mouse and drawing agree.
//!
//! ```text
//!  header      run.db ▸ session ▸ object                             REPLAY
//!  minimap     ▁▂▂▅▇▅▂▁▁▂█▇▂▁▁▂▅▂
//!  1 timeline  │ 2 diff, state …          0 objects │ 1 timeline │ 2 diff, state
//!  ────────────┤────────────────     or             │────────────┴─┬────────────
//!  3 why …     │ 4 findings …                       │ 3 why │ 4 findings │ 5 raw
//!  status      #412/2314 …
//!  hints       . step  , back
//! ```

use super::view::{DocKind, Pane, Recent, VIEWS, View};

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // column, row, width, height
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub w: u16,
    pub h: u16,
}

impl Area {
    /// Without the border.
    #[must_use]
    pub fn inner(self) -> Area {
        Area {
            x: self.x.saturating_add(1),
            y: self.y.saturating_add(1),
            w: self.w.saturating_sub(2),
            h: self.h.saturating_sub(2),
        }
    }

    /// Whether a cell lies in it.
    #[must_use]
    pub fn holds(self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && x < self.x.saturating_add(self.w) && y < self.y.saturating_add(self.h)
    }

    /// The upper `h` rows, and the rest.
    #[must_use]
    pub fn split_top(self, h: u16) -> (Area, Area) {
        let h = h.min(self.h);
        (Area { h, ..self }, Area { y: self.y + h, h: self.h - h, ..self })
    }

    /// The left `w` columns, and the rest.
    #[must_use]
    pub fn split_left(self, w: u16) -> (Area, Area) {
        let w = w.min(self.w);
        (Area { w, ..self }, Area { x: self.x + w, w: self.w - w, ..self })
    }
}

/// A frame with one or several panes as tabs; the shown one is among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its number: `alt-` and it give the focus to what it shows.
    pub number: u8,
    /// The frame, its border included.
    pub area: Area,
    /// The pane that is shown.
    pub shown: Pane,
    /// The tabs.
    pub tabs: Vec<Pane>,
}

/// The screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The line at the top.
    pub header: Area,
    /// The minimap, as many rows as it has.
    pub minimap: Area,
    /// The frames.
    pub slots: Vec<Slot>,
    /// The line that says where one is.
    pub status: Area,
    /// The line of hints, messages and prompts.
    pub hints: Area,
    /// Whether there is room for nothing but a sentence.
    pub too_small: bool,
}

impl Layout {
    /// The inside of a pane's frame, if it is shown.
    #[must_use]
    pub fn inner(&self, pane: Pane) -> Option<Area> {
        self.slots.iter().find(|slot| slot.shown == pane).map(|slot| slot.area.inner())
    }

    /// The details that are shown.
    pub fn docs(&self) -> impl Iterator<Item = DocKind> + '_ {
        self.slots.iter().filter_map(|slot| slot.shown.doc())
    }
}

/// What has the focus, what had it before, and whether it is alone: what decides which tab of a frame is shown.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The view that has the focus.
    pub focus: Pane,
    /// The views that had it before.
    pub recent: &'a Recent,
    /// Whether the focused view is alone.
    pub maximised: bool,
}

/// Lays out a screen of `size` columns and rows.
#[must_use]
pub fn layout(size: (u16, u16), wanted: Wanted<'_>) -> Layout {
    let (w, h) = size;
    let whole = Area { x: 0, y: 0, w, h };
    let (header, rest) = whole.split_top(1);
    let map_rows = match (w, h) {
        (..60, _) | (_, ..16) => 1,
        (_, ..30) => 2,
        (_, ..50) => 5,
        _ => 6,
    };
    let (minimap, rest) = rest.split_top(map_rows);
    let (body, feet) = rest.split_top(rest.h.saturating_sub(2));
    let (status, hints) = feet.split_top(1);
    let slots = if wanted.maximised {
        vec![Slot { number: number_of(wanted.focus), area: body, shown: wanted.focus, tabs: vec![wanted.focus] }]
    } else if w < 60 || h < 16 {
        frames(wanted, &[(1, body)], |_| 1)
    } else if w >= 170 {
        wide(body, wanted)
    } else if w >= 110 {
        columns(body, wanted)
    } else {
        stacked(body, wanted)
    };
    Layout { header, minimap, slots, status, hints, too_small: w < 40 || h < 10 }
}

fn number_of(pane: Pane) -> u8 {
    VIEWS.iter().find(|row| row.pane == pane).map_or(1, |row| row.wide)
}

/// A frame for each number, with the views that `home` puts there as its tabs.
fn frames(wanted: Wanted<'_>, areas: &[(u8, Area)], home: impl Fn(&View) -> u8) -> Vec<Slot> {
    let slot = |(number, area): &(u8, Area)| {
        let tabs: Vec<Pane> = VIEWS.iter().filter(|row| home(row) == *number).map(|row| row.pane).collect();
        let shown = if tabs.contains(&wanted.focus) { Some(wanted.focus) } else { wanted.recent.of(&tabs) };
        shown.map(|shown| Slot { number: *number, area: *area, shown, tabs })
    };
    areas.iter().filter_map(slot).collect()
}

/// Where there are two frames only, one is the timeline's.
fn beside_the_timeline(row: &View) -> u8 {
    if row.pane == Pane::Timeline { 1 } else { 2 }
}

/// The timeline above everything else.
fn stacked(body: Area, wanted: Wanted<'_>) -> Vec<Slot> {
    let (upper, lower) = body.split_top(body.h.div_ceil(2));
    frames(wanted, &[(1, upper), (2, lower)], beside_the_timeline)
}

/// Two columns of two: timeline and causes, the object and what was found.
fn columns(body: Area, wanted: Wanted<'_>) -> Vec<Slot> {
    let (left, right) = body.split_left(body.w * 14 / 25);
    if body.h < 24 {
        return frames(wanted, &[(1, left), (2, right)], beside_the_timeline);
    }
    let lower = (body.h / 3).min(16);
    let ((timeline, causes), (object, found)) = (left.split_top(body.h - lower), right.split_top(body.h - lower));
    frames(wanted, &[(1, timeline), (2, object), (3, causes), (4, found)], |row| row.columns)
}

/// Three columns: objects beside all of it, and a row of three below timeline and object.
fn wide(body: Area, wanted: Wanted<'_>) -> Vec<Slot> {
    let (objects, rest) = body.split_left((body.w / 6).min(40));
    let (left, right) = rest.split_left(rest.w * 12 / 25);
    if body.h < 24 {
        return frames(wanted, &[(0, objects), (1, left), (2, right)], |row| row.wide.min(2));
    }
    let lower = (body.h * 2 / 5).min(22);
    let (upper, below) = rest.split_top(body.h - lower);
    let (timeline, object) = upper.split_left(left.w);
    let (causes, two) = below.split_left(below.w * 2 / 5);
    let (found, raw) = two.split_left(two.w / 2);
    frames(wanted, &[(0, objects), (1, timeline), (2, object), (3, causes), (4, found), (5, raw)], |row| row.wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_has_a_place_on_every_screen_and_frames_do_not_overlap() {
        let recent = Recent::default();
        for (w, h) in [(59, 24), (80, 15), (80, 24), (109, 60), (110, 20), (120, 40), (169, 40), (170, 25), (200, 60), (300, 100)]
        {
            for view in VIEWS {
                for maximised in [false, true] {
                    let layout = layout((w, h), Wanted { focus: view.pane, recent: &recent, maximised });
                    assert!(layout.slots.iter().any(|slot| slot.shown == view.pane), "{} at {w}x{h}", view.name);
                    let cells: usize = layout.slots.iter().map(|slot| usize::from(slot.area.w) * usize::from(slot.area.h)).sum();
                    let body = usize::from(w) * usize::from(h - 3 - layout.minimap.h);
                    assert_eq!(cells, body, "{w}x{h}: {:?}", layout.slots);
                }
            }
        }
    }
}
