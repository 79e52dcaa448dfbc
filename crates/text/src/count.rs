//! Counts as text.

/// Formats a count with its noun: `1 finding`, `1,234 findings`. Adds an `s` to `noun` for every count but 1.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// Formats a length with its noun, see [`counted`].
#[must_use]
pub fn counted_len(count: usize, noun: &str) -> String {
    counted(u64::try_from(count).unwrap_or(u64::MAX), noun)
}

/// Formats a number with thousands separators: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 4);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_count_of_one_is_singular() {
        assert_eq!(
            (counted(0, "mark"), counted(1, "mark"), counted(1_234, "mark")),
            ("0 marks".into(), "1 mark".into(), "1,234 marks".into())
        );
        assert_eq!((grouped(7), grouped(1_234_567)), ("7".to_owned(), "1,234,567".to_owned()));
    }
}
