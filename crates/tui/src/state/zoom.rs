//! The range of the minimap.

use std::ops::Range;

use kuberewind_model::Seq;
use kuberewind_session::Ordinals;

use super::State;

/// The smallest range, in operations.
const LEAST: u64 = 16;

impl State {
    /// The visible ordinals.
    #[must_use]
    pub fn minimap_window(&self) -> Range<u64> {
        let len = self.snapshot.lineage.len();
        match &self.minimap.zoom {
            Some(zoom) if zoom.start < zoom.end && zoom.start < len => zoom.start..zoom.end.min(len),
            _ => 0..len,
        }
    }

    /// The ordinal of the cursor.
    #[must_use]
    pub fn cursor_place(&self) -> u64 {
        self.snapshot.lineage.ordinal(self.cursor).min(self.snapshot.lineage.len().saturating_sub(1))
    }

    /// Zooms around the cursor by factors of two.
    pub fn zoom(&mut self, inward: bool, times: u64) {
        let len = self.snapshot.lineage.len();
        let window = self.minimap_window();
        let mut span = (window.end - window.start).max(1);
        for _ in 0..times.min(64) {
            span = if inward { span.div_ceil(2).max(LEAST) } else { span.saturating_mul(2) };
        }
        self.minimap.zoom = if span >= len { None } else { Some(around(self.cursor_place(), span, len)) };
    }

    /// Zooms to a range of operations.
    pub fn zoom_to(&mut self, first: Seq, last: Seq) {
        let lineage = &self.snapshot.lineage;
        let (first, last) = (lineage.ordinal(first), lineage.ordinal(last).min(lineage.len().saturating_sub(1)));
        self.minimap.zoom = (first <= last && last - first + 1 < lineage.len()).then_some(first..last + 1);
    }

    /// The first and the last operation of the zoomed range.
    #[must_use]
    pub fn zoomed(&self) -> Option<(Seq, Seq)> {
        self.minimap.zoom.as_ref()?;
        let (window, lineage) = (self.minimap_window(), &self.snapshot.lineage);
        Some((lineage.nth(window.start), lineage.nth(window.end.saturating_sub(1))))
    }

    /// Moves the range so that it contains the cursor.
    pub fn pan_to_cursor(&mut self) {
        let Some(zoom) = &self.minimap.zoom else { return };
        let (ordinal, len) = (self.cursor_place(), self.snapshot.lineage.len());
        let span = zoom.end.saturating_sub(zoom.start);
        if span >= len {
            self.minimap.zoom = None;
        } else if !zoom.contains(&ordinal) || zoom.end > len {
            self.minimap.zoom = Some(around(ordinal, span, len));
        }
    }

    /// The zoom factor: `1:16`; '' for the whole recording.
    #[must_use]
    pub fn zoom_text(&self) -> String {
        let window = self.minimap_window();
        let len = self.snapshot.lineage.len();
        match &self.minimap.zoom {
            Some(_) => {
                let span = (window.end - window.start).max(1);
                format!("1:{}", len.saturating_add(span / 2).checked_div(span).unwrap_or(1).max(1))
            }
            None => String::new(),
        }
    }
}

/// A range of `span` ordinals around an ordinal.
fn around(ordinal: u64, span: u64, len: u64) -> Range<u64> {
    let start = ordinal.saturating_sub(span / 2).min(len.saturating_sub(span));
    start..(start + span).min(len)
}
