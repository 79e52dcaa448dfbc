//! "Did you mean": the known word closest to a mistyped one.

use strsim::osa_distance;

/// Returns the candidate with the fewest typing errors, if they are at most a third of the word's characters (at least 1).
/// A typing error is an added, removed or replaced character, or two swapped neighbours.
#[must_use]
pub fn nearest<S: AsRef<str>>(word: &str, candidates: impl IntoIterator<Item = S>) -> Option<S> {
    let most = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (osa_distance(word, candidate.as_ref()), candidate))
        .filter(|(errors, _)| *errors <= most)
        .min_by_key(|(errors, _)| *errors)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_recognised_and_another_word_is_not() {
        assert_eq!(nearest("serach", ["search", "reload"]), Some("search"));
        assert_eq!(nearest("drak", ["light", "dark"]), Some("dark"), "swapped neighbours are one error");
        assert_eq!(nearest("quit", ["search", "reload"]), None);
        assert_eq!(nearest("", ["ab"]), None);
    }
}
