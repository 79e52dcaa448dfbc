//! Diff lines for a value that replaces another.

use serde_json::Value;
use similar::{DiffOp, DiffTag};
use unicode_segmentation::UnicodeSegmentation;

use super::document::{Document, Line, Sign};
use super::edits::edits;
use super::position::Position;
use super::yaml;
use kuberewind_model::json::scalar;

/// The longest text whose words are compared, in bytes.
const MAX_WORDS: usize = 2_000;
/// The most lines of a text that are compared line by line, without the common beginning and end. Longer texts replace each
/// other as a whole: comparing them would take minutes.
const MAX_COMPARED: usize = 10_000;
/// The widest pair of values that is shown as `old → new` on one line, in characters.
const ONE_LINE: usize = 36;

/// Appends a changed value: on one line if both values are short, else below each other with the differing words marked.
pub(super) fn append(document: &mut Document, position: &Position, before: &Value, after: &Value) {
    let nested = |value: &Value| match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested(before) || nested(after) {
        yaml::append(document, Sign::Removed, position.clone(), before, false);
        yaml::append(document, Sign::Added, position.clone(), after, false);
        return;
    }
    let (old, new) = (scalar::inline(before), scalar::inline(after));
    if old.chars().count() + new.chars().count() <= ONE_LINE {
        let mut line = position.line(Sign::Changed, &format!("{old} → {new}"));
        let start = line.text.len() - new.len();
        line.emphasis = vec![start - " → ".len() - old.len()..start - " → ".len(), start..line.text.len()];
        document.push(line);
        return;
    }
    let (removed, added) = differing_words(&old, &new);
    for (sign, text, differing) in [(Sign::Removed, old, removed), (Sign::Added, new, added)] {
        let mut line = position.line(sign, &text);
        let start = line.text.len() - text.len();
        line.emphasis = differing.into_iter().map(|range| range.start + start..range.end + start).collect();
        document.push(line);
    }
}

type Ranges = Vec<std::ops::Range<usize>>;

/// Returns the byte ranges of the words that only one of the two texts has.
fn differing_words(old: &str, new: &str) -> (Ranges, Ranges) {
    if old.len().max(new.len()) > MAX_WORDS {
        return (Vec::new(), Vec::new());
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split_word_bounds().collect(), new.split_word_bounds().collect());
    let (mut removed, mut added) = (Ranges::new(), Ranges::new());
    let (mut at_old, mut at_new) = (0, 0);
    for edit in edits(&old, &new) {
        let same = edit.tag() == DiffTag::Equal;
        for (words, at, ranges) in
            [(&old[edit.old_range()], &mut at_old, &mut removed), (&new[edit.new_range()], &mut at_new, &mut added)]
        {
            for word in words {
                let range = *at..*at + word.len();
                *at = range.end;
                if !same {
                    ranges.push(range);
                }
            }
        }
    }
    (removed, added)
}

/// Appends a changed multi-line text, compared line by line.
pub(super) fn append_block(document: &mut Document, position: &Position, old: &str, new: &str) {
    let head = document.push(position.line(Sign::Same, "|"));
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut show = |sign, line: &str, emphasis| {
        // Long lines are truncated. Readers skip the ranges beyond their end.
        document.push(Line { emphasis, ..yaml::block_line(position, sign, line) })
    };
    let begin = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let rest = old[begin..].iter().rev().zip(new[begin..].iter().rev());
    let end = rest.take_while(|(old, new)| old == new).count();
    let (middle_old, middle_new) = (&old[begin..old.len() - end], &new[begin..new.len() - end]);
    for line in &new[..begin] {
        show(Sign::Same, line, Ranges::new());
    }
    for op in operations(middle_old, middle_new) {
        let (removed, added) = (&middle_old[op.old_range()], &middle_new[op.new_range()]);
        if op.tag() == DiffTag::Equal {
            for line in added {
                show(Sign::Same, line, Ranges::new());
            }
            continue;
        }
        // The first removed line is compared with the first added line, and so on.
        let compared = if removed.len() > MAX_COMPARED { &[] } else { removed };
        let pairs: Vec<(Ranges, Ranges)> = compared.iter().zip(added).map(|(old, new)| differing_words(old, new)).collect();
        for (at, line) in removed.iter().enumerate() {
            show(Sign::Removed, line, pairs.get(at).map(|pair| pair.0.clone()).unwrap_or_default());
        }
        for (at, line) in added.iter().enumerate() {
            show(Sign::Added, line, pairs.get(at).map(|pair| pair.1.clone()).unwrap_or_default());
        }
    }
    for line in &new[new.len() - end..] {
        show(Sign::Same, line, Ranges::new());
    }
    if let Some(head) = head {
        document.end_fold(head, false);
    }
}

/// Returns the edits that turn the old lines into the new lines.
fn operations(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    if old.len().max(new.len()) <= MAX_COMPARED {
        return edits(old, new);
    }
    vec![DiffOp::Replace { old_index: 0, old_len: old.len(), new_index: 0, new_len: new.len() }]
}
