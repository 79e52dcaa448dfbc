//! Where everything stands. From the size and the focus alone, so that keys, mouse and drawing agree.
//!
//! ```text
//!  header      run.db ▸ session ▸ object                             REPLAY
//!  minimap     ▁▂▂▅▇▅▂▁▁▂█▇▂▁▁▂▅▂
//!  timeline    │ detail (Diff | State)
//!  ────────────┤
//!  why         │
//!  status      #412/2314 …
//!  hints       . step  , back
//! ```

use super::worker::DocKind;

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

/// The panes that can have the focus, in the order of Tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The operations.
    Timeline,
    /// A detail.
    Detail(DocKind),
}

impl Pane {
    /// All of them.
    pub const ALL: [Pane; 4] =
        [Pane::Timeline, Pane::Detail(DocKind::Diff), Pane::Detail(DocKind::State), Pane::Detail(DocKind::Why)];

    /// Which detail it is.
    #[must_use]
    pub fn doc(self) -> Option<DocKind> {
        match self {
            Pane::Timeline => None,
            Pane::Detail(kind) => Some(kind),
        }
    }

    /// Its name on the screen.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Pane::Timeline => "Timeline",
            Pane::Detail(DocKind::Diff) => "Diff",
            Pane::Detail(DocKind::State) => "State",
            Pane::Detail(DocKind::Why) => "Why",
        }
    }
}

/// A frame with one or several panes as tabs; the shown one is among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
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

/// Lays out a screen of `size` columns and rows.
#[must_use]
pub fn layout(size: (u16, u16), focus: Pane, detail: DocKind, maximised: bool) -> Layout {
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
    let one = |tabs: &[Pane]| vec![Slot { area: body, shown: focus, tabs: tabs.to_vec() }];
    let slots = if maximised {
        one(&[focus])
    } else if w < 60 || h < 16 {
        one(&Pane::ALL)
    } else if w >= 110 {
        columns(body, detail)
    } else {
        stacked(body, detail)
    };
    Layout { header, minimap, slots, status, hints, too_small: w < 40 || h < 10 }
}

fn details(area: Area, shown: DocKind, tabs: &[DocKind]) -> Slot {
    Slot { area, shown: Pane::Detail(shown), tabs: tabs.iter().map(|kind| Pane::Detail(*kind)).collect() }
}

fn stacked(body: Area, detail: DocKind) -> Vec<Slot> {
    let (upper, lower) = body.split_top(body.h.div_ceil(2));
    vec![Slot { area: upper, shown: Pane::Timeline, tabs: vec![Pane::Timeline] }, details(lower, detail, &DocKind::ALL)]
}

/// Two columns; where there is height, the causes stand below the timeline.
fn columns(body: Area, detail: DocKind) -> Vec<Slot> {
    let left = if body.w >= 170 { body.w * 11 / 20 } else { body.w * 14 / 25 };
    let (left, right) = body.split_left(left);
    if body.h < 24 {
        return vec![
            Slot { area: left, shown: Pane::Timeline, tabs: vec![Pane::Timeline] },
            details(right, detail, &DocKind::ALL),
        ];
    }
    let (upper, lower) = left.split_top(body.h - (body.h / 3).min(16));
    let shown = if detail == DocKind::State { DocKind::State } else { DocKind::Diff };
    vec![
        Slot { area: upper, shown: Pane::Timeline, tabs: vec![Pane::Timeline] },
        details(right, shown, &[DocKind::Diff, DocKind::State]),
        details(lower, DocKind::Why, &[DocKind::Why]),
    ]
}
