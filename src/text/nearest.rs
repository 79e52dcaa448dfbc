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

/// How many times a character has to be added, removed or replaced, or two neighbours have to change places (Damerau and
/// Levenshtein's distance, no part edited twice).
fn slips(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (at, c) in one.iter().enumerate() {
        let above = &rows[at];
        let mut row = vec![at + 1];
        for (column, d) in other.iter().enumerate() {
            let changed = above[column] + usize::from(c != d);
            let mut least = changed.min(above[column + 1] + 1).min(row[column] + 1);
            if at > 0 && column > 0 && one[at - 1] == *d && *c == other[column - 1] {
                least = least.min(rows[at - 1][column - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        assert_eq!((slips("kitten", "sitting"), slips("", "ab"), slips("ab", "ab"), slips("drak", "dark")), (3, 2, 0, 1));
        assert_eq!(nearest("serach", ["search", "reload"]), Some("search"));
        assert_eq!(nearest("quit", ["search", "reload"]), None);
    }
}
