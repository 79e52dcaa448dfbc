//! The tree of objects and the lanes in words.

use crate::tui::draw::clean;
use crate::tui::state::{State, TreeRow};
use kuberewind_model::{Presence, Seq};

/// The tree, a row on each line.
pub(super) fn tree(state: &State) -> Vec<String> {
    let objects = &state.objects;
    if objects.rows.is_empty() {
        return vec!["nothing was shown to anyone yet".to_owned()];
    }
    let line = |row: usize| -> Option<String> {
        match objects.rows.get(row)? {
            TreeRow::Object(place) => {
                let entry = objects.entries.get(*place)?;
                let facts = objects.facts.get(&entry.id).copied().unwrap_or_default();
                let mut text = format!("    {}", clean(&entry.name));
                if facts.versions > 0 {
                    text.push_str(&format!(", {} versions", facts.versions));
                }
                if facts.behind > 0 {
                    text.push_str(&format!(", {} of them not shown to {}", facts.behind, clean(&objects.actor)));
                }
                if entry.presence == Presence::Absent {
                    text.push_str(", gone");
                }
                Some(text)
            }
            _ => {
                let ((namespace, kind), closed) = objects.group(row)?;
                let scope = if namespace.is_empty() { "cluster-scoped".into() } else { clean(&namespace).into_owned() };
                let text = kind.map_or_else(|| format!("namespace {scope}"), |kind| format!("  {}", clean(&kind)));
                Some(if closed { format!("{text}, closed") } else { text })
            }
        }
    };
    (0..objects.rows.len()).filter_map(line).collect()
}

/// The lanes: what each has in the range, then what led to the operation at the cursor and what it led to.
pub(super) fn lanes(state: &State) -> Vec<String> {
    let Some(lanes) = &state.lanes.shown else { return vec!["nothing is known of it".to_owned()] };
    let mut lines = Vec::with_capacity(lanes.names.len() + lanes.arrows.len());
    for (lane, name) in lanes.names.iter().enumerate() {
        let marks: Vec<_> = lanes.marks.iter().filter(|mark| mark.lane == lane).collect();
        let of = |holds: &dyn Fn(Seq) -> bool| marks.iter().filter(|mark| holds(mark.seq)).count();
        let failed = marks.iter().filter(|mark| mark.failed).count();
        let writes = marks.iter().filter(|mark| mark.verb.is_write()).count();
        let before = of(&|seq| seq < state.cursor);
        let reconciles = lanes.bars.iter().filter(|bar| bar.lane == lane).count();
        lines.push(format!(
            "{}: {} operations, {before} of them before the cursor, {writes} writes, {failed} failed, {reconciles} reconciles",
            clean(name),
            marks.len()
        ));
    }
    lines.extend(lanes.arrows.iter().map(|arrow| format!("{} led to {} ({})", arrow.from, arrow.to, arrow.certainty.as_str())));
    lines
}
