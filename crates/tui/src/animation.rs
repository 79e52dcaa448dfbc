//! An animated SVG from a sequence of screens.
//!
//! The file contains each distinct row once, with the times at which it is visible, so its size depends on the changes only.
//! A viewer without animation shows the last screen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use kuberewind_model::Duration;

use super::picture::{Paper, Sheet};

#[derive(Debug, Clone)]
pub struct Frame {
    pub screen: Buffer,
    pub hold: Duration,
    /// The keys that led to this frame.
    pub caption: String,
}

/// Renders the frames as one SVG document, with the caption below each frame. All frames must have the same size.
#[must_use]
pub fn animated(frames: &[Frame], paper: Paper) -> String {
    let Some(first) = frames.first() else { return String::new() };
    let (columns, rows) = (first.screen.area.width, first.screen.area.height.saturating_add(1));
    let length: u64 = frames.iter().map(|frame| frame.hold.as_millis()).sum::<u64>().max(1);
    let screens: Vec<Buffer> = frames.iter().map(|frame| with_caption(frame, columns, rows)).collect();
    let (mut sheet, mut out) = (Sheet::new(paper), String::new());
    for row in 0..rows {
        let mut looks: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for (at, screen) in screens.iter().enumerate() {
            let look = sheet.row(screen, row);
            looks.entry(look).or_insert_with(|| vec![false; frames.len()])[at] = true;
        }
        for (look, seen) in looks.into_iter().filter(|(look, _)| !look.is_empty()) {
            push_look(&mut out, &look, &seen, frames, length);
        }
    }
    sheet.document(columns, rows, &out)
}

/// Appends a row with the caption.
fn with_caption(frame: &Frame, columns: u16, rows: u16) -> Buffer {
    let mut screen = Buffer::empty(Rect::new(0, 0, columns, rows));
    for (to, from) in screen.content.iter_mut().zip(&frame.screen.content) {
        *to = from.clone();
    }
    let style = Style::new().add_modifier(Modifier::BOLD);
    screen.set_stringn(1, rows.saturating_sub(1), &frame.caption, usize::from(columns.saturating_sub(2)), style);
    screen
}

/// Writes one version of a row with the times at which it is visible.
fn push_look(out: &mut String, look: &str, seen: &[bool], frames: &[Frame], length: u64) {
    if seen.iter().all(|seen| *seen) {
        return out.push_str(look);
    }
    let (mut values, mut times) = (Vec::new(), Vec::new());
    let (mut at, mut before) = (0_u64, None);
    for (seen, frame) in seen.iter().zip(frames) {
        if before != Some(*seen) {
            values.push(word(*seen));
            // Time steps of 1/10,000 are finer than the shortest frame.
            let part = at * 10_000 / length;
            times.push(format!("{}.{:04}", part / 10_000, part % 10_000));
            before = Some(*seen);
        }
        at += frame.hold.as_millis();
    }
    // Writing into a `String` cannot fail.
    let _written = write!(
        out,
        "<g visibility=\"{}\"><animate attributeName=\"visibility\" calcMode=\"discrete\" dur=\"{length}ms\" \
         repeatCount=\"indefinite\" values=\"{}\" keyTimes=\"{}\"/>\n{look}</g>\n",
        word(seen.last().copied().unwrap_or(false)),
        values.join(";"),
        times.join(";"),
    );
}

fn word(seen: bool) -> &'static str {
    if seen { "visible" } else { "hidden" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str, millis: u64) -> Frame {
        let mut screen = Buffer::empty(Rect::new(0, 0, 10, 2));
        screen.set_string(0, 0, "stays", Style::new());
        screen.set_string(0, 1, text, Style::new());
        Frame { screen, hold: Duration::from_millis(millis), caption: format!("key {text}") }
    }

    #[test]
    fn a_constant_row_is_written_once_and_a_changing_row_with_its_times() {
        let picture = animated(&[frame("one", 1_000), frame("two", 2_000), frame("one", 1_000)], Paper::DARK);
        assert_eq!(picture.matches(">stays</text>").count(), 1);
        assert_eq!(picture.matches(">one</text>").count(), 1, "{picture}");
        assert!(picture.contains("values=\"visible;hidden;visible\" keyTimes=\"0.0000;0.2500;0.7500\""), "{picture}");
        assert!(
            picture
                .contains("<g visibility=\"hidden\"><animate attributeName=\"visibility\" calcMode=\"discrete\" dur=\"4000ms\"")
        );
        assert_eq!((picture.matches(">key one</text>").count(), picture.matches(">key two</text>").count()), (1, 1));
    }
}
