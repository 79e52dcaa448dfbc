//! Fuzzy matching.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Returns the best matches for a pattern, best first, at most `limit`: the index of each text and the indices of the matching
/// characters. Equal scores keep their order. Also returns the number of all matches. An empty pattern matches every text.
#[must_use]
pub fn best<'a>(pattern: &str, texts: impl Iterator<Item = &'a str>, limit: usize) -> (Vec<(usize, Vec<u32>)>, usize) {
    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
    let sought = Pattern::parse(pattern, CaseMatching::Smart, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, usize, &str)> = texts
        .enumerate()
        .filter_map(|(at, text)| Some((sought.score(Utf32Str::new(text, &mut buffer), &mut matcher)?, at, text)))
        .collect();
    let total = found.len();
    found.sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
    found.truncate(limit);
    let marked = |(_, at, text): (u32, usize, &str)| {
        let mut marks = Vec::new();
        sought.indices(Utf32Str::new(text, &mut buffer), &mut matcher, &mut marks);
        marks.sort_unstable();
        marks.dedup();
        (at, marks)
    };
    (found.into_iter().map(marked).collect(), total)
}

#[cfg(test)]
mod tests {
    use super::best;

    #[test]
    fn parts_of_a_name_find_it() {
        let texts = ["Deployment/shop/checkout", "ConfigMap/shop/web", "Deployment/shop/web", "数/名前"];
        let (found, total) = best("dep web", texts.into_iter(), 9);
        assert_eq!((found[0].0, total), (2, 1));
        assert_eq!(found[0].1, [0, 1, 2, 16, 17, 18]);
        assert_eq!(best("", texts.into_iter(), 2).0.len(), 2);
        assert_eq!(best("名", texts.into_iter(), 2), (vec![(3, vec![2])], 1));
        assert_eq!(best("xyz", texts.into_iter(), 2), (vec![], 0));
    }
}
