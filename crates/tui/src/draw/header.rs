//! The header: the file, the session, the current object and the mode.

use crate::layout::Area;
use crate::state::State;
use crate::theme::Role;
use kuberewind_text::{clean, counted, counted_len};

use super::pen::Pen;
use super::text::width;

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    let mode = state.mode();
    let role = match mode {
        "LIVE" | "PLAYING" => Role::Live,
        "PAUSED" => Role::Paused,
        _ => Role::Replay,
    };
    let label = format!(" {mode} ");
    let end = area.x + area.w;
    let label_width = u16::try_from(label.len()).unwrap_or(area.w);
    pen.put(end.saturating_sub(label_width), area.y, &label, role, label_width);
    let mut right = end.saturating_sub(label_width + 1);
    let facts = facts(state);
    let taken = u16::try_from(width(&facts)).unwrap_or(u16::MAX);
    let arrow = pen.glyph(" ▸ ", " > ");
    let mut x = pen.put(area.x + 1, area.y, &state.title, Role::Heading, right.saturating_sub(area.x + 1));
    let object = state.timeline.row(state.index()).filter(|row| row.object.is_some());
    let object = object.map(|row| {
        if row.namespace.is_empty() {
            format!("{}/{}", row.kind, row.name)
        } else {
            format!("{}/{}/{}", row.kind, row.namespace, row.name)
        }
    });
    let parts: Vec<String> = std::iter::once(state.snapshot.session.session_id.clone()).chain(object).collect();
    let path: usize = parts.iter().map(|part| width(&clean(part)) + 3).sum();
    if usize::from(x + taken + 2) + path <= usize::from(right) {
        pen.put_right(right, area.y, &facts, Role::Muted, taken);
        right = right.saturating_sub(taken + 2);
    }
    for part in parts {
        x = pen.put(x, area.y, arrow, Role::Faint, right.saturating_sub(x));
        x = pen.put(x, area.y, &part, Role::Text, right.saturating_sub(x));
    }
}

fn facts(state: &State) -> String {
    let session = &state.snapshot.session;
    let dot = if state.screen.ascii { " - " } else { " · " };
    let mut facts = format!(
        "{}{dot}{}{dot}{}",
        counted(state.snapshot.lineage.len(), "op"),
        counted_len(state.snapshot.actors.acting(), "actor"),
        session.end.since(state.snapshot.start)
    );
    if session.state == kuberewind_model::SessionState::Crashed {
        facts.push_str(dot);
        facts.push_str("ended uncleanly");
    }
    facts
}
