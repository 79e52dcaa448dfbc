//! Wraps long lines, with the same result for scrolling and drawing.

use std::ops::Range;

use kuberewind_text::{cells, clean};

/// The byte ranges of a text (without control characters) for each row of `room` cells; at least one row. A row breaks after a
/// blank in its second half if there is one, and never within a wide character.
#[must_use]
pub fn breaks(text: &str, room: usize) -> Vec<Range<usize>> {
    let room = room.max(2);
    let (mut rows, mut begin, mut taken) = (Vec::new(), 0, 0);
    // Position and width after the last blank of the row.
    let mut blank: Option<(usize, usize)> = None;
    for (at, c) in text.char_indices() {
        let takes = cells(c);
        if taken + takes > room {
            let (end, kept) = blank.filter(|(_, kept)| kept * 2 > room).unwrap_or((at, taken));
            rows.push(begin..end);
            (begin, taken, blank) = (end, taken - kept, None);
        }
        taken += takes;
        if c == ' ' {
            blank = Some((at + 1, taken));
        }
    }
    rows.push(begin..text.len());
    rows
}

/// The number of rows for a text that may contain control characters.
#[must_use]
pub fn rows(text: &str, room: usize) -> usize {
    // Except for escaped characters, which are rare, a text is at most as wide as its length in bytes.
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
        let combining = "e\u{301}e\u{301}e\u{301}";
        for (text, room) in
            [("a short one", 40), ("a longer one of words", 9), ("漢字漢字漢字", 5), (combining, 2), ("", 3), ("🙂🙂", 1)]
        {
            let parts = breaks(text, room);
            assert_eq!(parts.iter().map(|part| &text[part.clone()]).collect::<String>(), text);
            assert!(parts.iter().all(|part| text[part.clone()].chars().map(cells).sum::<usize>() <= room.max(2)), "{parts:?}");
            assert_eq!(rows(text, room), parts.len());
        }
        assert_eq!((rows("abcdef", 3), rows("\u{1b}", 3)), (2, 2), "what is escaped takes the room of its escape");
    }

    #[test]
    fn lines_break_between_words_if_possible() {
        let text = "the quick brown fox";
        assert_eq!(breaks(text, 12).iter().map(|part| &text[part.clone()]).collect::<Vec<_>>(), ["the quick ", "brown fox"]);
        let long = "a bbbbbbbbbbbbbbbbbbbb";
        assert_eq!(breaks(long, 10)[0], 0..10, "a blank in the first half would leave too much empty");
    }
}
