//! The longest common subsequence of two sequences of numbers, in linear space.
//!
//! The length of the longest common subsequence of every prefix of one sequence and the whole other one is a row of bits: bit `i` is 0
//! where the length rises (Hyyrö, 2004). One pass over the other sequence computes it, 64 places at once. The row of the first half and
//! that of the reversed second half give the place at which the best subsequence crosses from one to the other (Hirschberg, 1975).

use std::collections::HashMap;

/// The most places of both sequences, multiplied, that are compared at once: about a second. Longer ones are compared in parts, and the
/// result may then be shorter than the longest.
const MAX_PLACES: usize = 1 << 34;

/// Returns the pairs of places that the longest common subsequence consists of, ascending.
#[must_use]
pub fn common(one: &[u64], other: &[u64]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let parts = one.len().saturating_mul(other.len()).div_ceil(MAX_PLACES).max(1);
    // Each part has a share of both, so the product falls with the square of their number.
    let count = parts.isqrt() + usize::from(parts > 1);
    let cut = |len: usize, part: usize| len / count * part + (len % count).min(part);
    for part in 0..count {
        let (a, b) = (cut(one.len(), part)..cut(one.len(), part + 1), cut(other.len(), part)..cut(other.len(), part + 1));
        in_part(one, other, Area { a: (a.start, a.end), b: (b.start, b.end) }, &mut pairs);
    }
    pairs
}

/// A part of both sequences.
#[derive(Debug, Clone, Copy)]
struct Area {
    a: (usize, usize),
    b: (usize, usize),
}

fn in_part(one: &[u64], other: &[u64], whole: Area, pairs: &mut Vec<(usize, usize)>) {
    // The area on top is the next one in the order of the sequences.
    let mut waiting = vec![whole];
    while let Some(mut area) = waiting.pop() {
        while area.a.0 < area.a.1 && area.b.0 < area.b.1 && one[area.a.0] == other[area.b.0] {
            pairs.push((area.a.0, area.b.0));
            (area.a.0, area.b.0) = (area.a.0 + 1, area.b.0 + 1);
        }
        if area.a.0 == area.a.1 || area.b.0 == area.b.1 {
            continue;
        }
        let mut tail = 0;
        while area.a.0 < area.a.1 && area.b.0 < area.b.1 && one[area.a.1 - 1] == other[area.b.1 - 1] {
            (area.a.1, area.b.1, tail) = (area.a.1 - 1, area.b.1 - 1, tail + 1);
        }
        if tail > 0 {
            // An area of equal places, which the first loop takes.
            waiting.push(Area { a: (area.a.1, area.a.1 + tail), b: (area.b.1, area.b.1 + tail) });
        }
        let (a, b) = (&one[area.a.0..area.a.1], &other[area.b.0..area.b.1]);
        match b {
            [] => {}
            [only] => pairs.extend(a.iter().position(|place| place == only).map(|at| (area.a.0 + at, area.b.0))),
            _ => {
                let (at, half) = crossing(a, b);
                let (a, b) = (area.a.0 + at, area.b.0 + half);
                waiting.push(Area { a: (a, area.a.1), b: (b, area.b.1) });
                waiting.push(Area { a: (area.a.0, a), b: (area.b.0, b) });
            }
        }
    }
}

/// Returns a place of `a` and the middle of `b` through which a longest common subsequence goes.
fn crossing(a: &[u64], b: &[u64]) -> (usize, usize) {
    let half = b.len() / 2;
    let reversed: Vec<u64> = a.iter().rev().copied().collect();
    let before = lengths(a, b[..half].iter());
    let after = lengths(&reversed, b[half..].iter().rev());
    let best = (0..=a.len()).max_by_key(|at| before[*at] + after[a.len() - at]).unwrap_or(0);
    (best, half)
}

/// Returns for each prefix of `a` the length of the longest common subsequence with all of `b`.
fn lengths<'b>(a: &[u64], b: impl Iterator<Item = &'b u64>) -> Vec<u32> {
    let mut places: HashMap<u64, Vec<(usize, u64)>> = HashMap::new();
    for (at, number) in a.iter().enumerate() {
        let (word, bit) = (at / 64, 1_u64 << (at % 64));
        let words = places.entry(*number).or_default();
        match words.last_mut() {
            Some((last, bits)) if *last == word => *bits |= bit,
            _ => words.push((word, bit)),
        }
    }
    let mut row = vec![u64::MAX; a.len().div_ceil(64)];
    for words in b.filter_map(|number| places.get(number)) {
        add(&mut row, words);
    }
    let mut length = 0;
    let rises = (0..a.len()).map(|at| {
        length += u32::from(row[at / 64] & (1 << (at % 64)) == 0);
        length
    });
    std::iter::once(0).chain(rises).collect()
}

/// Computes `row = (row + u) | (row - u)` for the places `u` of `row` that are in `words`.
fn add(row: &mut [u64], words: &[(usize, u64)]) {
    let mut carry = false;
    let mut next = 0;
    for (word, bits) in words {
        carry = carry && carried(row, next..*word);
        let old = row[*word];
        let here = old & bits;
        let (sum, first) = old.overflowing_add(here);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        row[*word] = sum | (old & !here);
        carry = first || second;
        next = *word + 1;
    }
    if carry {
        carried(row, next..row.len());
    }
}

/// Adds a carry to words without a place, and returns whether it is still there after the last one.
fn carried(row: &mut [u64], words: std::ops::Range<usize>) -> bool {
    for word in &mut row[words] {
        if *word != u64::MAX {
            *word |= *word + 1;
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::common;

    /// The length by the table of all prefixes.
    fn length(one: &[u64], other: &[u64]) -> usize {
        let mut row = vec![0; other.len() + 1];
        for a in one {
            let mut diagonal = 0;
            for (at, b) in other.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[other.len()]
    }

    fn check(one: &[u64], other: &[u64]) {
        let pairs = common(one, other);
        assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1), "{one:?} {other:?}: {pairs:?}");
        assert!(pairs.iter().all(|(a, b)| one[*a] == other[*b]), "{one:?} {other:?}: {pairs:?}");
        assert_eq!(pairs.len(), length(one, other), "{one:?} {other:?}: {pairs:?}");
    }

    #[test]
    fn equal_parts_are_paired() {
        check(&[], &[1]);
        check(&[1, 2, 3], &[1, 2, 3]);
        check(&[1, 2, 3, 4], &[9, 2, 4, 9]);
        let (fight, settled): (Vec<u64>, Vec<u64>) = ((0..500).map(|at| at % 2).collect(), (0..200).map(|at| at % 3).collect());
        check(&fight, &settled);
    }

    proptest! {
        #[test]
        fn the_result_is_as_long_as_that_of_the_table(
            one in prop::collection::vec(0_u64..5, 0..300),
            other in prop::collection::vec(0_u64..5, 0..300),
        ) {
            check(&one, &other);
        }

        #[test]
        fn rare_numbers_carry_far(
            one in prop::collection::vec(0_u64..200, 0..400),
            other in prop::collection::vec(0_u64..200, 0..400),
        ) {
            check(&one, &other);
        }
    }
}
