//! Long lines on several rows: where they break, so that scrolling and drawing agree.

use std::ops::Range;

use super::draw::{cells, clean};

/// The bytes of a (clean) text that stand on each row of `room` cells. At least one row; a wide character is never cut.
#[must_use]
pub fn breaks(text: &str, room: usize) -> Vec<Range<usize>> {
    let room = room.max(2);
    let (mut rows, mut begin, mut taken) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        let takes = cells(c);
        if taken + takes > room {
            rows.push(begin..at);
            (begin, taken) = (at, 0);
        }
        taken += takes;
    }
    rows.push(begin..text.len());
    rows
}

/// How many rows a text takes that is not clean yet.
#[must_use]
pub fn rows(text: &str, room: usize) -> usize {
    // Nothing is wider than its bytes but what is shown escaped, and that is rare.
    if text.len() <= room && text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return 1;
    }
    breaks(&clean(text), room).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_break_between_characters_and_lose_none() {
        for (text, room) in [("a short one", 40), ("漢字漢字漢字", 5), ("e\u{301}e\u{301}e\u{301}", 2), ("", 3), ("🙂🙂", 1)]
        {
            let parts = breaks(text, room);
            assert_eq!(parts.iter().map(|part| &text[part.clone()]).collect::<String>(), text);
            assert!(parts.iter().all(|part| text[part.clone()].chars().map(cells).sum::<usize>() <= room.max(2)), "{parts:?}");
            assert_eq!(rows(text, room), parts.len());
        }
        assert_eq!((rows("abcdef", 3), rows("\u{1b}", 3)), (2, 2), "what is escaped takes the room of its escape");
    }
}
