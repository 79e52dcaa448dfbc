//! The objects whose latest versions an actor has not received, as text.

use kuberewind_analysis::queries::stale::{Lag, Stale, Staleness};
use kuberewind_text::{counted, printable};

use super::table::Table;

/// Formats one object per line, the one that is behind for the longest time first.
#[must_use]
pub fn stale_text(staleness: &Staleness) -> String {
    let actor = printable(&staleness.actor);
    if staleness.incarnation == 0 {
        return format!("{actor} has not started by {}\n", staleness.at);
    }
    let objects = u64::try_from(staleness.objects).unwrap_or(u64::MAX);
    let mut out = format!("{actor} at {}: ", staleness.at);
    if staleness.stale.is_empty() {
        let all = if objects == 1 { "" } else { "all " };
        out.push_str(&format!("up to date with {all}{} in its view\n", counted(objects, "object")));
        return out;
    }
    out.push_str(&format!("{} in its view, {} behind the world\n\n", counted(objects, "object"), staleness.stale.len()));
    let mut table = Table::new(&["OBJECT", "SEEN", "WORLD", "BEHIND", "FOR", "CAUGHT UP", "CERTAINTY"]);
    for stale in &staleness.stale {
        table.row(row(stale));
    }
    out.push_str(&table.text());
    if staleness.more {
        out.push_str("… not all objects were compared: the limit was reached\n");
    }
    out
}

fn row(stale: &Stale) -> Vec<String> {
    let world = if stale.lag == Lag::Deleted { "gone".to_owned() } else { stale.world.clone() };
    let seen = match (stale.lag, stale.seen_at) {
        (Lag::Never, _) => "never".to_owned(),
        (_, Some(seq)) => format!("{} by {seq}", stale.seen),
        (_, None) => stale.seen.clone(),
    };
    let plural = if stale.versions_behind == 1 { "" } else { "s" };
    vec![
        stale.object.clone(),
        seen,
        world,
        format!("{} version{plural} since {}", stale.versions_behind, stale.since),
        stale.behind_for.to_string(),
        stale.caught_up_at.map_or_else(|| "never".to_owned(), |seq| seq.to_string()),
        if stale.certainty == "unknown" { "unknown across a gap".to_owned() } else { stale.certainty.to_owned() },
    ]
}
