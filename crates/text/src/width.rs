//! Widths in terminal cells.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Returns the number of terminal cells that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Truncates or pads a text to exactly `cells` cells. A truncated text ends with `…`.
#[must_use]
pub fn fit(text: &str, cells: usize) -> String {
    let mut out = String::with_capacity(cells);
    let full = width(text);
    if full <= cells {
        out.push_str(text);
        out.extend(std::iter::repeat_n(' ', cells - full));
        return out;
    }
    let mut used = 0;
    for c in text.chars() {
        let takes = c.width().unwrap_or(0);
        if used + takes + 1 > cells {
            break;
        }
        out.push(c);
        used += takes;
    }
    if cells > 0 {
        out.push('…');
        out.extend(std::iter::repeat_n(' ', cells - used - 1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{fit, width};

    #[test]
    fn texts_are_fitted_by_cells_not_by_bytes() {
        assert_eq!(fit("checkout", 5), "chec…");
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(width(&fit("漢字漢字", 4)), 4);
        assert_eq!(fit("ab", 4), "ab  ");
        assert_eq!(fit("ab", 0), "");
    }
}
