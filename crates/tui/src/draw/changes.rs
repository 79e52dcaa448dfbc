//! What changed, at the end of a row of the timeline.
//!
//! ```text
//! .spec.replicas 3→5, conditions[Ready] False→True        replicas 3→5 +2
//! ```

use crate::theme::Role;
use kuberewind_render::document::Sign;
use kuberewind_render::summary::{ChangeSummary, ChangedPart};

use super::pen::{Pen, Piece};
use super::text::columns_of;

/// Returns as many changes as fit, with their paths if all of them fit so, and the number of the others.
pub(super) fn changes<'a>(pen: &Pen<'_>, summary: &'a ChangeSummary, room: u16) -> Vec<Piece<'a>> {
    let style = |sign: Sign| {
        pen.style(match sign {
            Sign::Added => Role::Added,
            Sign::Removed => Role::Removed,
            Sign::Changed | Sign::Same => Role::Changed,
        })
    };
    let width_of = |texts: &mut dyn Iterator<Item = &str>| {
        texts.fold(0_u16, |sum, text| sum.saturating_add(columns_of(text)).saturating_add(if sum > 0 { 2 } else { 0 }))
    };
    let is_whole = summary.more == 0 && width_of(&mut summary.parts.iter().map(|part| part.long.as_str())) <= room;
    let text = |part: &'a ChangedPart| if is_whole { part.long.as_str() } else { part.short.as_str() };
    let all = summary.parts.len();
    // The count of the others needs room, too.
    let others = |shown: usize| all - shown + summary.more;
    let needs = |shown: usize| {
        let texts = width_of(&mut summary.parts.iter().take(shown).map(text));
        let more = if others(shown) > 0 { columns_of(&format!(" +{}", others(shown))) } else { 0 };
        texts.saturating_add(more)
    };
    // The first one is cut rather than left out.
    let shown = (1..=all).rev().find(|shown| needs(*shown) <= room).unwrap_or(all.min(1));
    let mut pieces: Vec<Piece<'a>> = Vec::with_capacity(2 * shown + 1);
    for (index, part) in summary.parts.iter().take(shown).enumerate() {
        if index > 0 {
            pieces.push((", ".into(), pen.style(Role::Muted)));
        }
        pieces.push((text(part).into(), style(part.sign)));
    }
    // With too little room for the count, the first change alone.
    if shown > 0 && others(shown) > 0 && needs(shown) <= room {
        pieces.push((format!(" +{}", others(shown)).into(), pen.style(Role::Muted)));
    }
    pieces
}
