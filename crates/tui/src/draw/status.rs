//! The status line and the hint line at the bottom. A prompt or a message replaces one of them.

use crate::action::Action;
use crate::doc::Tone;
use crate::keys::{Binding, Context, TABLE};
use crate::layout::Area;
use crate::state::{Layer, Server, State, TimeStyle};
use crate::theme::Role;
use kuberewind_text::{counted, counted_len, grouped};

use super::pen::Pen;
use super::prompt;
use super::text::{clock, since, width};
use super::timeline::NOTE;

/// Formats a speed as `1x` or `0.50x`.
#[must_use]
pub fn speed_text(percent: u32) -> String {
    if percent.is_multiple_of(100) { format!("{}x", percent / 100) } else { format!("{}.{:02}x", percent / 100, percent % 100) }
}

pub(super) fn draw(pen: &mut Pen<'_>, area: Area, state: &State) {
    if let Some(Layer::Prompt(line)) = state.dialogs.layers.last() {
        match &line.error {
            Some(error) if !line.is_helped() => drop(pen.put(area.x + 1, area.y, error, Role::Error, area.w.saturating_sub(1))),
            // The prompt is in the upper line, so that the help below it can point at a column.
            _ if line.is_helped() => prompt::draw(pen, area, line),
            _ => draw_cursor(pen, area, state),
        }
        return;
    }
    draw_cursor(pen, area, state);
}

/// Draws the cursor, its time and the notes about the state.
fn draw_cursor(pen: &mut Pen<'_>, area: Area, state: &State) {
    let end = area.x + area.w;
    let len = state.snapshot.lineage.len();
    let mut x = area.x + 1;
    let place = if state.index() == 0 { "start".to_owned() } else { state.cursor.to_string() };
    x = pen.put(x, area.y, &place, Role::Heading, end.saturating_sub(x));
    x = pen.put(x, area.y, &format!(" of {}", grouped(len)), Role::Muted, end.saturating_sub(x)) + 2;
    if let Some(row) = state.timeline.row(state.index()) {
        let clocks = state.timeline.times == TimeStyle::Clock;
        let time = if clocks { since(state.snapshot.start, row.at) } else { format!("{} UTC", clock(row.at)) };
        x = pen.put(x, area.y, &time, Role::Text, end.saturating_sub(x)) + 2;
        if let Some(after) = super::timeline::since_mark(state, row.at).filter(|_| area.w >= 170) {
            x = pen.put(x, area.y, &after, Role::Bookmark, end.saturating_sub(x)) + 2;
        }
    }
    for (text, role) in notes(state) {
        x = pen.put(x, area.y, &text, role, end.saturating_sub(x)) + 2;
    }
    let right = if state.keys.pending.is_empty() { remark(state) } else { typed(state) };
    let room = end.saturating_sub(x + 1);
    if width(&right) <= usize::from(room) {
        pen.put_right(end.saturating_sub(1), area.y, &right, Role::Notice, room);
    }
}

fn remark(state: &State) -> String {
    state.snapshot.remark.clone()
}

/// Returns the typed count and the incomplete key sequence.
fn typed(state: &State) -> String {
    let count = state.keys.pending.count.map_or_else(String::new, |count| count.to_string());
    state.keys.pending.keys.iter().fold(count, |text, key| text + &key.to_string())
}

/// Returns running scans, the search, the range and other parts of the state that change the meaning of keys.
fn notes(state: &State) -> Vec<(String, Role)> {
    let mut notes = Vec::new();
    if let Some(run) = state.requests.run {
        let stops = state.hints(&[(Action::Cancel, "stops")]);
        notes.push((format!("running {}%, {stops}", run.percent), Role::Notice));
    }
    if let Some(running) = state.search.running {
        notes.push((format!("searching {}%", running.percent), Role::Notice));
    }
    if !state.search.pattern.is_empty() {
        notes.push((format!("/{} {}", state.search.pattern, state.search_counter()), Role::Match));
    }
    if let Some(anchor) = state.timeline.selection {
        let (low, high) = (anchor.min(state.cursor), anchor.max(state.cursor));
        notes.push((format!("range {low} to {high}"), Role::Accent));
    }
    if state.playback.unseen > 0 {
        notes.push((format!("{} new", grouped(state.playback.unseen)), Role::Notice));
    }
    if state.playback.play.is_some() || state.playback.speed != 100 {
        notes.push((speed_text(state.playback.speed), Role::Accent));
    }
    if state.details.options.noise == kuberewind_render::diff::Noise::Shown {
        notes.push(("noise shown".to_owned(), Role::Muted));
    }
    if let Some(bookmark) = state.bookmark_at(state.cursor).filter(|bookmark| !bookmark.note.is_empty()) {
        let sign = if state.screen.ascii { NOTE.1 } else { NOTE.0 };
        notes.push((format!("{sign} {}", bookmark.note), Role::Bookmark));
    }
    if let Some(server) = &state.server {
        notes.push((serving(server), Role::Accent));
    }
    if state.panes.maximised {
        notes.push(("maximised".to_owned(), Role::Muted));
    }
    if state.snapshot.session.gaps > 0 {
        notes.push((counted(state.snapshot.session.gaps, "gap"), Role::Notice));
    }
    notes
}

/// The clients of the API server and their last request. Before the first client, what a shell needs to become one.
fn serving(server: &Server) -> String {
    match &server.kubeconfig {
        None => "starting a server".to_owned(),
        Some(kubeconfig) if server.clients.count == 0 => format!("KUBECONFIG={kubeconfig}, no client yet"),
        Some(_) => format!("{}: {}", counted_len(server.clients.count, "client"), server.clients.last),
    }
}

/// Draws a prompt, a message, the continuations of an incomplete key sequence, or as many hints as fit.
pub(super) fn hints(pen: &mut Pen<'_>, area: Area, state: &State) {
    let end = area.x + area.w;
    if let Some(Layer::Prompt(line)) = state.dialogs.layers.last() {
        return if line.is_helped() { prompt::draw_help(pen, area, state, line) } else { prompt::draw(pen, area, line) };
    }
    if let Some((tone, text)) = &state.screen.message {
        let role = match tone {
            Tone::Bad => Role::Error,
            Tone::Notice => Role::Notice,
            Tone::Muted => Role::Muted,
            Tone::Plain | Tone::Heading => Role::Text,
        };
        pen.put(area.x + 1, area.y, text, role, end.saturating_sub(area.x + 1));
        return;
    }
    let mut x = area.x + 1;
    if state.keys.pending.keys.is_empty() {
        // The key of the help is always visible at the right.
        let help = 6;
        hint(pen, area, end.saturating_sub(help + 1), &state.keys.map.first_of(Context::Main, Action::Help), "help");
        let area = Area { w: area.w.saturating_sub(help + 2), ..area };
        let shown = |row: &&Binding| row.context == Context::Main && !row.hint.is_empty() && row.action != Action::Help;
        for row in TABLE.iter().filter(shown) {
            let keys = state.keys.map.first_of(row.context, row.action);
            if !keys.is_empty() {
                x = hint(pen, area, x, &keys, row.hint);
            }
        }
        return;
    }
    for (keys, row) in state.keys.map.continuations(&state.keys.pending) {
        let keys: String = keys.iter().map(ToString::to_string).collect();
        let words = if row.hint.is_empty() { row.doc.split([';', ':', ',']).next().unwrap_or(row.doc) } else { row.hint };
        x = hint(pen, area, x, &keys, words);
    }
}

/// Draws a hint if all of it fits. Returns the column of the next hint.
fn hint(pen: &mut Pen<'_>, area: Area, x: u16, keys: &str, words: &str) -> u16 {
    let end = area.x + area.w;
    let taken = u16::try_from(width(keys) + 1 + width(words)).unwrap_or(u16::MAX);
    if x.saturating_add(taken) > end {
        return x;
    }
    let after = pen.put(x, area.y, keys, Role::Hint, end - x) + 1;
    pen.put(after, area.y, words, Role::Muted, end.saturating_sub(after)) + 2
}
