//! Computes the layout from size and focus alone, so that keys, mouse and drawing agree. The state uses it, so it has its own
//! rectangle type instead of ratatui's.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)] // column, row, width, height
pub struct Area {
    pub x: u16,
    pub y: u16,
    pub w: u16,
    pub h: u16,
}

impl Area {
    /// The area without its border.
    #[must_use]
    pub fn inner(self) -> Area {
        Area {
            x: self.x.saturating_add(1),
            y: self.y.saturating_add(1),
            w: self.w.saturating_sub(2),
            h: self.h.saturating_sub(2),
        }
    }

    /// True if the area contains a cell.
    #[must_use]
    pub fn holds(self, x: u16, y: u16) -> bool {
        x >= self.x && y >= self.y && x < self.x.saturating_add(self.w) && y < self.y.saturating_add(self.h)
    }

    /// Splits off the upper `h` rows.
    #[must_use]
    pub fn split_top(self, h: u16) -> (Area, Area) {
        let h = h.min(self.h);
        (Area { h, ..self }, Area { y: self.y + h, h: self.h - h, ..self })
    }

    /// Splits off the left `w` columns.
    #[must_use]
    pub fn split_left(self, w: u16) -> (Area, Area) {
        let w = w.min(self.w);
        (Area { w, ..self }, Area { x: self.x + w, w: self.w - w, ..self })
    }
}

/// A frame with one or more panes as tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The number for `alt-0` to `alt-5`.
    pub number: u8,
    /// The area including the border.
    pub area: Area,
    /// The visible pane; one of the tabs.
    pub shown: Pane,
    pub tabs: Vec<Pane>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub header: Area,
    pub minimap: Area,
    pub slots: Vec<Slot>,
    pub status: Area,
    /// The line of hints, messages and prompts.
    pub hints: Area,
    /// True if the screen has room only for a message.
    pub too_small: bool,
}

impl Layout {
    /// The area inside a pane's border; `None` if the pane is not visible.
    #[must_use]
    pub fn inner(&self, pane: Pane) -> Option<Area> {
        self.slots.iter().find(|slot| slot.shown == pane).map(|slot| slot.area.inner())
    }

    /// The visible documents.
    pub fn docs(&self) -> impl Iterator<Item = DocKind> + '_ {
        self.slots.iter().filter_map(|slot| slot.shown.doc())
    }
}

/// The input of the layout besides the size: it selects the visible tab of each frame.
#[derive(Debug, Clone, Copy)]
pub struct LayoutInput<'a> {
    pub focus: Pane,
    pub recent: &'a Recent,
    pub maximised: bool,
}

/// Computes the layout for `size` columns and rows.
#[must_use]
pub fn layout(size: (u16, u16), wanted: LayoutInput<'_>) -> Layout {
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

/// Creates the frames. `home` assigns each view to the frame in which it is a tab.
fn frames(wanted: LayoutInput<'_>, areas: &[(u8, Area)], home: impl Fn(&View) -> u8) -> Vec<Slot> {
    let slot = |(number, area): &(u8, Area)| {
        let tabs: Vec<Pane> = VIEWS.iter().filter(|row| home(row) == *number).map(|row| row.pane).collect();
        let shown = if tabs.contains(&wanted.focus) { Some(wanted.focus) } else { wanted.recent.of(&tabs) };
        shown.map(|shown| Slot { number: *number, area: *area, shown, tabs })
    };
    areas.iter().filter_map(slot).collect()
}

/// The frame of a view if there are two frames: the timeline has its own.
fn of_two_frames(row: &View) -> u8 {
    if row.pane == Pane::Timeline { 1 } else { 2 }
}

/// The timeline above all other views.
fn stacked(body: Area, wanted: LayoutInput<'_>) -> Vec<Slot> {
    let (upper, lower) = body.split_top(body.h.div_ceil(2));
    frames(wanted, &[(1, upper), (2, lower)], of_two_frames)
}

/// Two columns: timeline and causes on the left, object and findings on the right.
fn columns(body: Area, wanted: LayoutInput<'_>) -> Vec<Slot> {
    let (left, right) = body.split_left(body.w * 14 / 25);
    if body.h < 24 {
        return frames(wanted, &[(1, left), (2, right)], of_two_frames);
    }
    let lower = (body.h / 3).min(16);
    let ((timeline, causes), (object, found)) = (left.split_top(body.h - lower), right.split_top(body.h - lower));
    frames(wanted, &[(1, timeline), (2, object), (3, causes), (4, found)], |row| row.columns)
}

/// Three columns: objects on the left, and three frames below the timeline and the object.
fn wide(body: Area, wanted: LayoutInput<'_>) -> Vec<Slot> {
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
                    let layout = layout((w, h), LayoutInput { focus: view.pane, recent: &recent, maximised });
                    assert!(layout.slots.iter().any(|slot| slot.shown == view.pane), "{} at {w}x{h}", view.name);
                    let cells: usize = layout.slots.iter().map(|slot| usize::from(slot.area.w) * usize::from(slot.area.h)).sum();
                    let body = usize::from(w) * usize::from(h - 3 - layout.minimap.h);
                    assert_eq!(cells, body, "{w}x{h}: {:?}", layout.slots);
                }
            }
        }
    }
}
