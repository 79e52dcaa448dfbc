//! The lines of a value that took the place of another.

use serde_json::Value;
use similar::{Algorithm, ChangeTag, DiffOp, DiffTag, TextDiff, capture_diff_slices};

use super::document::{Document, Line, Sign};
use super::yaml::{self, Place};
use kuberewind_model::json::scalar;

/// The longest text whose words are compared, in bytes.
const MAX_WORDS: usize = 2_000;
/// The most lines of a text that are compared with those of another, what both begin and end with not counted. Of more,
/// all are taken to stand in place of all: to compare them would take minutes.
const MAX_COMPARED: usize = 10_000;
/// The widest pair of values that stands on one line, in characters.
const ONE_LINE: usize = 36;

/// A value in place of another: on one line where both are short, else one below the other with the words that differ.
pub(super) fn replaced(document: &mut Document, place: &Place, before: &Value, after: &Value) {
    let nested = |value: &Value| match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested(before) || nested(after) {
        yaml::append(document, Sign::Removed, place.clone(), before, false);
        yaml::append(document, Sign::Added, place.clone(), after, false);
        return;
    }
    let (old, new) = (scalar::inline(before), scalar::inline(after));
    if old.chars().count() + new.chars().count() <= ONE_LINE {
        let mut line = place.line(Sign::Changed, &format!("{old} → {new}"));
        let start = line.text.len() - new.len();
        line.emphasis = vec![start - " → ".len() - old.len()..start - " → ".len(), start..line.text.len()];
        document.push(line);
        return;
    }
    let (gone, come) = words(&old, &new);
    for (sign, text, differing) in [(Sign::Removed, old, gone), (Sign::Added, new, come)] {
        let mut line = place.line(sign, &text);
        let start = line.text.len() - text.len();
        line.emphasis = differing.into_iter().map(|range| range.start + start..range.end + start).collect();
        document.push(line);
    }
}

type Ranges = Vec<std::ops::Range<usize>>;

/// The parts of both texts that the other has not.
fn words(old: &str, new: &str) -> (Ranges, Ranges) {
    if old.len().max(new.len()) > MAX_WORDS {
        return (Vec::new(), Vec::new());
    }
    let (mut gone, mut come) = (Ranges::new(), Ranges::new());
    let (mut at_old, mut at_new) = (0, 0);
    for change in TextDiff::from_unicode_words(old, new).iter_all_changes() {
        let len = change.value().len();
        match change.tag() {
            ChangeTag::Equal => (at_old, at_new) = (at_old + len, at_new + len),
            ChangeTag::Delete => {
                gone.push(at_old..at_old + len);
                at_old += len;
            }
            ChangeTag::Insert => {
                come.push(at_new..at_new + len);
                at_new += len;
            }
        }
    }
    (gone, come)
}

/// Texts of several lines: their lines compared.
pub(super) fn block(document: &mut Document, place: &Place, old: &str, new: &str) {
    let head = document.push(place.line(Sign::Same, "|"));
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut show = |sign, line: &str, emphasis| {
        // A line that was cut may lack what differs: the ranges that it does not have are not drawn.
        document.push(Line { emphasis, ..yaml::block_line(place, sign, line) })
    };
    let begin = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old[begin..].iter().rev().zip(new[begin..].iter().rev());
    let end = rest.take_while(|(old, new)| old == new).count();
    let (middle_old, middle_new) = (&old[begin..old.len() - end], &new[begin..new.len() - end]);
    for line in &new[..begin] {
        show(Sign::Same, line, Ranges::new());
    }
    for op in operations(middle_old, middle_new) {
        let (gone, come) = (&middle_old[op.old_range()], &middle_new[op.new_range()]);
        if op.tag() == DiffTag::Equal {
            for line in come {
                show(Sign::Same, line, Ranges::new());
            }
            continue;
        }
        // Line by line in the order in which they stand: the words that differ between each and its counterpart.
        let compared = if gone.len() > MAX_COMPARED { &[] } else { gone };
        let pairs: Vec<(Ranges, Ranges)> = compared.iter().zip(come).map(|(old, new)| words(old, new)).collect();
        for (at, line) in gone.iter().enumerate() {
            show(Sign::Removed, line, pairs.get(at).map(|pair| pair.0.clone()).unwrap_or_default());
        }
        for (at, line) in come.iter().enumerate() {
            show(Sign::Added, line, pairs.get(at).map(|pair| pair.1.clone()).unwrap_or_default());
        }
    }
    for line in &new[new.len() - end..] {
        show(Sign::Same, line, Ranges::new());
    }
    if let Some(head) = head {
        document.close(head, false);
    }
}

/// What makes the new lines of the old ones.
fn operations(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    if old.len().max(new.len()) <= MAX_COMPARED {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    vec![DiffOp::Replace { old_index: 0, old_len: old.len(), new_index: 0, new_len: new.len() }]
}
