//! The popup with the possible continuations of a key sequence, shown after a delay.

use crate::layout::{Area, Layout};
use crate::state::State;
use crate::theme::Role;
use kuberewind_model::Duration;

use super::pen::Pen;
use super::text::width;

/// The delay before the popup opens.
const DELAY: Duration = Duration(400_000_000);

pub(super) fn draw(pen: &mut Pen<'_>, state: &State, layout: &Layout) {
    let waited = state.keys.pending_since.is_some_and(|since| state.playback.now.since(since) >= DELAY);
    if state.keys.pending.keys.is_empty() || !waited {
        return;
    }
    let rows: Vec<(String, &str)> = state
        .keys
        .map
        .continuations(&state.keys.pending)
        .map(|(keys, row)| (keys.iter().map(ToString::to_string).collect(), row.doc.split([';', ':']).next().unwrap_or(row.doc)))
        .collect();
    let longest = rows.iter().map(|(keys, words)| width(keys) + width(words) + 5).max().unwrap_or(0);
    let w = u16::try_from(longest + 4).unwrap_or(u16::MAX).clamp(24, 64).min(state.screen.size.0);
    let h = u16::try_from(rows.len() + 2).unwrap_or(u16::MAX).min(layout.status.y).max(3);
    let area = Area { x: state.screen.size.0 - w, y: layout.status.y.saturating_sub(h), w, h };
    pen.fill(area, Role::Text);
    pen.border(area, Role::Focus);
    let typed: String = state.keys.pending.keys.iter().map(ToString::to_string).collect();
    pen.put(area.x + 2, area.y, &format!(" {typed} "), Role::Accent, w.saturating_sub(4));
    let inner = area.inner();
    for (y, (keys, words)) in (inner.y..inner.y + inner.h).zip(rows) {
        pen.put(inner.x + 1, y, &keys, Role::Hint, 8.min(inner.w));
        pen.put(inner.x + 8, y, words, Role::Text, inner.w.saturating_sub(8));
    }
}
