//! The prompt: a labelled text input in one of the two lines at the bottom.

use crate::action::Action;
use crate::keys::Context;
use crate::layout::Area;
use crate::state::{Prompt, State};
use crate::theme::Role;
use kuberewind_text::clean;

use super::pen::Pen;
use super::text::width;

/// Draws the label and the text of a prompt.
pub(super) fn draw(pen: &mut Pen<'_>, area: Area, line: &Prompt) {
    let end = area.x + area.w;
    let x = pen.put(area.x + 1, area.y, line.label(), Role::Hint, area.w.saturating_sub(1));
    let room = end.saturating_sub(x + 1);
    let skip = line.input.visual_scroll(usize::from(room.max(1)));
    let style = pen.style(Role::Text);
    let value = line.input.value();
    pen.pieces(x, area.y, &[(value.into(), style)], u16::try_from(skip).unwrap_or(0), room);
    let cursor = u16::try_from(line.input.visual_cursor().saturating_sub(skip)).unwrap_or(0);
    pen.tint(Area { x: (x + cursor).min(end.saturating_sub(1)), y: area.y, w: 1, h: 1 }, Role::Live);
}

/// Draws the line below a prompt: an error with a caret at its column, completions, or the keys of the prompt.
pub(super) fn draw_help(pen: &mut Pen<'_>, area: Area, state: &State, line: &Prompt) {
    let end = area.x + area.w;
    let room = area.w.saturating_sub(1);
    if let Some(error) = &line.error {
        pen.put(area.x + 1, area.y, error, Role::Error, room);
    } else if let Some(completion) = &line.completion {
        let mut x = area.x + 1;
        let first = completion.chosen.saturating_sub(3);
        for (at, word) in completion.words.iter().enumerate().skip(first) {
            let role = if at == completion.chosen { Role::Accent } else { Role::Muted };
            x = pen.put(x, area.y, word, role, end.saturating_sub(x)) + 2;
        }
    } else if let Some(wrong) = &line.syntax {
        let before = wrong.source.get(..wrong.at).map_or(0, |text| width(&clean(text)));
        let label = width(line.label());
        let scrolled = scroll(line, area);
        let column = u16::try_from((label + before).saturating_sub(scrolled)).unwrap_or(u16::MAX).min(room.saturating_sub(2));
        let message = format!("^ {}", wrong.message);
        // Without room to the right of the caret, the message is to its left.
        if usize::from(column) + width(&message) <= usize::from(room) || column < 20 {
            pen.put(area.x + 1 + column, area.y, &message, Role::Error, room.saturating_sub(column));
        } else {
            pen.put_right(area.x + 1 + column, area.y, &format!("{} ", wrong.message), Role::Error, column);
            pen.put(area.x + 1 + column, area.y, "^", Role::Error, 1);
        }
    } else {
        let keys = state.hints_in(
            Context::Prompt,
            &[
                (Action::Enter, "does it"),
                (Action::Complete, "completes"),
                (Action::Up, "what was typed before"),
                (Action::Cancel, "leaves"),
            ],
        );
        pen.put(area.x + 1, area.y, &keys, Role::Muted, room);
    }
}

/// Returns the number of cells that are scrolled out of the prompt.
fn scroll(line: &Prompt, area: Area) -> usize {
    let label = u16::try_from(width(line.label())).unwrap_or(0);
    let room = area.w.saturating_sub(label + 2);
    line.input.visual_scroll(usize::from(room.max(1)))
}
