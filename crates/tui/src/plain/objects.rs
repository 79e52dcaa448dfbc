//! The Objects pane in words.

use crate::state::{State, TreeRow};
use kuberewind_model::Presence;
use kuberewind_text::clean;

/// Returns one line for each row of the tree.
pub(super) fn lines(state: &State) -> Vec<String> {
    let objects = &state.objects;
    if objects.rows.is_empty() {
        return vec!["no object was observed up to here".to_owned()];
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
                    text.push_str(&format!(", {} of them not received by {}", facts.behind, clean(&objects.actor)));
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
