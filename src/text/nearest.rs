//! What was probably meant by a word that is not known.

/// The candidate that is fewest typing errors away, where those are few enough to be a slip: at most a third of the word.
#[must_use]
pub fn nearest<S: AsRef<str>>(word: &str, candidates: impl IntoIterator<Item = S>) -> Option<S> {
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (slips(word, candidate.as_ref()), candidate))
        .filter(|(slips, _)| *slips <= most)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// How many characters have to be added, removed or replaced (Levenshtein's distance).
fn slips(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, d) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(c != *d);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        assert_eq!((slips("kitten", "sitting"), slips("", "ab"), slips("ab", "ab")), (3, 2, 0));
        assert_eq!(nearest("serach", ["search", "reload"]), Some("search"));
        assert_eq!(nearest("quit", ["search", "reload"]), None);
    }
}
