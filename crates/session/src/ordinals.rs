//! Positions of operations in a lineage, counted without gaps between its ranges. Scroll bars, percentages and row windows use
//! them.

use kuberewind_model::{Lineage, Seq};

/// Converts between sequence numbers and positions in the lineage. Positions start at 0.
pub trait Ordinals {
    /// The position of operation `seq`. For a number between two ranges: the position of the next operation.
    fn ordinal(&self, seq: Seq) -> u64;

    /// The sequence number at a position. Beyond the end: the last number. In an empty lineage: [`Seq::START`].
    fn nth(&self, ordinal: u64) -> Seq;
}

impl Ordinals for Lineage {
    fn ordinal(&self, seq: Seq) -> u64 {
        let mut before = 0;
        for range in self.ranges() {
            if seq <= range.to {
                return before + seq.0.saturating_sub(range.from.0);
            }
            before += range.to.0 - range.from.0 + 1;
        }
        before
    }

    fn nth(&self, ordinal: u64) -> Seq {
        let mut left = ordinal;
        for range in self.ranges() {
            let len = range.to.0 - range.from.0 + 1;
            if left < len {
                return Seq(range.from.0 + left);
            }
            left -= len;
        }
        self.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kuberewind_model::{SessionNo, SessionRange};

    #[test]
    fn gaps_between_ranges_are_not_counted() {
        let range = |session, from, to| SessionRange { session: SessionNo(session), from: Seq(from), to: Seq(to) };
        let lineage = Lineage::new([range(0, 5, 9), range(1, 20, 22)]);
        let numbers: Vec<u64> = (0..8).map(|at| lineage.nth(at).0).collect();
        assert_eq!(numbers, [5, 6, 7, 8, 9, 20, 21, 22]);
        for (at, number) in numbers.into_iter().enumerate() {
            assert_eq!(lineage.ordinal(Seq(number)), u64::try_from(at).unwrap());
        }
        assert_eq!((lineage.ordinal(Seq(12)), lineage.nth(99), lineage.ordinal(Seq(99))), (5, Seq(22), 8));
    }
}
